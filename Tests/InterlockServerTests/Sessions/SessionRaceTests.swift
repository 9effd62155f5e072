import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("Sessions that end while they begin or come back", .timeLimit(.minutes(5)))
struct SessionRaceTests {
    private let clock = ManualClock()
    private let store = HeldSessions()
    private let events = SharedMemoryEvents()
    private let bus = InMemoryMessageBus()

    private func instance(shared: Bool = true, maximumSessions: Int = 10_000, tenants: String? = nil) async throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.maximumConnections = maximumSessions
        if let tenants { configuration.tenants = TenantDirectory(try TenantConfiguration(json: Array(tenants.utf8))) }
        if shared {
            configuration.sessionStore = store
            configuration.eventStore = events
            configuration.messageBus = bus
        }
        let server = try Server(configuration: configuration) { Tool("echo") { (_: HandlerContext) in "echo" } }
        if shared { _ = try #require(await server.listenToInstances()) } // lasts as long as the bus
        return server
    }

    private func open(_ server: Server) async throws -> [String: String] {
        let probe = try ExchangeProbe.post(Messages.initialize(), to: server)
        return ["Mcp-Session-Id": try #require(await probe.response.headers.first { $0.name == "Mcp-Session-Id" }?.value)]
    }

    private func ping(_ server: Server, _ headers: [String: String]) throws -> ExchangeProbe {
        try ExchangeProbe.post(Messages.request("ping"), to: server, headers: headers)
    }

    private func end(_ server: Server, _ headers: [String: String]) async -> Int? {
        await server.endSession(RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))).status
    }

    // MARK: Ended while it comes back

    @Test("ended while another request has read its record and not yet entered it, here or on another instance, it does not come back", arguments: [true, false])
    func endedWhileRestored(elsewhere: Bool) async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        store.holdsNextLoad.withLock { $0 = true }
        let late = try ping(second, headers)
        try await store.loads.waitForWaiters(1)
        #expect(second.sessions.isRestoring)
        #expect(await end(elsewhere ? first : second, headers) == 204)
        while try await store.count() > 0 || second.sessions.isRestoring || first.snapshot.sessions > 0 { await Task.yield() }
        store.loads.open()
        #expect(await late.response.status == 404)
        #expect(second.snapshot.sessions == 0)
        #expect(second.sessionSlots.snapshot.total.active == 0)
    }

    @Test("ended, it does not come back by a record that is still to be removed")
    func endedBeforeItIsRemoved() async throws {
        let server = try await instance()
        let headers = try await open(server)
        store.holdsRemovals.withLock { $0 = true }
        async let ended = end(server, headers)
        try await store.removals.waitForWaiters(1)
        #expect(try await store.count() == 1)
        #expect(await (try ping(server, headers)).response.status == 404)
        #expect(await end(server, headers) == 404)
        store.removals.open()
        #expect(await ended == 204)
        #expect(try await store.count() == 0)
        #expect(server.snapshot.sessions == 0 && !server.sessions.isRestoring)
    }

    @Test("a session that made room meanwhile is ended all the same")
    func endedAfterItMadeRoom() async throws {
        let server = try await instance()
        let headers = try await open(server)
        let session = try #require(server.sessions.all.first)
        server.drop(session)
        #expect(await (try ping(server, headers)).response.status == 200) // another one of the same id
        server.end(session)
        while try await store.count() > 0 { await Task.yield() }
        #expect(server.snapshot.sessions == 0 && server.sessionSlots.snapshot.total.active == 0)
        #expect(await (try ping(server, headers)).response.status == 404)
    }

    @Test("what expires under an id leaves another session of that id alone")
    func expiredTwice() async throws {
        let server = try await instance()
        let headers = try await open(server)
        let old = try #require(server.sessions.all.first)
        server.drop(old)
        #expect(await (try ping(server, headers)).response.status == 200)
        server.expire(old)
        #expect(server.snapshot.sessions == 1 && server.sessionSlots.snapshot.total.active == 1)
    }

    // MARK: Lost while it begins

    @Test("a connection lost in any moment of its initialize leaves no session and no place behind")
    func lostWhileEntered() async throws {
        let server = try await instance(shared: false, tenants: #"{"withoutTenant":"defaults"}"#)
        for _ in 0..<3_000 {
            let peer = try server.connect(Connection(kind: .inMemory), principal: nil, outbound: MessageInbox())
            let arrived = Counter()
            // Both start at once where there are two threads; with one they run one after the other, which is a case too.
            let meet: @Sendable () -> Void = {
                _ = arrived.next()
                for _ in 0..<10_000 where arrived.count < 2 {}
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    meet()
                    peer.receive(Array(Messages.initialize().utf8))
                }
                group.addTask {
                    meet()
                    peer.disconnected(finishing: false)
                }
            }
            guard server.snapshot.sessions == 0 else { break }
        }
        #expect(server.snapshot.sessions == 0)
        #expect(server.sessionSlots.snapshot.total.active == 0)
        #expect(server.tenants?.sessionCount(of: nil) == 0)
    }

    @Test("a connection lost before its session is entered is told so, and the session is gone; and an initialized one keeps its first session")
    func lostBeforeEntered() async throws {
        let server = try await instance(shared: false)
        let peer = try server.connect(Connection(kind: .inMemory), principal: nil, outbound: MessageInbox())
        peer.disconnected(finishing: true)
        peer.receive(Array(Messages.initialize().utf8))
        #expect(server.snapshot.sessions == 0 && server.sessionSlots.snapshot.total.active == 0)
        let inbox = MessageInbox()
        let twice = try server.connect(Connection(kind: .inMemory), principal: nil, outbound: inbox)
        twice.receive(Array(Messages.initialize().utf8))
        twice.receive(Array(Messages.initialize(id: 1).utf8))
        _ = try await inbox.next { $0["error"] != nil }
        #expect(server.snapshot.sessions == 1 && server.sessionSlots.snapshot.total.active == 1)
    }

    @Test("a client that goes while it waits for a place leaves the line, and no session is begun for it")
    func lostBeforeItsPlace() async throws {
        let server = try await instance(shared: false, maximumSessions: 1, tenants: #"{"withoutTenant":"defaults","defaults":{"maximumSessions":1}}"#)
        let headers = try await open(server)
        let waiting = try ExchangeProbe.post(Messages.initialize(), to: server)
        while server.sessionSlots.snapshot.total.waiting == 0 { await Task.yield() }
        waiting.inbox.disconnect()
        while server.sessionSlots.snapshot.total.waiting > 0 { await Task.yield() }
        #expect(await waiting.response.headers.contains { $0.name == "Mcp-Session-Id" } == false)
        #expect(await end(server, headers) == 204)
        #expect(server.snapshot.sessions == 0 && server.tenants?.sessionCount(of: nil) == 0)
        _ = try await open(server)
    }

    @Test("a client that goes before its session is counted in the store takes no place there")
    func lostBeforeItIsCounted() async throws {
        let server = try await instance(tenants: #"{"withoutTenant":"defaults","defaults":{"maximumSessions":1}}"#)
        store.holdsNextCreation.withLock { $0 = true }
        let going = try ExchangeProbe.post(Messages.initialize(), to: server)
        try await store.creations.waitForWaiters(1)
        going.inbox.disconnect()
        store.creations.open()
        _ = await going.response
        while try await store.count() > 0 || server.sessions.isRestoring { await Task.yield() }
        #expect(server.snapshot.sessions == 0)
        _ = try await open(server)
    }
}

/// Sessions in memory that wait where a test says so: a load after it has read, a creation and a removal before they happen.
private final class HeldSessions: SessionStore {
    private let base = InMemorySessionStore()
    let (loads, creations, removals) = (Gate(), Gate(), Gate())
    let holdsNextLoad = Mutex(false)
    let holdsNextCreation = Mutex(false)
    let holdsRemovals = Mutex(false)

    private func takes(_ next: borrowing Mutex<Bool>) -> Bool {
        next.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
    }

    func load(_ id: String) async throws -> SessionRecord? {
        let isHeld = takes(holdsNextLoad)
        let record = try await base.load(id)
        if isHeld { try await loads.wait() }
        return record
    }

    func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool {
        if takes(holdsNextCreation) { try await creations.wait() }
        return try await base.create(record, within: quota)
    }

    func remove(_ id: String) async throws {
        if holdsRemovals.withLock({ $0 }) { try await removals.wait() }
        try await base.remove(id)
    }

    func save(_ record: SessionRecord) async throws { try await base.save(record) }
    func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool { try await base.replace(record, expecting: version) }
    func touch(_ id: String, at time: Int64) async throws { try await base.touch(id, at: time) }
    func count() async throws -> Int { try await base.count() }
    func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
        try await base.removeSessions(createdBefore: created, lastUsedBefore: used)
    }
}
