extension Waiter {
    /// Suspends until the outcome is there, and asks to be given up when the task is cancelled or the deadline passes.
    ///
    /// `giveUp` asks the state machine to take the waiter out of its queue; when the machine has granted it meanwhile,
    /// the grant stands and the caller gets it, cancelled or not. So a permit is neither lost nor given twice.
    package nonisolated(nonsending) func wait(
        clock: any SchedulingClock, deadline: MonotonicTime?, giveUp: @escaping @Sendable (GiveUpReason) -> Void
    ) async -> Outcome {
        let timer = deadline.map { clock.schedule(at: $0) { giveUp(.deadlineExceeded) } }
        let outcome = await wait { giveUp(.cancelled) }
        timer?.cancel()
        return outcome
    }
}
