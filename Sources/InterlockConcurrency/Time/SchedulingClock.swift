/// Time as a dependency: reads it, and schedules work at it.
///
/// Everything that waits takes one of these, ``SystemClock`` in production and a manual clock in tests, so that a test
/// decides when a deadline passes and never sleeps.
///
/// An implementation must be safe to call from any thread, must never run an action inside ``schedule(at:_:)``, and
/// must run actions in the order of their times; actions of the same time run in the order they were scheduled.
public protocol SchedulingClock: Sendable {
    /// The present instant. Never goes back.
    var now: MonotonicTime { get }

    /// The wall clock in milliseconds since the Unix epoch, for what people or other machines read. May jump.
    var wallTime: Int64 { get }

    /// Runs `action` at `time`, or as soon as possible when `time` has passed.
    ///
    /// The action runs on the clock's own thread, so it must be short and must not block: resume a continuation, change
    /// a state machine, enqueue work. Every action runs at most once.
    ///
    /// - Returns: the handle that takes the action back.
    @discardableResult
    func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction
}

extension SchedulingClock {
    /// Runs `action` after `delay`. See ``schedule(at:_:)``.
    @discardableResult
    public func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> ScheduledAction {
        schedule(at: now + delay, action)
    }

    /// Suspends until `deadline`; returns at once when it has passed.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled, also when it was cancelled before the call.
    public func sleep(until deadline: MonotonicTime) async throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
        if deadline <= now { return }
        let waiter = Waiter<Bool>()
        let action = schedule(at: deadline) { waiter.resolve(true) }
        let elapsed = await waiter.wait {
            // Only the side that takes the action decides the outcome, so a sleep that has ended is not reported as cancelled.
            if action.cancel() { waiter.resolve(false) }
        }
        if !elapsed { throw CancellationError() }
    }

    /// Suspends for `duration`. See ``sleep(until:)``.
    public func sleep(for duration: Duration) async throws(CancellationError) {
        try await sleep(until: now + duration)
    }
}
