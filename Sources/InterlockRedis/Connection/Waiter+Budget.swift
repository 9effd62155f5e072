internal import InterlockConcurrency

extension Waiter {
    /// Suspends until the outcome is there, and asks to be given up when the task is cancelled or the deadline passes.
    ///
    /// `giveUp` takes the waiter out of where it is kept and resolves it; when somebody else has taken it out meanwhile, that outcome stands.
    nonisolated(nonsending) func wait(
        until deadline: MonotonicTime, on clock: any SchedulingClock, giveUp: @escaping @Sendable (GiveUpReason) -> Void
    ) async -> Outcome {
        let timer = clock.schedule(at: deadline) { giveUp(.deadlineExceeded) }
        let outcome = await wait { giveUp(.cancelled) }
        timer.cancel()
        return outcome
    }
}
