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
    let patience: WriterPatience
    let clock: any SchedulingClock
    let record: FileRecord
    private let decisions: WriteTerms
    private let requests: WriteTerms
    private let settlements: WriteTerms

    /// Opens the file, makes it if there is none, and brings its tables up to date.
    init(
        path: String, configuration: SQLiteStores.Configuration = SQLiteStores.Configuration(), clock: any SchedulingClock = SystemClock.shared
    ) throws(SQLiteStoreError) {
        self.path = path
        self.clock = clock
        patience = WriterPatience(timeout: configuration.busyTimeout)
        (decisions, requests) = (WriteTerms(.decision, configuration, path: path, clock: clock), WriteTerms(.request, configuration, path: path, clock: clock))
        settlements = WriteTerms(.settlement, configuration, path: path, clock: clock)
        record = FileRecord(clock: clock, terms: [decisions, requests, settlements])
        try PrivateFile.make(at: path)
        do {
            pool = try Self.open(path, Self.configuration(patience: patience, durability: configuration.durability))
        } catch let error as SQLiteStoreError {
            throw error
        } catch {
            throw SQLiteStoreError(.cannotOpen, path: path, "SQLite cannot use it: \(error); check that it is a database and that its folder is writable", cause: error)
        }
    }

    /// Runs `body` in one transaction that no other writer of the file comes between; what it throws undoes it. For work that no caller waits for:
    /// when its turn has come it waits the busy timeout for other processes, and takes as long as it takes.
    func write<Result: Sendable>(_ what: String, _ body: @escaping @Sendable (Database) throws -> Result) async throws(StoreError) -> Result {
        let start = clock.now
        do {
            let (result, hasWritten) = try await pool.write { db -> (Result, Bool) in
                let before = db.totalChangesCount
                let result = try body(db)
                return (result, db.totalChangesCount != before)
            }
            record.wrote(hasWritten, since: start)
            return result
        } catch {
            throw failed(error, what, start)
        }
    }

    /// Runs `body` on the file as it stands at one moment.
    func read<Result: Sendable>(_ what: String, _ body: @escaping @Sendable (Database) throws -> Result) async throws(StoreError) -> Result {
        let start = clock.now
        do {
            let result = try await pool.read(body)
            record.read(since: start)
            return result
        } catch {
            throw failed(error, what, start)
        }
    }

    /// Runs `body` on the file as it stands at one moment, on the caller's thread: for what is read once, at the start.
    func readNow<Result>(_ what: String, _ body: (Database) throws -> Result) throws(StoreError) -> Result {
        do { return try pool.read(body) } catch { throw StoreError(error, during: what, path: path) }
    }

    /// How the file does, and how long its transactions took.
    var health: SQLiteHealth { record.health }

    /// On what terms transactions of a kind are made.
    func terms(of kind: WriteKind) -> WriteTerms {
        switch kind {
        case .decision: decisions
        case .request: requests
        case .settlement: settlements
        }
    }

    /// Notes that a transaction has failed, and what that says of the file.
    func failed(_ error: any Error, _ what: String, isJudged: Bool = false, _ start: MonotonicTime) -> StoreError {
        let failure = StoreError(error, during: what, path: path)
        record.failed(failure, isJudged: isJudged, since: start)
        return failure
    }

    /// Waits for transactions that have begun, and for those in line that somebody waits for; others do not wait for another process any more.
    func close() throws(StoreError) {
        patience.end()
        do { try pool.close() } catch { throw StoreError(error, during: "closing", path: path) }
    }

    /// Several processes may open a new file at once: each migration is one transaction, so whoever comes second finds its
    /// tables there, fails, and looks again. SQLite waits for locks by itself but not for the switch to write-ahead logging.
    private static func open(_ path: String, _ configuration: Configuration) throws -> DatabasePool {
        let attempts = 50
        for attempt in 1... {
            do {
                let pool = try DatabasePool(path: path, configuration: configuration)
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
        case .SQLITE_ERROR: error.message.map { $0.contains("already exists") || $0.contains("duplicate column") } ?? false
        default: false
        }
    }

    private static func configuration(patience: WriterPatience, durability: SQLiteStores.Durability) -> Configuration {
        var configuration = Configuration()
        configuration.label = "interlock.stores"
        configuration.maximumReaderCount = 2
        configuration.busyMode = .callback { tries in patience.goesOn(tries) }
        let synchronous = durability == .power ? "FULL" : "NORMAL"
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = \(synchronous)") }
        return configuration
    }
}
