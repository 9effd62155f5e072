import Foundation
import GRDB
import InterlockConcurrency
import InterlockStorage

/// One SQLite file, opened and brought up to date; every store of the file works on this.
///
/// Write-ahead logging: readers never wait, writers wait for each other, also those of other processes. Calls wait on
/// SQLite's own threads, never on the caller's.
final class StoreFile: Sendable {
    let path: String
    let pool: DatabasePool

    /// Opens the file, makes it if there is none, and brings its tables up to date.
    init(path: String, busyTimeout: Duration = .seconds(5), durability: SQLiteStores.Durability = .process) throws(SQLiteStoreError) {
        self.path = path
        try PrivateFile.make(at: path)
        do {
            pool = try Self.open(path, busyTimeout: busyTimeout, durability: durability)
        } catch let error as SQLiteStoreError {
            throw error
        } catch {
            throw SQLiteStoreError(.cannotOpen, path: path, "SQLite cannot use it: \(error); check that it is a database and that its folder is writable", cause: error)
        }
    }

    /// Runs `body` in one transaction that no other writer of the file comes between; what it throws undoes it.
    func write<Result: Sendable>(_ what: String, _ body: @escaping @Sendable (Database) throws -> Result) async throws(StoreError) -> Result {
        do { return try await pool.write(body) } catch { throw StoreError(error, during: what, path: path) }
    }

    /// Runs `body` on the file as it stands at one moment.
    func read<Result: Sendable>(_ what: String, _ body: @escaping @Sendable (Database) throws -> Result) async throws(StoreError) -> Result {
        do { return try await pool.read(body) } catch { throw StoreError(error, during: what, path: path) }
    }

    func close() throws(StoreError) {
        do { try pool.close() } catch { throw StoreError(error, during: "closing", path: path) }
    }

    /// Several processes may open a new file at once: each migration is one transaction, so whoever comes second finds its
    /// tables there, fails, and looks again. SQLite waits for locks by itself but not for the switch to write-ahead logging.
    private static func open(_ path: String, busyTimeout: Duration, durability: SQLiteStores.Durability) throws -> DatabasePool {
        let attempts = 50
        for attempt in 1... {
            do {
                let pool = try DatabasePool(path: path, configuration: configuration(busyTimeout: busyTimeout, durability: durability))
                if try pool.read(StoreSchema.migrator.hasBeenSuperseded) {
                    throw SQLiteStoreError(.newerSchema, path: path, "a newer version wrote it; start that version, or name another file")
                }
                try StoreSchema.migrator.migrate(pool)
                return pool
            } catch let error as DatabaseError where attempt < attempts && mayPass(error) {
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    private static func mayPass(_ error: DatabaseError) -> Bool {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_CONSTRAINT: true
        case .SQLITE_ERROR: error.message?.contains("already exists") == true
        default: false
        }
    }

    private static func configuration(busyTimeout: Duration, durability: SQLiteStores.Durability) -> Configuration {
        var configuration = Configuration()
        configuration.label = "interlock.stores"
        configuration.maximumReaderCount = 2
        configuration.busyMode = .timeout(max(0, Double(busyTimeout.wholeNanoseconds) / 1e9))
        let synchronous = durability == .power ? "FULL" : "NORMAL"
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = \(synchronous)") }
        return configuration
    }
}
