extension Waiter {
    /// Suspends until the outcome is there, and asks to be given up when the task is cancelled, the deadline passes or the wait is revoked.
    ///
    /// `giveUp` asks the state machine to take the waiter out of its queue; when the machine has granted it meanwhile,
    /// the grant stands and the caller gets it, cancelled or not. So a permit is neither lost nor given twice.
    package nonisolated(nonsending) func wait(
        clock: any SchedulingClock, deadline: MonotonicTime?, revocation: Revocation? = nil, giveUp: @escaping @Sendable (GiveUpReason) -> Void
    ) async -> Outcome {
        let timer = deadline.map { clock.schedule(at: $0) { giveUp(.deadlineExceeded) } }
        revocation?.begin { giveUp(.revoked) }
        let outcome = await wait { giveUp(.cancelled) }
        revocation?.finish()
        timer?.cancel()
        return outcome
    }
}
