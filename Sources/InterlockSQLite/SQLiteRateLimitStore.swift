import Foundation
import GRDB
public import InterlockConcurrency
public import InterlockStorage

/// Rate limits over the processes of one machine, in one SQLite file.
///
/// Every decision is a transaction of its own, tens of microseconds of the one writer a file has: for some thousands of requests
/// a second. Times are the machine's wall clock, in milliseconds. Keys that have recovered make place when the bound is reached, and under a flood
/// of others those that would recover first. A decision that does not come within the budget is given up, and after several of them none is asked for
/// until one in a second has come back: who holds the file costs callers no more than the budget. Made by ``SQLiteStores``.
public final class SQLiteRateLimitStore: RateLimitStore {
    private let file: StoreFile
    private let bounds: SQLiteStores.Bounds
    private let clock: any SchedulingClock

    init(file: StoreFile, bounds: SQLiteStores.Bounds, clock: any SchedulingClock) {
        self.file = file
        self.bounds = bounds
        self.clock = clock
    }

    public func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
        try RateLimit.check(limits, cost: cost)
        let (clock, bounds, path) = (clock, bounds, file.path)
        // Their kinds alone: processes that disagree about the numbers still count together.
        let kinds = limits.map { "\($0.algorithm)" }.joined(separator: ", ")
        return try await file.write("taking from a rate", as: .decision) { db in
            let milliseconds = clock.wallTime
            let now = milliseconds * 1_000_000
            let used = try Self.used(key, kinds, limits.count, db, path: path)
            var account = RateAccount(limits, uses: used, now: now)
            let decision = account.take(cost, now: now)
            // A refusal changes nothing that time has not, and a hammering caller should not make the file grow.
            if decision.isAllowed {
                try db.removeExpired(from: "rate", now: milliseconds)
                try Self.save(account, key, kinds, db)
                try Self.makeRoom(bounds, except: key, db, path: path)
            }
            return Self.rounded(decision)
        }
    }

    private static func used(_ key: String, _ kinds: String, _ limits: Int, _ db: Database, path: String) throws -> [RateAccount.Use]? {
        let statement = try db.cachedStatement(sql: "SELECT limits, used FROM rate WHERE key = ?")
        guard let row = try Row.fetchOne(statement, arguments: [key.blob]), row[0] as String == kinds else { return nil }
        guard let uses = RateAccount.uses(from: row[1], limits: limits) else { throw StoreError.corrupt("the rate of a key", path: path) }
        return uses
    }

    private static func save(_ account: RateAccount, _ key: String, _ kinds: String, _ db: Database) throws {
        try db.cachedStatement(sql: """
            INSERT INTO rate (key, limits, used, expiresAt) VALUES (?, ?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET limits = excluded.limits, used = excluded.used, expiresAt = excluded.expiresAt
            """).execute(arguments: [key.blob, kinds, account.stored, account.recovery / 1_000_000 + 1])
    }

    private static func makeRoom(_ bounds: SQLiteStores.Bounds, except key: String, _ db: Database, path: String) throws {
        while try db.counter("rate.entries", path: path) > max(1, bounds.entries) || db.counter("rate.bytes", path: path) > bounds.bytes {
            try db.cachedStatement(sql: "DELETE FROM rate WHERE rowid = (SELECT rowid FROM rate WHERE key <> ? ORDER BY expiresAt LIMIT 1)")
                .execute(arguments: [key.blob])
            if db.changesCount == 0 { return }
        }
    }

    /// The clock shows whole milliseconds, rounded down: only after whole ones is it sure to show that the time has come.
    private static func rounded(_ decision: RateDecision) -> RateDecision {
        guard let retryAfter = decision.retryAfter else { return decision }
        let nanoseconds = retryAfter.wholeNanoseconds
        var rounded = RateDecision(
            isAllowed: decision.isAllowed, remaining: decision.remaining, limit: decision.limit,
            retryAfter: .milliseconds(nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1)), resetAfter: decision.resetAfter)
        rounded.rule = decision.rule
        return rounded
    }
}
