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

@Suite("Sessions that several instances serve", .timeLimit(.minutes(5)))
struct SharedSessionTests {
    private let clock = ManualClock()
    private let sessions = InMemorySessionStore()
    private let events = SharedMemoryEvents()
    private let bus = InMemoryMessageBus()
    private let gate = Gate()

    /// One instance, listening to the others.
    private func instance(shared: Bool = true, maximumSessions: Int = 10_000) async throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.startsFastHandlersInline = false
        configuration.dynamicFeatures = [.tools]
        configuration.maximumConnections = maximumSessions
        if shared {
            configuration.sessionStore = sessions
            configuration.eventStore = events
            configuration.messageBus = bus
        }
        let server = try Server(configuration: configuration) {
            Tool("echo") { (_: HandlerContext) in "echo" }
            Tool("hold") { [gate] (context: HandlerContext) in
                context.reportProgress(1, total: 2)
                try await gate.wait()
                return "held"
            }
            Tool("ask") { (context: HandlerContext) in "\(try await context.listRoots().roots.count) roots" }
        }
        if shared { _ = try #require(await server.listenToInstances()) } // lasts as long as the bus
        return server
    }

    private func open(_ server: Server, principal: Principal? = nil) async throws -> [String: String] {
        let probe = try ExchangeProbe.post(Messages.initialize(), to: server, principal: principal)
        let id = try #require(await probe.response.headers.first { $0.name == "Mcp-Session-Id" }?.value)
        let headers = ["Mcp-Session-Id": id]
        let initialized = try ExchangeProbe.post(Messages.initialized, to: server, headers: headers, principal: principal)
        _ = await initialized.response
        return headers
    }

    private func context(_ headers: [String: String], principal: Principal? = nil) -> RequestContext {
        RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers), principal: principal)
    }

    @Test("a session opened on one is served by another from its first request on; without a store it is unknown there", arguments: [true, false])
    func served(shared: Bool) async throws {
        let (first, second) = (try await instance(shared: shared), try await instance(shared: shared))
        let headers = try await open(first)
        let probe = try ExchangeProbe.post(Messages.call("echo"), to: second, headers: headers)
        #expect(await probe.response.status == (shared ? 200 : 404))
    }

    @Test("to anybody else it does not exist on any of them: not to call, to listen or to end")
    func owner() async throws {
        let (alice, mallory) = (Principal(subject: "alice", tenant: "a"), Principal(subject: "alice", tenant: "b"))
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first, principal: alice)
        #expect(await (try ExchangeProbe.post(Messages.call("echo"), to: second, headers: headers, principal: mallory)).response.status == 404)
        #expect(await second.openStream(context(headers, principal: mallory), lastEventID: nil, sink: MessageInbox())?.status == 404)
        #expect(await second.endSession(context(headers, principal: mallory)).status == 404)
        #expect(await (try ExchangeProbe.post(Messages.call("echo"), to: second, headers: headers, principal: alice)).response.status == 200)
    }

    @Test("to somebody whose name only reads the same it does not exist either")
    func lookalike() async throws {
        let (alice, mallory) = (Principal(subject: "a\u{323}\u{307}"), Principal(subject: "a\u{307}\u{323}"))
        #expect(alice.subject == mallory.subject) // as texts they are equal, as bytes they are not
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first, principal: alice)
        #expect(await (try ExchangeProbe.post(Messages.call("echo"), to: second, headers: headers, principal: mallory)).response.status == 404)
        #expect(await (try ExchangeProbe.post(Messages.call("echo"), to: second, headers: headers, principal: alice)).response.status == 200)
    }

    @Test("ended on one it is unknown on all")
    func ended() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        _ = await (try ExchangeProbe.post(Messages.call("echo"), to: second, headers: headers)).response
        #expect(await second.endSession(context(headers)).status == 204)
        while first.snapshot.sessions > 0 { await Task.yield() }
        #expect(events.released.withLock { $0 } == Set(headers.values))
        while try await sessions.count() > 0 { await Task.yield() }
        #expect(await (try ExchangeProbe.post(Messages.call("echo"), to: first, headers: headers)).response.status == 404)
    }

    @Test("idle on one it lives on where it is used, and is found again")
    func idleElsewhere() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        for _ in 0..<12 {
            clock.advance(by: .seconds(90))
            _ = await (try ExchangeProbe.post(Messages.call("echo"), to: second, headers: headers)).response
            await Task.yield()
        }
        #expect(first.snapshot.sessions == 0)
        // What the first one keeps for itself of a session that it has let go would stay for ever.
        #expect(events.released.withLock { $0 } == Set(headers.values))
        #expect(await (try ExchangeProbe.post(Messages.call("echo"), to: first, headers: headers)).response.status == 200)
    }

    @Test("a cancellation reaches the instance that runs the call")
    func cancellation() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        let call = try ExchangeProbe.post(Messages.call("hold", id: "7"), to: first, headers: headers)
        try await gate.waitForWaiters(1)
        _ = await (try ExchangeProbe.post(Messages.cancel("7"), to: second, headers: headers)).response
        while first.snapshot.callsInFlight > 0 { await Task.yield() }
        _ = call
    }

    @Test("an answer to a question reaches the instance that asked, whoever gets it")
    func answers() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        let call = try ExchangeProbe.post(Messages.call("ask", id: "7"), to: first, headers: headers)
        let question = try await call.inbox.next { $0["method"]?.string == "roots/list" }
        let id = try #require(question["id"])
        #expect((id.int ?? 0) > 1 << 31) // no two instances ask by the same id
        let answer = #"{"jsonrpc":"2.0","id":\#(id),"result":{"roots":[]}}"#
        #expect(await (try ExchangeProbe.post(answer, to: second, headers: headers)).response.status == 202)
        #expect(try await call.inbox.next { $0["result"] != nil }.text == "0 roots")
    }

    @Test("a session makes room that nobody listens to, and none where all are listened to")
    func room() async throws {
        let (first, second) = (try await instance(), try await instance(maximumSessions: 2))
        func use(_ headers: [String: String]) async throws -> Int? {
            clock.advance(by: .seconds(1))
            return await (try ExchangeProbe.post(Messages.call("echo"), to: second, headers: headers)).response.status
        }
        let (heard, quiet, late) = (try await open(first), try await open(first), try await open(first))
        #expect(try await use(heard) == 200)
        let inbox = MessageInbox()
        #expect(await second.openStream(context(heard), lastEventID: nil, sink: inbox) == nil)
        #expect(try await use(quiet) == 200)
        #expect(try await use(late) == 200, "the one that nobody listens to makes room, though it was used later")
        #expect(second.snapshot.sessions == 2)
        second.notifyListChanged(.tools)
        _ = try await inbox.next { $0["method"]?.string == "notifications/tools/list_changed" }
        #expect(await second.openStream(context(late), lastEventID: nil, sink: MessageInbox()) == nil)
        #expect(try await use(quiet) == 503)
    }

    @Test("a stream that broke on one is resumed on another, and goes on there")
    func resumption() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        let call = try ExchangeProbe.post(Messages.call("hold", id: "7", extra: #","_meta":{"progressToken":"p"}"#), to: first, headers: headers)
        _ = try await call.inbox.next { $0["method"]?.string == "notifications/progress" }
        let seen = try #require(call.inbox.events.first?.id)
        call.inbox.disconnect()
        let resumed = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: seen, sink: resumed) == nil)
        gate.open()
        #expect(try await resumed.next { $0["result"] != nil }.text == "held")
        let strange = await second.openStream(context(headers), lastEventID: "99-1", sink: MessageInbox())
        #expect(strange?.status == 404)
    }

    @Test("a change of lists is told once to a session, by the instance that has its stream")
    func listChanges() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        _ = await (try ExchangeProbe.post(Messages.call("echo"), to: second, headers: headers)).response
        let inbox = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: nil, sink: inbox) == nil)
        first.notifyListChanged(.tools)
        _ = try await inbox.next { $0["method"]?.string == "notifications/tools/list_changed" }
        #expect(inbox.events.filter { !$0.data.isEmpty }.count == 1)
    }
}
