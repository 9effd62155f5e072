/// What SQLite answered when it did not do what it was asked.
public struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The primary result code, `SQLITE_BUSY` for instance; see sqlite.org/rescode.html.
    public let code: Int32
    /// What was wrong, in SQLite's words, and at what.
    public let message: String

    /// Whether the connection is not to be used any more: its file is damaged, or cannot be read or written.
    public var spoilsConnection: Bool { [7, 10, 11, 13, 14, 26].contains(code) }  // NOMEM, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB

    public var description: String { "SQLite error \(code): \(message)" }
}
