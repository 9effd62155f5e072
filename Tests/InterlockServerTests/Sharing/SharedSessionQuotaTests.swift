import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("The sessions of a tenant over all instances", .timeLimit(.minutes(5)))
struct SharedSessionQuotaTests {
    private static let acme = Principal(subject: "ann", tenant: "acme")
    private static let globex = Principal(subject: "ann", tenant: "globex")
    private let clock = ManualClock()
    private let store = InMemorySessionStore()
    private let events = SharedMemoryEvents()
    private let bus = InMemoryMessageBus()
    private let directory: TenantDirectory

    init() throws {
        directory = TenantDirectory(try TenantConfiguration(json: Array(#"{"tenants":{"acme":{"maximumSessions":3},"globex":{"maximumSessions":1}}}"#.utf8)))
    }

    /// One instance; alone it counts by itself.
    private func instance(shared: Bool = true) async throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.tenants = directory
        if shared {
            configuration.sessionStore = store
            configuration.eventStore = events
            configuration.messageBus = bus
        }
        let server = try Server(configuration: configuration) { Tool("echo") { (_: HandlerContext) in "echo" } }
        if shared { _ = try #require(await server.listenToInstances()) } // lasts as long as the bus
        return server
    }

    /// The session's header field; `nil` if it was refused.
    private func open(_ server: Server, _ principal: Principal = SharedSessionQuotaTests.acme) async throws -> [String: String]? {
        let response = await (try ExchangeProbe.post(Messages.initialize(), to: server, principal: principal)).response
        guard let id = response.headers.first(where: { $0.name == "Mcp-Session-Id" })?.value else {
            #expect(response.status == 503 && response.headers.contains { $0.name == "Retry-After" })
            return nil
        }
        return ["Mcp-Session-Id": id]
    }

    private func ping(_ server: Server, _ headers: [String: String], _ principal: Principal = SharedSessionQuotaTests.acme) async throws -> Int? {
        await (try ExchangeProbe.post(Messages.request("ping"), to: server, headers: headers, principal: principal)).response.status
    }

    private func end(_ server: Server, _ headers: [String: String]) async -> Int? {
        await server.endSession(RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers), principal: Self.acme)).status
    }

    @Test("hold together, wherever they are begun; control: instances that share nothing each count by themselves", arguments: [true, false])
    func together(shared: Bool) async throws {
        let (first, second) = (try await instance(shared: shared), try await instance(shared: shared))
        var opened = 0
        for number in 0..<8 { if try await open([first, second][number % 2]) != nil { opened += 1 } }
        #expect(opened == (shared ? 3 : 6))
        #expect(try await open(first, Self.globex) != nil) // others have their own
        let another = try await open(second, Self.globex)
        #expect((another == nil) == shared)
        #expect(first.snapshot.sessions + second.snapshot.sessions == opened + (shared ? 1 : 2), "a refused session leaves nothing behind")
    }

    @Test("count once, however many instances have brought them back")
    func restored() async throws {
        let servers = [try await instance(), try await instance(), try await instance()]
        let headers = [try #require(try await open(servers[0])), try #require(try await open(servers[0]))]
        for server in servers { for session in headers { #expect(try await ping(server, session) == 200) } }
        #expect(servers[2].tenants?.sessionCount(of: "acme") == 2)
        #expect(try await open(servers[1]) != nil)
        #expect(try await open(servers[2]) == nil)
    }

    @Test("give their places back when they are ended, on whatever instance")
    func ended() async throws {
        let (first, second) = (try await instance(), try await instance())
        let sessions = [try #require(try await open(first)), try #require(try await open(first)), try #require(try await open(first))]
        #expect(try await open(second) == nil)
        #expect(await end(second, sessions[1]) == 204)
        while try await store.count() == 3 { await Task.yield() }
        #expect(try await open(second) != nil)
        #expect(try await open(first) == nil)
    }

    @Test("give their places back when they lapse, also those of an instance that is gone; one that somebody listens to does not lapse")
    func lapsed() async throws {
        let (survivor, crashed) = (try await instance(), try await instance())
        let heard = try #require(try await open(survivor))
        let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(heard), principal: Self.acme)
        #expect(await survivor.openStream(context, lastEventID: nil, sink: MessageInbox()) == nil)
        for _ in 0..<2 { #expect(try await open(crashed) != nil) }
        #expect(try await open(survivor) == nil)
        let id = try #require(heard["Mcp-Session-Id"])
        for minute in 1...11 { // the idle time is ten
            clock.advance(by: .seconds(60))
            while try await store.load(id)?.lastUsedAt != clock.wallTime { await Task.yield() }
            if minute < 10 { #expect(try await open(survivor) == nil) }
        }
        for _ in 0..<2 { #expect(try await open(survivor) != nil) }
        #expect(try await open(survivor) == nil)
    }

    @Test("those that live with a connection count by themselves, where they are: neither kind takes or gives back the places of the other")
    func connections() async throws {
        let server = try await instance()
        let kept = [try #require(try await open(server)), try #require(try await open(server)), try #require(try await open(server))]
        var peers: [any ConnectedPeer] = []
        func connect() async throws -> Bool {
            let inbox = MessageInbox()
            let peer = try server.connect(Connection(kind: .serverSentEvents), principal: Self.acme, outbound: inbox)
            peer.receive(Array(Messages.initialize().utf8))
            let isIn = try await inbox.next()["result"] != nil
            if isIn { peers.append(peer) } else { peer.disconnected(finishing: false) }
            return isIn
        }
        for _ in 0..<3 { #expect(try await connect()) }
        #expect(server.tenants?.sessionCount(of: "acme") == 6)
        #expect(try await !connect())
        #expect(try await open(server) == nil)
        #expect(await end(server, kept[0]) == 204)
        #expect(try await !connect(), "a kept session gives back no place of a connection's")
        #expect(try await open(server) != nil)
        peers[0].disconnected(finishing: false)
        #expect(try await open(server) == nil, "nor the other way round")
        #expect(try await connect())
        #expect(server.tenants?.sessionCount(of: "acme") == 6)
    }

    @Test("a smaller quota ends none, and holds for the next; a larger one lets more in")
    func changed() async throws {
        let (first, second) = (try await instance(), try await instance())
        for server in [first, second] { #expect(try await open(server) != nil) }
        directory.replace(try TenantConfiguration(json: Array(#"{"tenants":{"acme":{"maximumSessions":1}}}"#.utf8)))
        #expect(try await open(first) == nil)
        #expect(first.snapshot.sessions + second.snapshot.sessions == 2)
        directory.replace(try TenantConfiguration(json: Array(#"{"tenants":{"acme":{"maximumSessions":3}}}"#.utf8)))
        #expect(try await open(second) != nil)
        #expect(try await open(first) == nil)
    }
}
