import Foundation
import GRDB
import InterlockConcurrency
import InterlockStorage
import Synchronization

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
    private let isClosed = Atomic(false)

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
            pool = try Self.open(
                path, Self.configuration(patience: patience, durability: configuration.durability), until: SystemClock.shared.now + max(configuration.busyTimeout, .milliseconds(500)))
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
            let (result, hasWritten) = try await pool.write { db in try db.notingChanges { try body(db) } }
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
        do { return try pool.read(body) } catch { throw self.error(error, what) }
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
        let failure = self.error(error, what)
        record.failed(failure, isJudged: isJudged, since: start)
        return failure
    }

    private func error(_ error: any Error, _ what: String) -> StoreError {
        // What SQLite says of a connection that is no more is about the connection.
        guard isClosed.load(ordering: .relaxed), (error as? DatabaseError)?.resultCode == .SQLITE_MISUSE else { return StoreError(error, during: what, path: path) }
        return StoreError(.unavailable, "\(what) in \(path): the file has been closed", cause: error)
    }

    /// Waits for transactions that have begun, and for those in line that somebody waits for; others do not wait for another process any more.
    func close() throws(StoreError) {
        patience.end()
        isClosed.store(true, ordering: .relaxed)
        do { try pool.close() } catch { throw StoreError(error, during: "closing", path: path) }
    }

    /// Several processes may open a new file at once: each migration is one transaction, so whoever comes second finds its
    /// tables there, fails, and looks again. SQLite waits for locks by itself but not for the switch to write-ahead logging.
    ///
    /// - Parameter deadline: Until when another process may hold the file. On the machine's clock, as the other process is.
    private static func open(_ path: String, _ configuration: Configuration, until deadline: MonotonicTime) throws -> DatabasePool {
        for attempt in 1... {
            do {
                let pool = try DatabasePool(path: path, configuration: configuration)
                if try pool.read(StoreSchema.migrator.hasBeenSuperseded) {
                    throw SQLiteStoreError(.newerSchema, path: path, "a newer version wrote it; start that version, or name another file")
                }
                try StoreSchema.migrator.migrate(pool)
                return pool
            } catch let error as DatabaseError where mayPass(error, attempt, deadline) {
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }

    private static func mayPass(_ error: DatabaseError, _ attempt: Int, _ deadline: MonotonicTime) -> Bool {
        let isEarly = attempt < 50
        return switch error.resultCode {
        case .SQLITE_BUSY: SystemClock.shared.now < deadline
        case .SQLITE_CONSTRAINT: isEarly
        case .SQLITE_ERROR: isEarly && error.message.map { $0.contains("already exists") || $0.contains("duplicate column") } ?? false
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
