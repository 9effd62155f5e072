import GRDB
internal import InterlockJSON
public import InterlockStorage

/// Sessions in one SQLite file, so that a client keeps its session when the server is started anew.
///
/// The file is made readable for its owner only: a session id in it is as good as the client's own. It uses write-ahead
/// logging without waiting for the disk on every write: a crash of the process loses nothing, a loss of power may lose
/// the last writes, and the client of a lost session starts a new one. Calls wait on SQLite's own threads, never on
/// the caller's. Several processes may share one file on a local disk, not on a network file system.
public final class SQLiteSessionStore: SessionStore {
    private let file: StoreFile
    private let capacity: Int

    /// Opens the file, makes it if there is none, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - path: the file; SQLite keeps two more beside it, `-wal` and `-shm`.
    ///   - capacity: how many sessions are kept at most; the longest unused makes room for a new one.
    /// - Throws: ``SQLiteStoreError`` when the file cannot be opened or was written by a newer version.
    public init(path: String, capacity: Int = 100_000) throws(SQLiteStoreError) {
        precondition(capacity > 0, "SQLiteSessionStore(capacity: \(capacity)): the capacity must be at least 1")
        self.capacity = capacity
        file = try StoreFile(path: path)
    }

    /// Sessions in a file that is open already; whoever opened it closes it.
    init(file: StoreFile, capacity: Int) {
        self.file = file
        self.capacity = capacity
    }

    public func save(_ record: SessionRecord) async throws {
        let row = try SessionRow(record)
        let capacity = capacity
        try await file.write("saving a session", as: .request) { db in try row.put(db, capacity: capacity) }
    }

    public func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool {
        let row = try SessionRow(record)
        let capacity = capacity
        return try await file.write("making a session", as: .request) { db in
            guard try row.hasRoom(db, within: quota) else { return false }
            try row.put(db, capacity: capacity)
            return true
        }
    }

    public func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool {
        guard Self.canBeKey(record.id) else { return false }
        let new = try SessionRow(record)
        return try await file.write("changing a session", as: .request) { db in
            guard let current = try SessionRow.fetchOne(db, key: new.id), current.version == version else { return false }
            var row = new
            row.lastUsedAt = max(row.lastUsedAt, current.lastUsedAt)
            try row.update(db)
            return true
        }
    }

    /// The record of a session.
    ///
    /// For an id that nobody has another record is read and thrown away: or its answer came sooner than that for a session which is somebody else's.
    public func load(_ id: String) async throws -> SessionRecord? {
        guard Self.canBeKey(id) else { return nil }
        let (row, isThere) = try await file.read("looking for a session") { db in try SessionRow.fetchOrDecoy(db, id: id) }
        do {
            let record = try row.record()
            return isThere ? record : nil
        } catch {
            throw StoreError.corrupt("the record of a session", path: file.path)
        }
    }

    public func touch(_ id: String, at time: Int64) async throws {
        guard Self.canBeKey(id) else { return }
        try await file.write("touching a session", as: .request) { db in
            try db.execute(sql: "UPDATE session SET lastUsedAt = max(lastUsedAt, ?) WHERE id = ?", arguments: [time, id])
        }
    }

    public func remove(_ id: String) async throws {
        guard Self.canBeKey(id) else { return }
        _ = try await file.write("removing a session", as: .settlement) { db in try SessionRow.deleteOne(db, key: id) }
    }

    public func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
        try await file.write("removing sessions") { db in
            try SessionRow.filter { $0.createdAt < created || $0.lastUsedAt < used }.deleteAll(db)
        }
    }

    public func count() async throws -> Int {
        try await file.read("counting sessions") { db in try SessionRow.fetchCount(db) }
    }

    /// Waits for writes that have begun and closes the file; calls after it throw.
    public func close() throws {
        try file.close()
    }

    /// SQLite would read an id up to its first zero byte, and find another session.
    private static func canBeKey(_ id: String) -> Bool { !id.utf8.contains(0) }
}
