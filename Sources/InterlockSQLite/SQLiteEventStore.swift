import GRDB
internal import InterlockConcurrency
public import InterlockStorage
import Synchronization

/// Events of resumable streams in one SQLite file: found again after a restart, and by other processes of this machine. Made by ``SQLiteStores``.
///
/// Appending never waits: events go into memory, which also has what the file held when it was opened, and into a queue that one writer empties
/// in transactions of many. While another process holds the file they wait there, up to its bound; what is refused then leaves a hole
/// that whoever reads the stream is told of. Followers look into the file ten times a second.
public final class SQLiteEventStore: SharedEventStore {
    /// How much is kept.
    public struct Bounds: Sendable, Hashable {
        /// Bytes of all events in the file, and again in memory, each with a fixed overhead; the oldest go.
        public var bytes = 64 << 20
        /// Streams; those unused for longest go.
        public var streams = 100_000
        /// Events of one stream; its oldest go.
        public var eventsOfStream = 1_000
        /// Bytes of one stream; its oldest events go.
        public var bytesOfStream = 16 << 20
        /// How long a stream is kept after its last event.
        public var keptFor = Duration.seconds(3_600)
        /// Bytes that may wait to be written.
        public var queuedBytes = 16 << 20

        public init() {}
    }

    /// How the writing went so far.
    public struct Snapshot: Sendable, Hashable {
        /// Bytes that wait to be written.
        public var queuedBytes: Int
        /// Never written: the queue was full, or the file could not be written for good.
        public var lost: Int
        /// Refused because another process has taken the stream over.
        public var fenced: Int
        /// Followers of streams now.
        public var followers: Int
    }

    private struct State: Sendable {
        var queue: EventQueue
        var writer: Task<Void, Never>?
        var lost = 0
        var fenced = 0
        var followers = 0
    }

    static let batch = 256
    static let lookEvery = Duration.milliseconds(100)
    static let maximumFollowers = 1_000

    /// The leases of the processes that write here, in the same file.
    public let instances: any LeaseStore
    private let file: StoreFile
    private let bounds: Bounds
    private let clock: any SchedulingClock
    private let local: InMemoryEventStore
    private let state: Mutex<State>

    init(file: StoreFile, bounds: Bounds, instances: any LeaseStore, clock: any SchedulingClock) throws(StoreError) {
        self.file = file
        self.bounds = bounds
        self.instances = instances
        self.clock = clock
        local = InMemoryEventStore(maximumBytes: bounds.bytes)
        state = Mutex(State(queue: EventQueue(maximumBytes: bounds.queuedBytes)))
        do {
            let now = clock.wallTime
            for event in try file.pool.read({ db in try StreamTable(db: db, bounds: bounds, path: file.path, now: now).all() }) { local.append(event) }
        } catch {
            throw StoreError(error, during: "reading the events", path: file.path)
        }
    }

    public func append(_ event: StoredEvent) {
        local.append(event)
        enqueue(.append(event, nil))
    }

    public func append(_ event: StoredEvent, by owner: StreamOwner, refused: @escaping @Sendable () -> Void) {
        local.append(event)
        enqueue(.append(event, StreamWriter(owner, refused: refused)))
    }

    /// What this process has appended itself, or found when it opened the file; see ``fetch(session:stream:after:)`` for the rest.
    public func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
        local.events(session: session, stream: stream, after: sequence)
    }

    public func remove(session: String) {
        local.remove(session: session)
        enqueue(.remove(session: session))
    }

    /// Kept in this process.
    public var storedBytes: Int { local.storedBytes }

    /// How the writing went so far.
    public var snapshot: Snapshot {
        state.withLock { Snapshot(queuedBytes: $0.queue.bytes, lost: $0.lost, fenced: $0.fenced, followers: $0.followers) }
    }

    public func fetch(session: String, stream: UInt32, after sequence: UInt32) async throws(StoreError) -> [StoredEvent]? {
        try await read("reading a stream") { try $0.events(session, stream, after: sequence) }
    }

    public func standing(session: String, stream: UInt32) async throws(StoreError) -> StreamStanding? {
        try await read("looking at a stream") { try $0.standing(session, stream) }
    }

    public func takeOver(
        session: String, stream: UInt32, from owner: StreamOwner, by successor: StreamOwner, after sequence: UInt32, ending data: [UInt8]
    ) async throws(StoreError) -> Bool {
        try await write("taking a stream over") { try $0.takeOver(session, stream, from: owner, by: successor, after: sequence, ending: data) }
    }

    public func follow(
        session: String, stream: UInt32, after sequence: UInt32, _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription {
        let isFull = state.withLock { state in
            guard state.followers < Self.maximumFollowers else { return true }
            state.followers += 1
            return false
        }
        if isFull { throw StoreError(.full, "no more than \(Self.maximumFollowers) streams in \(file.path) can be followed at a time") }
        // Ends with the stream or the subscription; awaited by nobody, as it holds nothing that is ever closed under it but the file, whose end it outlives
        // by one look.
        let task = Task { [self] in
            await run(session, stream, sequence, receive)
            state.withLock { $0.followers -= 1 }
        }
        return BusSubscription { task.cancel() }
    }

    /// Returns when what was appended before has been written or given up.
    public func flush() async {
        await state.withLock { $0.writer }?.value
    }

    // MARK: - Writing

    private func enqueue(_ change: EventQueue.Change) {
        state.withLock { state in
            switch state.queue.add(change) {
            case .queued: break
            case .startWriting:
                // Ends when the queue is empty; awaited by `flush()`.
                state.writer = Task { [self] in await empty() }
            case .refused: state.lost += 1
            }
        }
    }

    private func empty() async {
        let backoff = Backoff(first: .milliseconds(10), longest: .seconds(1), jitter: .half)
        var failures = 0
        while true {
            let batch = state.withLock { $0.queue.batch(Self.batch) }
            guard !batch.isEmpty else { return }
            do throws(StoreError) {
                let fenced = try await write("keeping events") { table in try batch.indices.filter { try !Self.apply(batch[$0], to: table) } }
                failures = 0
                state.withLock { state in
                    state.queue.drop(batch.count)
                    state.fenced += fenced.count
                }
                for index in fenced { if case .append(_, let writer?) = batch[index] { writer.refused() } }
            } catch {
                failures += 1
                // Another process may hold the file for a while; what else is wrong with it does not pass.
                guard error.code == .unavailable, failures < 60 else {
                    state.withLock { state in
                        state.queue.drop(batch.count)
                        state.lost += batch.count
                    }
                    continue
                }
                // Never cancelled: it ends by itself.
                do { try await clock.sleep(for: backoff.delay(afterFailures: failures, fraction: 0.5)) } catch { return }
            }
        }
    }

    /// False if the event was refused because its stream has a newer owner.
    private static func apply(_ change: EventQueue.Change, to table: StreamTable) throws -> Bool {
        switch change {
        case .append(let event, let writer): return try table.append(event, writer?.owner) != .fenced
        case .remove(let session):
            try table.remove(session: session)
            return true
        }
    }

    // MARK: - Reading

    private func run(_ session: String, _ stream: UInt32, _ after: UInt32, _ receive: @Sendable (StoredEvent?) -> Void) async {
        var last = after
        while !Task.isCancelled {
            let reached = last
            do throws(StoreError) {
                let found: (events: [StoredEvent]?, standing: StreamStanding?) = try await read("following a stream") { table in
                    (try table.events(session, stream, after: reached), try table.standing(session, stream))
                }
                // A stream of which nothing was ever seen may still begin.
                guard let events = found.events ?? (last == 0 && found.standing == nil ? [] : nil) else { return receive(nil) }
                for event in events {
                    guard !Task.isCancelled else { return }
                    receive(event)
                    last = event.sequence
                }
                if found.standing?.hasEnded == true { return }
            } catch {
                // Out of reach for now: the next look may find it.
            }
            do { try await SystemClock.shared.sleep(for: Self.lookEvery) } catch { return }
        }
    }

    private func read<Result: Sendable>(_ what: String, _ body: @escaping @Sendable (StreamTable) throws -> Result) async throws(StoreError) -> Result {
        let (bounds, path, now) = (bounds, file.path, clock.wallTime)
        return try await file.read(what) { db in try body(StreamTable(db: db, bounds: bounds, path: path, now: now)) }
    }

    private func write<Result: Sendable>(_ what: String, _ body: @escaping @Sendable (StreamTable) throws -> Result) async throws(StoreError) -> Result {
        let (bounds, path, clock) = (bounds, file.path, clock)
        return try await file.write(what) { db in try body(StreamTable(db: db, bounds: bounds, path: path, now: clock.wallTime)) }
    }
}
