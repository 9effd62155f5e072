public import InterlockConcurrency
import Synchronization

/// A clock that moves only when a test says so.
///
/// ``advance(by:)`` and ``advance(to:)`` run what has become due on the calling thread, in order of time and then of
/// scheduling, each action at its own time; what those actions schedule within the interval runs too. A task that such an
/// action resumes goes on beside the rest of the advance, and what it schedules may run in it or be left for the next one:
/// ``waitForPending(_:)`` and then ``advanceToNext()`` go from one moment to the next without passing any. One caller
/// should advance at a time; everything else is safe from any thread.
public final class ManualClock: SchedulingClock {
    private struct State {
        var now = MonotonicTime.zero
        var timers = TimerHeap()
        var watch = CountWatch()
    }

    private let state = Mutex(State())
    private let wallStart: Int64

    /// Makes a clock that stands at ``MonotonicTime/zero``, which is the first moment of 2026 (UTC) on its wall.
    public convenience init() {
        self.init(wallTime: 1_767_225_600_000)
    }

    /// Makes a clock that stands at ``MonotonicTime/zero``.
    ///
    /// - Parameter wallTime: Milliseconds since the Unix epoch at that moment; moves along with ``now``.
    public init(wallTime: Int64) {
        wallStart = wallTime
    }

    public var now: MonotonicTime { state.withLock { $0.now } }

    public var wallTime: Int64 { wallStart + now.nanoseconds / 1_000_000 }

    /// Scheduled actions that have neither run nor been cancelled.
    public var pendingCount: Int { state.withLock { $0.timers.pendingCount } }

    @discardableResult
    public func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction {
        let (scheduled, satisfied) = state.withLock { state in
            let scheduled = state.timers.insert(at: time, action)
            return (scheduled, state.watch.takeSatisfied(by: state.timers.pendingCount))
        }
        for watcher in satisfied { watcher.resolve(true) }
        return scheduled
    }

    /// Moves the clock forward by `duration` and runs what has become due.
    public func advance(by duration: Duration) {
        advance(to: now + duration)
    }

    /// Moves the clock to `time` and runs what has become due. A time that has passed only runs what was due already.
    public func advance(to time: MonotonicTime) {
        while true {
            let action: ScheduledAction? = state.withLock { state in
                guard let action = state.timers.popDue(at: time) else {
                    state.now = max(state.now, time)
                    return nil
                }
                if action.isPending { state.now = max(state.now, action.time) }
                return action
            }
            guard let action else { return }
            action.run()
        }
    }

    /// Moves the clock to when the next pending action is due, and runs what is due by then.
    ///
    /// - Returns: false when nothing was pending, and the clock stays where it is.
    @discardableResult
    public func advanceToNext() -> Bool {
        let next: MonotonicTime? = state.withLock { state in
            state.timers.dropCancelledFirst()
            return state.timers.firstTime
        }
        guard let next else { return false }
        advance(to: next)
        return true
    }

    /// Suspends until at least `number` actions are pending: until the code under test has set its timers.
    ///
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func waitForPending(_ number: Int) async throws {
        try await CountWatch.wait { waiter in
            state.withLock { state in
                state.timers.pendingCount >= number ? nil : state.watch.add(threshold: number, waiter)
            }
        } remove: { [self] id in
            state.withLock { $0.watch.remove(id) }
        }
    }
}
