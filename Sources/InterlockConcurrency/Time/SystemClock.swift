import Synchronization

/// The clock of the machine: monotonic time, and one thread that runs what is due.
///
/// The thread is started by the first timer and lives as long as the process. Adding a timer that is later than the
/// first one does not wake it. Reading the time costs about 20 ns; scheduling and cancelling together about 100 ns.
public final class SystemClock: SchedulingClock {
    /// The clock of the process.
    public static let shared = SystemClock()

    private enum Runner {
        case notStarted
        /// Running actions, or about to look at the heap again: it will see a new timer by itself.
        case awake
        case asleep(until: MonotonicTime)
    }

    private struct State {
        var timers = TimerHeap()
        var runner = Runner.notStarted
    }

    private enum Effect {
        case none, startThread, wakeThread
    }

    private let state = Mutex(State())
    private let parker = ThreadParker()

    private init() {}

    public var now: MonotonicTime { MonotonicTime(nanoseconds: OperatingSystem.monotonicNanoseconds()) }

    public var wallTime: Int64 { OperatingSystem.wallMilliseconds() }

    @discardableResult
    public func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction {
        let (scheduled, effect) = state.withLock { state in
            (state.timers.insert(at: time, action), Self.effect(of: time, on: &state))
        }
        switch effect {
        case .none: break
        case .startThread: OperatingSystem.startEssentialThread(named: "interlock-clock") { [self] in runTimers() }
        case .wakeThread: parker.unpark()
        }
        return scheduled
    }

    /// Timers kept, with those cancelled and not yet swept: at most twice the live ones plus 64. For tests and metrics.
    package var storedCount: Int { state.withLock { $0.timers.storedCount } }

    private static func effect(of time: MonotonicTime, on state: inout State) -> Effect {
        switch state.runner {
        case .notStarted:
            state.runner = .awake
            return .startThread
        case .awake:
            return .none
        case .asleep(let until):
            guard time < until else { return .none }
            state.runner = .awake
            return .wakeThread
        }
    }

    private func runTimers() {
        while true {
            let now = self.now
            let due: (action: ScheduledAction?, sleepUntil: MonotonicTime) = state.withLock { state in
                if let action = state.timers.popDue(at: now) { return (action, now) }
                state.timers.dropCancelledFirst()
                let next = state.timers.firstTime ?? .distantFuture
                state.runner = .asleep(until: next)
                return (nil, next)
            }
            if let action = due.action {
                action.run()
            } else {
                parker.park(until: due.sleepUntil)
                state.withLock { $0.runner = .awake }
            }
        }
    }
}
