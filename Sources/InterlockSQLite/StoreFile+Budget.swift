import GRDB
import InterlockConcurrency
import InterlockStorage
import Synchronization

/// Transactions for callers that cannot wait until another process has let go of the file.
extension StoreFile {
    /// Transactions with a budget at once; more are refused, as they would hardly have their turn in time.
    static let maximumBudgeted = 1_000

    /// Like ``write(_:_:)``, for a caller that waits no longer than `budget` and is told then that the file is unavailable.
    ///
    /// A transaction that nobody waits for any more is not begun, or undone unless it is being committed already.
    func write<Value: Sendable>(
        _ what: String, within budget: Duration, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let (start, path) = (clock.now, path)
        let attempt = TransactionAttempt<(value: Value, hasWritten: Bool)>()
        do {
            try begin(what, attempt, body)
            let (value, hasWritten) = try await attempt.outcome(until: start + budget, on: clock) { reason in
                switch reason {
                case .cancelled: StoreError(CancellationError(), during: what, path: path)
                case .deadlineExceeded, .revoked: .late("\(what) in \(path): not done within \(budget)")
                }
            }
            note(start) { $0.answered(showsAll: hasWritten) }
            return value
        } catch {
            throw failed(error, what, start)
        }
    }

    /// A call that was kept away from the file, because others have failed of late.
    func keptAway(_ what: String, _ error: any Error) -> StoreError {
        let reason = ((error as? AcquireError)?.cause as? StoreError)?.outage ?? .breakerOpen
        refused(reason)
        return StoreError(
            .unavailable, "\(what) in \(path): the file has been failing, and calls are kept away from it for a moment", cause: error, outage: reason)
    }

    private func begin<Value>(
        _ what: String, _ attempt: TransactionAttempt<(value: Value, hasWritten: Bool)>, _ body: @escaping @Sendable (Database) throws -> Value
    ) throws(StoreError) {
        guard budgeted.wrappingAdd(1, ordering: .relaxed).oldValue < Self.maximumBudgeted else {
            budgeted.wrappingSubtract(1, ordering: .relaxed)
            throw .late("\(what) in \(path): \(Self.maximumBudgeted) transactions wait for their turn already")
        }
        pool.asyncWriteWithoutTransaction { [self] db in
            defer { budgeted.wrappingSubtract(1, ordering: .relaxed) }
            guard attempt.isWaitedFor else { return }
            attempt.end(Result { try patience.whileWaited({ attempt.isWaitedFor }) { try Self.run(attempt, db, body) } })
        }
    }

    private static func run<Value>(
        _ attempt: TransactionAttempt<(value: Value, hasWritten: Bool)>, _ db: Database, _ body: (Database) throws -> Value
    ) throws -> (value: Value, hasWritten: Bool) {
        let before = db.totalChangesCount
        var result: Value?
        try db.inTransaction(.immediate) {
            result = try body(db)
            return attempt.isWaitedFor ? .commit : .rollback
        }
        guard let result else { preconditionFailure("a transaction that does not throw has run its body") }
        return (result, db.totalChangesCount != before)
    }
}

extension StoreError {
    /// The file was not to be had in time.
    fileprivate static func late(_ what: String) -> StoreError {
        StoreError(.unavailable, "\(what); another process may hold the file for long: see who does", outage: .timeout)
    }
}
