import GRDB
import InterlockConcurrency
import InterlockStorage

/// Transactions for callers that cannot wait until another process has let go of the file.
extension StoreFile {
    /// Runs `body` in one transaction that no other writer of the file comes between, for a caller that waits no longer than what it waits for
    /// allows; it is told then that the file is unavailable. What `body` throws undoes it.
    ///
    /// A transaction that nobody waits for any more, because its time is over or its caller cancelled, is not begun, or undone unless it is being
    /// committed already. Transactions have their turn in the order in which they were asked for.
    func write<Value: Sendable>(
        _ what: String, as kind: WriteKind, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let terms = terms(of: kind)
        terms.asked(now: clock.now)
        guard let breaker = terms.breaker else { return try await attempt(what, terms, body) }
        do {
            let value = try await breaker.run { try await attempt(what, terms, body) }
            if record.isKeptAway { record.lookAtBreakers() }
            return value
        } catch {
            record.lookAtBreakers()
            throw error as? StoreError ?? keptAway(what, error)
        }
    }

    /// A call that was kept away from the file, because others have failed of late.
    private func keptAway(_ what: String, _ error: any Error) -> StoreError {
        record.keptAway()
        return StoreError(
            .unavailable, "\(what) in \(path): the file has been failing, and calls are kept away from it for a moment", cause: error,
            outage: ((error as? AcquireError)?.cause as? StoreError)?.outage ?? .breakerOpen)
    }

    private func attempt<Value: Sendable>(
        _ what: String, _ terms: WriteTerms, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let (start, path, budget) = (clock.now, path, terms.budget)
        let attempt = TransactionAttempt<(value: Value, hasWritten: Bool)>()
        do {
            try begin(what, terms, attempt, body)
            let (value, hasWritten) = try await attempt.outcome(until: start + budget, on: clock) { reason in
                switch reason {
                case .cancelled: StoreError(CancellationError(), during: what, path: path)
                case .deadlineExceeded, .revoked: .late("\(what) in \(path): not done within \(budget)")
                }
            }
            record.wrote(hasWritten, since: start)
            return value
        } catch {
            throw failed(error, what, isJudged: terms.needsJudge, start)
        }
    }

    private func begin<Value>(
        _ what: String, _ terms: WriteTerms, _ attempt: TransactionAttempt<(value: Value, hasWritten: Bool)>,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) throws(StoreError) {
        guard terms.enter() else { throw .late("\(what) in \(path): \(terms.places) transactions wait for their turn already") }
        pool.asyncWriteWithoutTransaction { [patience] db in
            defer { terms.leave() }
            guard attempt.isWaitedFor else { return }
            attempt.end(Result { try patience.whileWaited({ attempt.isWaitedFor }) { try Self.run(attempt, db, body) } })
        }
    }

    private static func run<Value>(
        _ attempt: TransactionAttempt<(value: Value, hasWritten: Bool)>, _ db: Database, _ body: (Database) throws -> Value
    ) throws -> (value: Value, hasWritten: Bool) {
        try db.notingChanges {
            var result: Value?
            try db.inTransaction(.immediate) {
                result = try body(db)
                return attempt.isWaitedFor ? .commit : .rollback
            }
            guard let result else { preconditionFailure("a transaction that does not throw has run its body") }
            return result
        }
    }
}

extension StoreError {
    /// The file was not to be had in time.
    fileprivate static func late(_ what: String) -> StoreError {
        StoreError(.unavailable, "\(what); another process may hold the file for long: see who does", outage: .timeout)
    }
}
