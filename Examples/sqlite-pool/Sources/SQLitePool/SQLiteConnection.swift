import CSQLite

/// One connection to a database file. It blocks, and is used by one caller at a time: what a ``SQLiteDatabase`` lends.
///
/// `@unchecked Sendable`: the pool lends it to one caller at a time, and it is opened in SQLite's serialized mode
/// (`SQLITE_OPEN_FULLMUTEX`), in which a handle may be used by any thread at any time.
public final class SQLiteConnection: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Opens a database, which is created if need be, in write-ahead mode: readers and the writer do not block each other.
    init(path: String, isReadOnly: Bool) throws(SQLiteError) {
        var handle: OpaquePointer?
        let mode = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let code = sqlite3_open_v2(path, &handle, mode | SQLITE_OPEN_FULLMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let error = SQLiteError(code: code & 0xFF, message: "'\(path)' cannot be opened: \(String(cString: sqlite3_errstr(code)))")
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, 5_000)
        if !isReadOnly { _ = try rows("PRAGMA journal_mode = WAL") }
    }

    /// Whether a transaction was begun and not ended.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs a statement and returns its rows, each column as text; `NULL` is `nil`.
    ///
    /// - Parameter values: Bound to the statement's `?`, in order.
    public func rows(_ sql: String, _ values: [String] = []) throws(SQLiteError) -> [[String?]] {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil), sql)
        defer { sqlite3_finalize(statement) }
        for (number, value) in values.enumerated() {
            try check(sqlite3_bind_text(statement, Int32(number + 1), value, -1, Self.copies), sql)
        }
        var rows: [[String?]] = []
        while true {
            let code = sqlite3_step(statement)
            guard code == SQLITE_ROW else {
                if code != SQLITE_DONE { try check(code, sql) }
                return rows
            }
            rows.append((0..<sqlite3_column_count(statement)).map { column in sqlite3_column_text(statement, column).map { String(cString: $0) } })
        }
    }

    /// Runs `body` in a transaction, which is rolled back when it throws.
    public func transaction<R>(_ body: (SQLiteConnection) throws -> R) throws -> R {
        _ = try rows("BEGIN IMMEDIATE")
        do {
            let result = try body(self)
            _ = try rows("COMMIT")
            return result
        } catch {
            // What cannot be rolled back is found by the pool, which closes a connection that is still in a transaction.
            if isInTransaction { _ = try? rows("ROLLBACK") }
            throw error
        }
    }

    /// Whether it still answers.
    var answers: Bool {
        do { return try rows("SELECT 1") == [["1"]] } catch { return false }
    }

    func close() {
        sqlite3_close_v2(handle)
    }

    private func check(_ code: Int32, _ sql: String) throws(SQLiteError) {
        guard code == SQLITE_OK else {
            throw SQLiteError(code: code & 0xFF, message: "\(String(cString: sqlite3_errmsg(handle))), at: \(sql)")
        }
    }

    /// `SQLITE_TRANSIENT`, which Swift cannot import: SQLite makes a copy of its own.
    private static let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
