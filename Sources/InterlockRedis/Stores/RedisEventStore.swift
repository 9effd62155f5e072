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
        var queue: EventQueue
        var writer: Task<Void, Never>?
        var written = 0
        var lost = 0
        var fenced = 0
        var followers: [Int: Follower] = [:]
        var nextFollower = 0
        var isShutDown = false
    }

    /// Events that are sent before the first is answered.
    static let batch = 64
    /// Events that are read at once.
    static let page = 256
    static let maximumFollowers = 100_000

    /// The leases of the instances that write here, on the same server.
    public let instances: any LeaseStore
    private let client: RedisClient
    private let local: InMemoryEventStore
    private let maximumEvents: Int
    private let keptFor: Duration
    private let prefix: String
    private let state: Mutex<State>

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
        self.maximumEvents = maximumEvents
        self.keptFor = keptFor
        local = InMemoryEventStore(maximumBytes: maximumLocalBytes)
        prefix = client.configuration.prefix
        instances = RedisLeaseStore(client)
        state = Mutex(State(queue: EventQueue(maximumBytes: maximumQueuedBytes)))
    }

    public func append(_ event: StoredEvent) {
        local.append(event)
        enqueue(.append(event, nil))
    }

    public func append(_ event: StoredEvent, by owner: StreamOwner, refused: @escaping @Sendable () -> Void) {
        local.append(event)
        enqueue(.append(event, StreamWriter(owner, refused: refused)))
    }

    /// What this process has appended itself; see ``fetch(session:stream:after:)`` for the others'.
    public func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
        local.events(session: session, stream: stream, after: sequence)
    }

    public func remove(session: String) {
        local.remove(session: session)
        enqueue(.remove(session: session))
    }

    /// Kept in this process; what waits to be written as well is in ``snapshot``.
    public var storedBytes: Int { local.storedBytes }

    /// How the writing went so far.
    public var snapshot: Snapshot {
        state.withLock { Snapshot(queuedBytes: $0.queue.bytes, written: $0.written, lost: $0.lost, fenced: $0.fenced, followers: $0.followers.count) }
    }

    public func fetch(session: String, stream: UInt32, after sequence: UInt32) async throws(StoreError) -> [StoredEvent]? {
        var events: [StoredEvent] = []
        while true {
            guard let page = try await page(session, stream, after: events.last?.sequence ?? sequence) else { return nil }
            guard let more = page.events else { return nil }
            events += more
            if more.count < Self.page { return events }
        }
    }

    public func follow(
        session: String, stream: UInt32, after sequence: UInt32, _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription {
        let signal = WakeSignal()
        let bus = try await client.subscribe(to: channel(session, stream)) { _ in signal.wake() }
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
            EventScripts.standing, keys: [streamKey(session, stream), indexKey(session)], arguments: [.integer(Int64(stream))])
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
            EventScripts.takingOver, keys: [streamKey(session, stream), indexKey(session)],
            arguments: [
                .text(OwnerRecord.digits(owner.fence)), .bytes(OwnerRecord.encoded(successor)), .integer(Int64(sequence)), .bytes(data),
                .milliseconds(keptFor), .integer(Int64(stream)), .text(channel(session, stream)),
            ])
        return try reply.integer(from: "a take-over") == 1
    }

    /// Returns when what was appended before has been written or refused; waits while Redis is away.
    public func flush() async {
        await state.withLock { $0.writer }?.value
    }

    /// Stops writing and following; what still waits is lost, and logged. The client is not touched. Call ``flush()`` first to keep it.
    public func shutDown() async {
        let (lost, writer, followers) = state.withLock { state in
            state.isShutDown = true
            return (state.queue.close(), state.writer, Array(state.followers.values))
        }
        if lost > 0 { client.log.warning("Redis event store shut down with unwritten events", metadata: ["events": "\(lost)"]) }
        writer?.cancel()
        for follower in followers {
            follower.signal.cancel()
            follower.task.cancel()
        }
        await writer?.value
        for follower in followers { await follower.task.value }
    }

    // MARK: - Writing

    private func enqueue(_ change: EventQueue.Change) {
        let isFirstLoss = state.withLock { state in
            switch state.queue.add(change) {
            case .queued: return false
            case .startWriting:
                // Ends when the queue is empty; awaited by `flush()` and `shutDown()`.
                state.writer = Task { [self] in await write() }
                return false
            case .refused:
                state.lost += 1
                return state.lost == 1
            }
        }
        if isFirstLoss { client.log.warning("Redis event store: an event could not be queued and is lost; followers of its stream will see a gap") }
    }

    private func write() async {
        var failures = 0
        while true {
            let batch = state.withLock { $0.queue.batch(Self.batch) }
            guard !batch.isEmpty else { return }
            let (written, lost, failure) = await perform(batch)
            state.withLock { state in
                state.queue.drop(written + lost)
                state.written += written
                state.lost += lost
            }
            guard let failure else {
                failures = 0
                continue
            }
            failures += 1
            if failures == 1 { client.log.warning("Redis event store waits", metadata: ["reason": "\(failure)"]) }
            let pause = client.configuration.reconnect.delay(afterFailures: failures, fraction: client.random.fraction())
            // Cancelled by the shut-down, which has emptied the queue.
            do { try await client.clock.sleep(for: pause) } catch { return }
        }
    }

    /// Writes from the front until the server gives no answer. What it refuses for good is lost, and what comes after it goes on.
    private func perform(_ batch: [EventQueue.Change]) async -> (written: Int, lost: Int, failure: StoreError?) {
        if case .remove(let session) = batch[0] {
            do throws(StoreError) {
                try await removeStreams(of: session)
                return (1, 0, nil)
            } catch {
                return error.code == .unavailable ? (0, 0, error) : (0, 1, nil)
            }
        }
        let appends = batch.compactMap { change in if case .append(let event, let writer) = change { (event, writer) } else { nil } }
        var (written, lost) = (0, 0)
        for (reply, append) in zip(await client.run(appends.map(call), budget: client.configuration.connectTimeout), appends) {
            switch reply {
            case .success(let answer):
                written += 1
                if answer.int == -1 { fenced(append.1) }
            case .failure(let error) where error.code == .unavailable: return (written, lost, error)
            case .failure(let error):
                lost += 1
                if lost == 1 { client.log.warning("Redis event store: an event was refused and is lost", metadata: ["reason": "\(error)"]) }
            }
        }
        return (written, lost, nil)
    }

    /// Another instance has taken a stream over.
    private func fenced(_ writer: StreamWriter?) {
        let isFirst = state.withLock { state in
            state.written -= 1
            state.fenced += 1
            return state.fenced == 1
        }
        if isFirst { client.log.warning("Redis event store: an event was refused, because another instance has taken its stream over") }
        writer?.refused()
    }

    private func call(_ event: StoredEvent, _ writer: StreamWriter?) -> (script: RedisScript, keys: [String], arguments: [RedisArgument]) {
        (
            EventScripts.appending, [streamKey(event.session, event.stream), indexKey(event.session)],
            [
                .integer(Int64(event.sequence)), event.isLast ? 1 : 0, .bytes(event.data), .integer(Int64(maximumEvents)), .milliseconds(keptFor),
                .integer(Int64(event.stream)), .text(channel(event.session, event.stream)), .bytes(writer.map { OwnerRecord.encoded($0.owner) } ?? []),
            ]
        )
    }

    private func removeStreams(of session: String) async throws(StoreError) {
        let index = indexKey(session)
        let members = try await client.send(RedisCommand("HKEYS", [.text(index)], key: index), budget: client.configuration.connectTimeout)
        let streams = members.elements?.compactMap { $0.string.flatMap { UInt32($0) } } ?? []
        for start in stride(from: 0, to: max(1, streams.count), by: 1_000) {
            let keys = streams.dropFirst(start).prefix(1_000).map { streamKey(session, $0) }
            let isEnd = start + 1_000 >= streams.count
            _ = try await client.run(EventScripts.removing, keys: keys + (isEnd ? [index] : []), budget: client.configuration.connectTimeout)
        }
    }

    // MARK: - Reading

    /// Some events after a sequence; `events` is `nil` when some are missing.
    private struct Page {
        let events: [StoredEvent]?
        /// Nothing will follow.
        let isEnd: Bool
    }

    /// `nil` when the stream is not known.
    private func page(_ session: String, _ stream: UInt32, after sequence: UInt32) async throws(StoreError) -> Page? {
        let reply = try await client.run(
            EventScripts.reading, keys: [streamKey(session, stream)], arguments: [.integer(Int64(sequence)), .integer(Int64(Self.page))])
        if reply == .null { return nil }
        let parts = try reply.elements(2, from: "a read of events")
        var events: [StoredEvent] = []
        for entry in parts[1].elements ?? [] {
            let fields = try entry.elements(3, from: "a read of events")
            guard let number = UInt32(exactly: try fields[0].integer(from: "a read of events")), let data = fields[2].data else {
                throw .unexpected(reply, from: "a read of events")
            }
            guard UInt64(number) == UInt64(events.last?.sequence ?? sequence) + 1 else { return Page(events: nil, isEnd: true) }
            events.append(StoredEvent(session: session, stream: stream, sequence: number, data: data, isLast: fields[1].string == "1"))
        }
        return Page(events: events, isEnd: try parts[0].integer(from: "a read of events") == 1 || events.last?.isLast == true)
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
                if events.count < Self.page, await !signal.wait() { return }
            } catch {
                failures += 1
                let pause = client.configuration.reconnect.delay(afterFailures: failures, fraction: client.random.fraction())
                // Cancelled by the shut-down.
                do { try await client.clock.sleep(for: pause) } catch { return }
            }
        }
    }

    // MARK: - Keys

    private func streamKey(_ session: String, _ stream: UInt32) -> String { "\(prefix)events:{\(KeySpace.escaped(session))}:\(stream)" }

    private func indexKey(_ session: String) -> String { "\(prefix)owners:{\(KeySpace.escaped(session))}" }

    private func channel(_ session: String, _ stream: UInt32) -> String { "\(prefix)event:{\(KeySpace.escaped(session))}:\(stream)" }
}
