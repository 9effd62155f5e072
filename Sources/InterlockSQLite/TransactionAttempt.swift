import InterlockConcurrency
import InterlockStorage
import Synchronization

/// One transaction and the caller that waits for it for so long: what comes first, its end or the end of the wait, is the outcome.
final class TransactionAttempt<Value: Sendable>: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let waiter = Waiter<Result<Value, any Error>>()

    /// Whether its outcome matters to anybody.
    var isWaitedFor: Bool { !isOver.load(ordering: .acquiring) }

    /// The transaction has ended.
    func end(_ outcome: Result<Value, any Error>) {
        guard !isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
        waiter.resolve(outcome)
    }

    /// Waits, at most until the deadline.
    ///
    /// - Parameter failure: what to throw when the wait ended first.
    nonisolated(nonsending) func outcome(
        until deadline: MonotonicTime, on clock: any SchedulingClock, failure: @escaping @Sendable (GiveUpReason) -> StoreError
    ) async throws -> Value {
        try await waiter.wait(clock: clock, deadline: deadline) { self.end(.failure(failure($0))) }.get()
    }
}
