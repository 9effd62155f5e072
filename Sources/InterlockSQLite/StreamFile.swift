import GRDB
import InterlockConcurrency
import InterlockStorage

/// The file that events of streams are kept in: what ``SQLiteEventStore`` reads, and its queue is written to.
struct StreamFile: EventBackend {
    static let batch = 256
    /// Tries of one batch, about a minute in all, while another process holds the file.
    private static let tries = 60
    private static let backoff = Backoff(first: .milliseconds(10), longest: .seconds(1), jitter: .half)

    let file: StoreFile
    let bounds: SQLiteEventStore.Bounds
    let clock: any SchedulingClock

    /// Every event of the file; waits for it on the calling thread.
    func all() throws(StoreError) -> [StoredEvent] {
        let now = clock.wallTime
        return try file.readNow("reading the events") { db in try StreamTable(db: db, bounds: bounds, path: file.path, now: now).all() }
    }

    func read<Result: Sendable>(_ what: String, _ body: @escaping @Sendable (StreamTable) throws -> Result) async throws(StoreError) -> Result {
        let (bounds, path, now) = (bounds, file.path, clock.wallTime)
        return try await file.read(what) { db in try body(StreamTable(db: db, bounds: bounds, path: path, now: now)) }
    }

    func write<Result: Sendable>(_ what: String, _ body: @escaping @Sendable (StreamTable) throws -> Result) async throws(StoreError) -> Result {
        let (bounds, path, clock) = (bounds, file.path, clock)
        return try await file.write(what) { db in try body(StreamTable(db: db, bounds: bounds, path: path, now: clock.wallTime)) }
    }

    /// The same for a caller that waits for it.
    func request<Result: Sendable>(_ what: String, _ body: @escaping @Sendable (StreamTable) throws -> Result) async throws(StoreError) -> Result {
        let (bounds, path, clock) = (bounds, file.path, clock)
        return try await file.write(what, as: .request) { db in try body(StreamTable(db: db, bounds: bounds, path: path, now: clock.wallTime)) }
    }

    // MARK: - The queue

    func write(_ batch: [EventQueue.Change], failedBefore failures: Int) async -> EventBatchOutcome {
        var outcome = EventBatchOutcome()
        do throws(StoreError) {
            let fenced = try await write("keeping events") { table in try batch.indices.filter { try !Self.apply(batch[$0], to: table) } }
            outcome.written = batch.count - fenced.count
            outcome.fenced = fenced.map { if case .append(_, let writer) = batch[$0] { writer } else { nil } }
        } catch {
            outcome.failure = error
            // Another process may hold the file for a while; what else is wrong with it does not pass.
            if error.code != .unavailable || failures + 1 >= Self.tries { outcome.lost = batch.count }
        }
        return outcome
    }

    func pause(afterFailures failures: Int, of failure: StoreError) async throws {
        try await clock.sleep(for: Self.backoff.delay(afterFailures: failures, fraction: 0.5))
    }

    /// What is lost or refused shows in the store's snapshot.
    func notice(_ notice: EventNotice) {}

    /// False if the event was refused because its stream has a newer owner.
    private static func apply(_ change: EventQueue.Change, to table: StreamTable) throws -> Bool {
        switch change {
        case .append(let event, let writer): return try table.append(event, writer?.owner) != .fenced
        case .remove(let session):
            try table.remove(session: session)
            return true
        }
    }
}
