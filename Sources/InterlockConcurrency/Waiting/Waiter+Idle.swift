extension Waiter where Outcome == AcquireError? {
    /// Suspends until a primitive that has closed is idle.
    ///
    /// - Parameters:
    ///   - watch: Hands the state machine a waiter to resolve when it is idle; `nil` when it is now.
    ///   - unwatch: Takes it back; `nil` when it is idle by now.
    /// - Returns: `false` when the deadline passed or the task was cancelled first.
    nonisolated(nonsending) static func untilIdle<Ticket: Sendable>(
        clock: any SchedulingClock, deadline: MonotonicTime?, name: String, watch: (Waiter) -> Ticket?,
        unwatch: @escaping @Sendable (Ticket) -> Waiter?
    ) async -> Bool {
        let waiter = Waiter()
        guard let ticket = watch(waiter) else { return true }
        let failure = await waiter.wait(clock: clock, deadline: deadline) { unwatch(ticket)?.resolve(.gaveUp($0, name)) }
        return failure == nil
    }
}
