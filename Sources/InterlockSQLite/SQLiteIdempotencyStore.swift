import Foundation
import GRDB
import InterlockConcurrency
public import InterlockStorage

/// Results of calls that must take effect once, in one SQLite file, which several processes of one machine may share.
///
/// A claim that is running when the process dies is found again: it lapses into ``IdempotencyClaim/lost``, as the call may have
/// taken effect. When the bound is reached new claims are refused with ``StoreError/Code/full``. Times are the machine's wall
/// clock. With ``SQLiteStores/Durability/process`` a loss of power may take the last claims along; a call that such a claim was
/// to keep from running twice may then do so. A claim waits for other writers as long as any request; a result and a claim that is given
/// back wait longer and are tried whatever became of others, as nothing would make up for them. Made by ``SQLiteStores``.
public final class SQLiteIdempotencyStore: IdempotencyStore {
    private let file: StoreFile
    private let bounds: SQLiteStores.Bounds
    private let clock: any SchedulingClock

    init(file: StoreFile, bounds: SQLiteStores.Bounds, clock: any SchedulingClock) {
        self.file = file
        self.bounds = bounds
        self.clock = clock
    }

    public func claim(
        _ key: String, token: UInt64, fingerprint: String, holdingFor: Duration, keepingFor: Duration
    ) async throws(StoreError) -> IdempotencyClaim {
        let (clock, bounds, path, token) = (clock, bounds, file.path, Int64(bitPattern: token))
        return try await file.write("claiming a call", as: .request) { db in
            let now = clock.wallTime
            try db.removeExpired(from: "idempotency", now: now)
            if let answer = try Self.answer(to: key, token, fingerprint, db, now: now) { return answer }
            let heldUntil = holdingFor.deadline(from: now)
            // What expired and was not removed yet is in the way of a new entry only by its key.
            try db.cachedStatement(sql: "DELETE FROM idempotency WHERE key = ?").execute(arguments: [key.blob])
            try db.cachedStatement(sql: "INSERT INTO idempotency (key, fingerprint, token, heldUntil, expiresAt) VALUES (?, ?, ?, ?, ?)")
                .execute(arguments: [key.blob, fingerprint.blob, token, heldUntil, keepingFor.deadline(from: heldUntil)])
            guard try db.isWithin(bounds, table: "idempotency", now: now, path: path) else { throw Self.full(bounds, path) }
            return .claimed
        }
    }

    @discardableResult
    public func finish(_ key: String, token: UInt64, result: [UInt8], keepingFor: Duration) async throws(StoreError) -> Bool {
        let (clock, bounds, path, token) = (clock, bounds, file.path, Int64(bitPattern: token))
        return try await file.write("storing the result of a call", as: .settlement) { db in
            let now = clock.wallTime
            try db.cachedStatement(sql: """
                UPDATE idempotency SET result = ?, heldUntil = NULL, expiresAt = ? WHERE key = ? AND token = ? AND heldUntil > ?
                """).execute(arguments: [Data(result), keepingFor.deadline(from: now), key.blob, token, now])
            guard db.changesCount > 0 else { return false }
            guard try db.isWithin(bounds, table: "idempotency", now: now, path: path) else { throw Self.full(bounds, path) }
            return true
        }
    }

    @discardableResult
    public func abandon(_ key: String, token: UInt64) async throws(StoreError) -> Bool {
        let token = Int64(bitPattern: token)
        return try await file.write("giving back a claim", as: .settlement) { db in
            // One that is finished is held no longer.
            try db.cachedStatement(sql: "DELETE FROM idempotency WHERE key = ? AND token = ? AND heldUntil IS NOT NULL")
                .execute(arguments: [key.blob, token])
            return db.changesCount > 0
        }
    }

    private static func answer(to key: String, _ token: Int64, _ fingerprint: String, _ db: Database, now: Int64) throws -> IdempotencyClaim? {
        let statement = try db.cachedStatement(sql: "SELECT fingerprint, heldUntil, result, token FROM idempotency WHERE key = ? AND expiresAt > ?")
        guard let row = try Row.fetchOne(statement, arguments: [key.blob, now]) else { return nil }
        guard row[0] as Data == fingerprint.blob else { return .mismatch }
        if let heldUntil = row[1] as Int64? { return heldUntil <= now ? .lost : row[3] as Int64 == token ? .claimed : .running }
        return .finished(Array((row[2] as Data?) ?? Data()))
    }

    private static func full(_ bounds: SQLiteStores.Bounds, _ path: String) -> StoreError {
        StoreError(
            .full, "the results in \(path) would exceed their bound of \(bounds.entries) keys and \(bounds.bytes) bytes; keep results for a shorter time, or raise the bound")
    }
}
