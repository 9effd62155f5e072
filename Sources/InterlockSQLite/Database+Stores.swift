import Foundation
import GRDB
import InterlockConcurrency
import InterlockStorage

/// What all stores of a file ask of it. Times are milliseconds since the Unix epoch.
extension Database {
    /// What `body` returns, and whether it has changed any row. Throws where the connection has been closed: SQLite would crash when it is asked for its counts.
    func notingChanges<Value>(_ body: () throws -> Value) throws -> (value: Value, hasWritten: Bool) {
        guard sqliteConnection != nil else { throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "the connection is closed") }
        let before = totalChangesCount
        let value = try body()
        return (value, totalChangesCount != before)
    }

    func counter(_ name: String, path: String) throws -> Int64 {
        guard let value = try Int64.fetchOne(cachedStatement(sql: "SELECT value FROM counter WHERE name = ?"), arguments: [name]) else {
            throw StoreError.corrupt("the counter \(name), which is missing,", path: path)
        }
        return value
    }

    /// The next number of a sequence, never given twice while the file exists.
    func next(_ name: String, path: String) throws -> Int64 {
        try cachedStatement(sql: "UPDATE counter SET value = value + 1 WHERE name = ?").execute(arguments: [name])
        let number = try counter(name, path: path)
        guard number > 0 else { throw StoreError.corrupt("the counter \(name), which is \(number),", path: path) }
        return number
    }

    /// Removes rows of a table whose time is over, the oldest first: a thousand at most, so that no call pays for all that were left behind.
    func removeExpired(from table: String, now: Int64) throws {
        try cachedStatement(sql: "DELETE FROM \(table) WHERE rowid IN (SELECT rowid FROM \(table) WHERE expiresAt <= ? ORDER BY expiresAt LIMIT 1000)")
            .execute(arguments: [now])
    }

    /// Whether a table that has grown by this transaction is within its bounds, if need be after removing all that expired.
    func isWithin(_ bounds: SQLiteStores.Bounds, table: String, now: Int64, path: String) throws -> Bool {
        func isWithin() throws -> Bool {
            try counter("\(table).entries", path: path) <= bounds.entries && counter("\(table).bytes", path: path) <= bounds.bytes
        }
        if try isWithin() { return true }
        try cachedStatement(sql: "DELETE FROM \(table) WHERE expiresAt <= ?").execute(arguments: [now])
        return try isWithin()
    }
}

extension String {
    /// A key as it is stored: by its bytes, also those that SQLite's text would end at or fold.
    var blob: Data { Data(utf8) }
}

extension Duration {
    /// The end of this time from `now`, in the same milliseconds. Never early: `now` may be up to a millisecond behind.
    func deadline(from now: Int64) -> Int64 {
        let nanoseconds = max(0, wholeNanoseconds)
        let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 1 : 2)
        let (sum, overflow) = now.addingReportingOverflow(milliseconds)
        return overflow ? .max : sum
    }
}
