import Foundation
import GRDB
import InterlockConcurrency
public import InterlockStorage

/// An application's values in one SQLite file, which several processes of one machine may share.
///
/// A commit is one transaction. When the file's bound is reached a commit that needs more room throws ``StoreError/Code/full``
/// and changes nothing; values whose time is over make room, live ones never do. Times are the machine's wall clock: when it is
/// set back, values live longer by as much. Made by ``SQLiteStores``.
public final class SQLiteStateStore: StateStore {
    private let file: StoreFile
    private let bounds: SQLiteStores.Bounds
    private let clock: any SchedulingClock

    init(file: StoreFile, bounds: SQLiteStores.Bounds, clock: any SchedulingClock) {
        self.file = file
        self.bounds = bounds
        self.clock = clock
    }

    public func load(_ keys: [String]) async throws(StoreError) -> [StoredState?] {
        let (clock, path) = (clock, file.path)
        return try await file.read("loading state") { db in
            let now = clock.wallTime
            return try keys.map { key in
                guard let row = try Self.row(key, db, now: now) else { return nil }
                guard let version = UInt64(exactly: row.version) else { throw StoreError.corrupt("the version of a value", path: path) }
                return StoredState(value: Array(row.value), version: version)
            }
        }
    }

    public func commit(_ changes: [StateChange]) async throws(StoreError) -> Bool {
        try StateChange.checkKeys(of: changes)
        if changes.isEmpty { return true }
        let (clock, bounds, path) = (clock, bounds, file.path)
        return try await file.write("changing state", as: .request) { db in
            let now = clock.wallTime
            try db.removeExpired(from: "state", now: now)
            for change in changes where try !Self.isMet(change, db, now: now) { return false }
            let before = (entries: try db.counter("state.entries", path: path), bytes: try db.counter("state.bytes", path: path))
            for change in changes { try Self.make(change, db, now: now, path: path) }
            let hasGrown = try db.counter("state.entries", path: path) > before.entries || db.counter("state.bytes", path: path) > before.bytes
            guard try !hasGrown || db.isWithin(bounds, table: "state", now: now, path: path) else {
                throw StoreError(
                    .full, "the state in \(path) would exceed its bound of \(bounds.entries) values and \(bounds.bytes) bytes; give values a time to expire, remove some, or raise the bound")
            }
            return true
        }
    }

    private static func isMet(_ change: StateChange, _ db: Database, now: Int64) throws -> Bool {
        switch change.expecting {
        case .anything: true
        case .absent: try row(change.key, db, now: now) == nil
        case .version(let version): try row(change.key, db, now: now).map { UInt64(exactly: $0.version) == version } ?? false
        }
    }

    private static func make(_ change: StateChange, _ db: Database, now: Int64, path: String) throws {
        guard let value = change.value else {
            try db.cachedStatement(sql: "DELETE FROM state WHERE key = ?").execute(arguments: [change.key.blob])
            return
        }
        let version = try db.next("state.version", path: path)
        let expiresAt = change.expiresAfter.map { $0.deadline(from: now) }
        try db.cachedStatement(sql: """
            INSERT INTO state (key, value, version, expiresAt) VALUES (?, ?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version, expiresAt = excluded.expiresAt
            """).execute(arguments: [change.key.blob, Data(value), version, expiresAt])
    }

    private static func row(_ key: String, _ db: Database, now: Int64) throws -> (value: Data, version: Int64)? {
        let statement = try db.cachedStatement(sql: "SELECT value, version FROM state WHERE key = ? AND (expiresAt IS NULL OR expiresAt > ?)")
        return try Row.fetchOne(statement, arguments: [key.blob, now]).map { row in (row[0], row[1]) }
    }
}
