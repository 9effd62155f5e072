import Synchronization

/// The handle of one action that a clock will run, and the only way to take it back.
///
/// Cancelling costs a short critical section and no look-up in the clock, so timeouts may come and go by the thousand
/// per second: the clock drops what was cancelled when it comes across it, and sweeps when too much of it has gathered.
public final class ScheduledAction: Sendable {
    /// When the action is due.
    public let time: MonotonicTime

    private struct State {
        var work: (@Sendable () -> Void)?
        /// Whether it lies in the heap that counts what was cancelled there.
        var isStored: Bool
    }

    private let state: Mutex<State>
    private let cancelledCount: CancelledCount?

    /// Makes the handle for a clock to keep. For implementers of ``SchedulingClock``.
    ///
    /// The clock calls ``run()`` when the time has come; it need not ask first whether the action was cancelled.
    public convenience init(at time: MonotonicTime, _ work: @escaping @Sendable () -> Void) {
        self.init(at: time, cancelledCount: nil, work)
    }

    package init(at time: MonotonicTime, cancelledCount: CancelledCount?, _ work: @escaping @Sendable () -> Void) {
        self.time = time
        self.state = Mutex(State(work: work, isStored: cancelledCount != nil))
        self.cancelledCount = cancelledCount
    }

    /// Takes the action back. May be called from any thread, any number of times.
    ///
    /// What the action captured is let go at once.
    ///
    /// - Returns: `true` when this call prevented the action: it has not run and will not. `false` when it has run, is
    ///   running, or had been cancelled before.
    @discardableResult
    public func cancel() -> Bool {
        let (work, isStored) = takeWork()
        guard work != nil else { return false }
        // What has left the heap already, to be run, is not in it to be dropped.
        if isStored { cancelledCount?.increment() }
        return true
    }

    /// Runs the action unless it has run or was cancelled. For implementers of ``SchedulingClock``.
    ///
    /// - Returns: whether this call ran it.
    @discardableResult
    public func run() -> Bool {
        guard let work = takeWork().work else { return false }
        work()
        return true
    }

    /// Whether the action can still run.
    package var isPending: Bool {
        state.withLock { $0.work != nil }
    }

    /// The heap lets go of it. Returns whether it was cancelled while it lay there, and so was counted.
    func leaveHeap() -> Bool {
        state.withLock { state in
            defer { state.isStored = false }
            return state.isStored && state.work == nil
        }
    }

    private func takeWork() -> (work: (@Sendable () -> Void)?, isStored: Bool) {
        state.withLock { state in
            defer { state.work = nil }
            return (state.work, state.isStored)
        }
    }

    /// How many cancelled actions a clock still has in its heap. May be off for a moment, never for good: each action counts
    /// once when it is cancelled in the heap, and once when it leaves it.
    package final class CancelledCount: Sendable {
        private let count = Atomic<Int>(0)

        package init() {}

        package var value: Int { count.load(ordering: .relaxed) }

        package func increment() { count.wrappingAdd(1, ordering: .relaxed) }

        package func subtract(_ number: Int) { count.wrappingSubtract(number, ordering: .relaxed) }
    }
}
