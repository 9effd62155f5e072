internal import InterlockConcurrency
public import InterlockStorage
internal import Logging
import Synchronization

/// Events of resumable streams in Redis, so that a stream broken on one instance can be resumed on another.
///
/// Appending never waits: events go into memory here, for ``events(session:stream:after:)``, and into a queue that one writer empties in order. While
/// Redis is away they wait in the queue, up to its bound; what is refused then leaves a hole in its stream, which ``fetch(session:stream:after:)``
/// and followers are told of. Writing an event twice has no effect, so what got no answer is written again.
public final class RedisEventStore: SharedEventStore {
    /// How the writing went so far.
    public struct Snapshot: Sendable, Hashable {
        /// Events and removals that wait to be written.
        public var queuedBytes: Int
        /// Written.
        public var written: Int
        /// Never written: the queue was full, or the server refused.
        public var lost: Int
        /// Refused because another instance has taken the stream over.
        public var fenced: Int
        /// Followers of streams now.
        public var followers: Int
    }

    private struct Follower: Sendable {
        let signal: WakeSignal
        let task: Task<Void, Never>
    }

    private struct State: Sendable {
        var followers: [Int: Follower] = [:]
        var nextFollower = 0
        var isShutDown = false
    }

    /// Events that are read at once, and the bytes after which no other one is: an answer that is long holds up all others of its connection.
    static let page = 256
    static let pageBytes = 1 << 20
    static let maximumFollowers = 100_000

    /// The leases of the instances that write here, on the same server.
    public let instances: any LeaseStore
    private let client: RedisClient
    private let keys: EventKeys
    private let keptFor: Duration
    private let front: WriteBehindEvents
    private let state = Mutex(State())

    /// - Parameters:
    ///   - maximumLocalBytes: the budget of the events kept in this process as well.
    ///   - maximumQueuedBytes: how much may wait for Redis.
    ///   - maximumEvents: kept of each stream, about.
    ///   - keptFor: how long a stream is kept after its last event.
    public init(
        _ client: RedisClient, maximumLocalBytes: Int = 64 << 20, maximumQueuedBytes: Int = 16 << 20, maximumEvents: Int = 1_000,
        keptFor: Duration = .seconds(3_600)
    ) {
        precondition(maximumQueuedBytes > 0 && maximumEvents > 0 && keptFor > .zero, "RedisEventStore: its bounds must be above zero")
        self.client = client
        self.keptFor = keptFor
        keys = EventKeys(prefix: client.configuration.prefix)
        instances = RedisLeaseStore(client)
        let writer = RedisEventWriter(client: client, keys: keys, maximumEvents: maximumEvents, keptFor: keptFor)
        front = WriteBehindEvents(
            writer, batch: RedisEventWriter.batch, maximumLocalBytes: maximumLocalBytes, maximumQueuedBytes: maximumQueuedBytes)
    }

    public func append(_ event: StoredEvent) { front.append(event) }

    public func append(_ event: StoredEvent, by owner: StreamOwner, refused: @escaping @Sendable () -> Void) {
        front.append(event, by: StreamWriter(owner, refused: refused))
    }

    /// What this process has appended itself; see ``fetch(session:stream:after:)`` for the others'.
    public func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
        front.events(session: session, stream: stream, after: sequence)
    }

    public func remove(session: String) { front.remove(session: session) }

    public func release(session: String) { front.release(session: session) }

    /// Kept in this process; what waits to be written as well is in ``snapshot``.
    public var storedBytes: Int { front.storedBytes }

    /// How the writing went so far.
    public var snapshot: Snapshot {
        let counts = front.counts
        return Snapshot(
            queuedBytes: counts.queuedBytes, written: counts.written, lost: counts.lost, fenced: counts.fenced, followers: state.withLock { $0.followers.count })
    }

    public func fetch(session: String, stream: UInt32, after sequence: UInt32) async throws(StoreError) -> [StoredEvent]? {
        var events: [StoredEvent] = []
        while true {
            guard let page = try await page(session, stream, after: events.last?.sequence ?? sequence) else { return nil }
            guard let more = page.events else { return nil }
            events += more
            if !page.hasMore { return events }
        }
    }

    public func follow(
        session: String, stream: UInt32, after sequence: UInt32, _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription {
        let signal = WakeSignal()
        let bus = try await client.subscribe(to: keys.channel(session, stream)) { event in
            if event != .lost { signal.wake() } // there is nothing to read until the server is back
        }
        let isFull = state.withLock { state in
            guard !state.isShutDown, state.followers.count < Self.maximumFollowers else { return true }
            state.nextFollower += 1
            let number = state.nextFollower
            // Ends with the stream or the subscription; awaited by `shutDown()`.
            let task = Task { [self] in
                await run(signal, session, stream, sequence, receive)
                bus.cancel()
                _ = self.state.withLock { $0.followers.removeValue(forKey: number) }
            }
            state.followers[number] = Follower(signal: signal, task: task)
            return false
        }
        if isFull {
            bus.cancel()
            throw StoreError(.full, "no more than \(Self.maximumFollowers) streams can be followed at a time, and none after the shut-down")
        }
        return BusSubscription {
            signal.cancel()
            bus.cancel()
        }
    }

    /// Waits a moment, about half a second, for a stream that is not known: another instance may have sent its first event just now, and not written it.
    public func standing(session: String, stream: UInt32) async throws(StoreError) -> StreamStanding? {
        for attempt in 0..<5 {
            if let standing = try await standingNow(session, stream) { return standing }
            // A caller that is cancelled wants no answer.
            do { try await client.clock.sleep(for: .milliseconds(20 << attempt)) } catch { return nil }
        }
        return try await standingNow(session, stream)
    }

    private func standingNow(_ session: String, _ stream: UInt32) async throws(StoreError) -> StreamStanding? {
        let reply = try await client.run(
            EventScripts.standing, keys: [keys.stream(session, stream), keys.index(session)], arguments: [.integer(Int64(stream))])
        if reply == .null { return nil }
        let parts = try reply.elements(3, from: "a look at a stream")
        guard let last = UInt32(exactly: try parts[1].integer(from: "a look at a stream")) else { throw .unexpected(reply, from: "a look at a stream") }
        return StreamStanding(
            owner: parts[0].data.flatMap(OwnerRecord.owner), lastSequence: last, hasEnded: try parts[2].integer(from: "a look at a stream") == 1)
    }

    public func takeOver(
        session: String, stream: UInt32, from owner: StreamOwner, by successor: StreamOwner, after sequence: UInt32, ending data: [UInt8]
    ) async throws(StoreError) -> Bool {
        let reply = try await client.run(
            EventScripts.takingOver, keys: [keys.stream(session, stream), keys.index(session)],
            arguments: [
                .text(OwnerRecord.digits(owner.fence)), .bytes(OwnerRecord.encoded(successor)), .integer(Int64(sequence)), .bytes(data),
                .milliseconds(keptFor), .integer(Int64(stream)), .text(keys.channel(session, stream)),
            ])
        return try reply.integer(from: "a take-over") == 1
    }

    /// Returns when what was appended before has been written or refused; waits while Redis is away.
    public func flush() async { await front.flush() }

    /// Stops writing and following; what still waits is lost, and logged with its number. The client is not touched.
    ///
    /// - Parameter patience: how long it is waited for first, at most, while Redis takes it; until the caller is cancelled.
    public func shutDown(flushing patience: Duration = .zero) async {
        if patience > .zero { _ = await front.flush(atMost: patience, clock: client.clock) }
        let followers = state.withLock { state in
            state.isShutDown = true
            return Array(state.followers.values)
        }
        let lost = front.close()
        if lost > 0 { client.log.warning("Redis event store shut down with unwritten events", metadata: ["events": "\(lost)"]) }
        for follower in followers {
            follower.signal.cancel()
            follower.task.cancel()
        }
        await front.flush()
        for follower in followers { await follower.task.value }
    }

    // MARK: - Reading

    /// Some events after a sequence; `events` is `nil` when some are missing.
    private struct Page {
        let events: [StoredEvent]?
        /// Nothing will follow.
        let isEnd: Bool
        /// There may be more by now.
        let hasMore: Bool
    }

    /// `nil` when the stream is not known.
    private func page(_ session: String, _ stream: UInt32, after sequence: UInt32) async throws(StoreError) -> Page? {
        let reply = try await client.run(
            EventScripts.reading, keys: [keys.stream(session, stream)], arguments: [.integer(Int64(sequence)), .integer(Int64(Self.page)), .integer(Int64(Self.pageBytes))],
            budget: client.configuration.connectTimeout)
        if reply == .null { return nil }
        let parts = try reply.elements(3, from: "a read of events")
        var events: [StoredEvent] = []
        for entry in parts[1].elements ?? [] {
            let fields = try entry.elements(3, from: "a read of events")
            guard let number = UInt32(exactly: try fields[0].integer(from: "a read of events")), let data = fields[2].data else {
                throw .unexpected(reply, from: "a read of events")
            }
            guard UInt64(number) == UInt64(events.last?.sequence ?? sequence) + 1 else { return Page(events: nil, isEnd: true, hasMore: false) }
            events.append(StoredEvent(session: session, stream: stream, sequence: number, data: data, isLast: fields[1].string == "1"))
        }
        return Page(
            events: events, isEnd: try parts[0].integer(from: "a read of events") == 1 || events.last?.isLast == true,
            hasMore: try parts[2].integer(from: "a read of events") == 1)
    }

    private func run(
        _ signal: WakeSignal, _ session: String, _ stream: UInt32, _ after: UInt32, _ receive: @Sendable (StoredEvent?) -> Void
    ) async {
        var last = after
        var failures = 0
        while !signal.isCancelled {
            do throws(StoreError) {
                let page = try await page(session, stream, after: last)
                failures = 0
                // A stream of which nothing was ever seen may still begin.
                guard let events = page.map({ $0.events }) ?? (last == 0 ? [] : nil) else { return receive(nil) }
                for event in events {
                    guard !signal.isCancelled else { return }
                    receive(event)
                    last = event.sequence
                }
                if page?.isEnd == true { return }
                if page?.hasMore != true, await !signal.wait() { return }
            } catch {
                failures += 1
                let pause = client.configuration.reconnect.delay(afterFailures: failures, fraction: client.random.fraction())
                // Cancelled by the shut-down.
                do { try await client.clock.sleep(for: pause) } catch { return }
            }
        }
    }
}
