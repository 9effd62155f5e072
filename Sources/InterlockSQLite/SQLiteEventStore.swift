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

    static let lookEvery = Duration.milliseconds(100)
    static let maximumFollowers = 1_000

    /// The leases of the processes that write here, in the same file.
    public let instances: any LeaseStore
    private let path: String
    private let table: StreamFile
    private let front: WriteBehindEvents
    private let followers = Mutex(0)

    init(file: StoreFile, bounds: Bounds, instances: any LeaseStore, clock: any SchedulingClock) throws(StoreError) {
        self.instances = instances
        path = file.path
        table = StreamFile(file: file, bounds: bounds, clock: clock)
        front = WriteBehindEvents(table, batch: StreamFile.batch, maximumLocalBytes: bounds.bytes, maximumQueuedBytes: bounds.queuedBytes)
        for event in try table.all() { front.restore(event) }
    }

    public func append(_ event: StoredEvent) { front.append(event) }

    public func append(_ event: StoredEvent, by owner: StreamOwner, refused: @escaping @Sendable () -> Void) {
        front.append(event, by: StreamWriter(owner, refused: refused))
    }

    /// What this process has appended itself, or found when it opened the file; see ``fetch(session:stream:after:)`` for the rest.
    public func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
        front.events(session: session, stream: stream, after: sequence)
    }

    public func remove(session: String) { front.remove(session: session) }

    public func release(session: String) { front.release(session: session) }

    /// Kept in this process.
    public var storedBytes: Int { front.storedBytes }

    /// How the writing went so far.
    public var snapshot: Snapshot {
        let counts = front.counts
        return Snapshot(queuedBytes: counts.queuedBytes, lost: counts.lost, fenced: counts.fenced, followers: followers.withLock { $0 })
    }

    public func fetch(session: String, stream: UInt32, after sequence: UInt32) async throws(StoreError) -> [StoredEvent]? {
        try await table.read("reading a stream") { try $0.events(session, stream, after: sequence) }
    }

    public func standing(session: String, stream: UInt32) async throws(StoreError) -> StreamStanding? {
        try await table.read("looking at a stream") { try $0.standing(session, stream) }
    }

    public func takeOver(
        session: String, stream: UInt32, from owner: StreamOwner, by successor: StreamOwner, after sequence: UInt32, ending data: [UInt8]
    ) async throws(StoreError) -> Bool {
        try await table.request("taking a stream over") { try $0.takeOver(session, stream, from: owner, by: successor, after: sequence, ending: data) }
    }

    public func follow(
        session: String, stream: UInt32, after sequence: UInt32, _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription {
        let isFull = followers.withLock { followers in
            guard followers < Self.maximumFollowers else { return true }
            followers += 1
            return false
        }
        if isFull { throw StoreError(.full, "no more than \(Self.maximumFollowers) streams in \(path) can be followed at a time") }
        // Ends with the stream or the subscription; awaited by nobody, as it holds nothing that is ever closed under it but the file, whose end it outlives
        // by one look.
        let task = Task { [self] in
            await run(session, stream, sequence, receive)
            followers.withLock { $0 -= 1 }
        }
        return BusSubscription { task.cancel() }
    }

    /// Returns when what was appended before has been written or given up.
    public func flush() async { await front.flush() }

    /// Takes nothing more and stops writing.
    ///
    /// - Parameter patience: how long what still waits is written first, at most, until the caller is cancelled.
    /// - Returns: how many events and removals are lost by it.
    public func shutDown(flushing patience: Duration = .zero) async -> Int {
        if patience > .zero { _ = await front.flush(atMost: patience, clock: table.clock) }
        return front.close()
    }

    // MARK: - Reading

    private func run(_ session: String, _ stream: UInt32, _ after: UInt32, _ receive: @Sendable (StoredEvent?) -> Void) async {
        var last = after
        while !Task.isCancelled {
            let reached = last
            do throws(StoreError) {
                let found: (events: [StoredEvent]?, standing: StreamStanding?) = try await table.read("following a stream") { table in
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
}
