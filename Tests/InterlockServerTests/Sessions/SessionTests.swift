import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("Sessions over HTTP")
struct SessionTests {
    let clock = ManualClock()

    private func server(store: (any SessionStore)? = nil, _ change: (inout ServerConfiguration) -> Void = { _ in }) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.sessionStore = store
        change(&configuration)
        return try Server(configuration: configuration) {
            Tool("echo", inputSchema: InputSchema { .string("text") }.schema) { (arguments: RawJSON, _) in arguments["text"]?.string ?? "" }
            Tool("count") { (context: HandlerContext) in
                let count = context.session?.update(SessionKey<Int>("count")) { value in
                    value = (value ?? 0) + 1
                    return value ?? 0
                }
                return "\(count ?? -1)"
            }
            Tool("ask") { (context: HandlerContext) in
                let roots = try await context.listRoots()
                return "\(roots.roots.count) roots"
            }
            Tool("progress") { (context: HandlerContext) in
                context.reportProgress(1, total: 2)
                return "done"
            }
        }
    }

    private func open(_ server: Server, principal: Principal? = nil, revision: String = "2025-11-25") async throws -> String {
        let probe = try ExchangeProbe.post(Messages.initialize(revision), to: server, principal: principal)
        let response = await probe.response
        let id = try #require(response.headers.first { $0.name == "Mcp-Session-Id" }?.value)
        #expect(try await probe.body["result"]?["protocolVersion"]?.string == revision)
        _ = try ExchangeProbe.post(Messages.initialized, to: server, headers: ["Mcp-Session-Id": id], principal: principal)
        return id
    }

    @Test("initialize answers the asked revision, or the newest of its era", .timeLimit(.minutes(5)), arguments: [
        ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"), ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"), ("1999-01-01", "2025-11-25"),
    ])
    func negotiation(asked: String, answered: String) async throws {
        let body = try await ExchangeProbe.post(Messages.initialize(asked), to: try server()).body
        #expect(body["result"]?["protocolVersion"]?.string == answered)
    }

    @Test("a session is found by its id, and by nobody but its principal", .timeLimit(.minutes(5)))
    func principal() async throws {
        let server = try server()
        let (alice, bob) = (Principal(subject: "alice"), Principal(subject: "bob"))
        let id = try await open(server, principal: alice)
        let own = try ExchangeProbe.post(Messages.call("echo", #"{"text":"a"}"#), to: server, headers: ["Mcp-Session-Id": id], principal: alice)
        #expect(try await own.body.text == "a")
        for principal in [bob, nil] {
            let other = try ExchangeProbe.post(Messages.call("echo", #"{"text":"a"}"#), to: server, headers: ["Mcp-Session-Id": id], principal: principal)
            #expect(await other.response.status == 404)
        }
    }

    @Test("a missing session id is 400, an unknown one 404, an unsupported version 400", .timeLimit(.minutes(5)))
    func refusals() async throws {
        let server = try server()
        let id = try await open(server)
        let cases: [([String: String], Int)] = [
            ([:], 400), (["Mcp-Session-Id": "nobody"], 404), (["Mcp-Session-Id": id, "MCP-Protocol-Version": "1999-01-01"], 400),
        ]
        for (headers, status) in cases {
            let probe = try ExchangeProbe.post(Messages.call("echo", #"{"text":"a"}"#), to: server, headers: headers)
            #expect(await probe.response.status == status)
            #expect(try await probe.body.errorMessage?.isEmpty == false)
        }
    }

    @Test("after DELETE the session is unknown", .timeLimit(.minutes(5)))
    func delete() async throws {
        let server = try server()
        let id = try await open(server)
        let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(["Mcp-Session-Id": id]))
        #expect(await server.endSession(context).status == 204)
        #expect(await server.endSession(context).status == 404)
        #expect(server.snapshot.sessions == 0)
        let probe = try ExchangeProbe.post(Messages.request("ping"), to: server, headers: ["Mcp-Session-Id": id])
        #expect(await probe.response.status == 404)
    }

    @Test("idle sessions and overaged sessions end by the injected clock, and nothing is left", .timeLimit(.minutes(5)))
    func expiry() async throws {
        let server = try server { $0.idleTimeout = .seconds(60); $0.connectionTimeout = .seconds(600) }
        for _ in 0..<100 { _ = try await open(server) }
        let kept = try await open(server)
        for _ in 0..<9 {
            clock.advance(by: .seconds(50))
            let probe = try ExchangeProbe.post(Messages.request("ping"), to: server, headers: ["Mcp-Session-Id": kept])
            #expect(await probe.response.status == 200)
        }
        #expect(server.snapshot.sessions == 1)
        clock.advance(by: .seconds(200))
        #expect(server.snapshot.sessions == 0)
        #expect(clock.pendingCount == 0, "no timer is left behind")
    }

    @Test("of 5,000 sessions, most of them dropped without a word, nothing is left once their time has passed", .timeLimit(.minutes(5)))
    func nothingLeftBehind() async throws {
        let server = try server { $0.idleTimeout = .seconds(60); $0.maximumInFlight = 5_000 }
        let held = Gate()
        try await drop(5_000, on: server, held)
        held.open()
        await passTime(on: server)
        clock.advance(by: .seconds(120))
        let left = server.snapshot
        #expect(left.sessions == 0 && left.subscriptions == 0 && left.pendingBytes == 0 && left.storedEventBytes == 0)
        #expect(left.admission.active == 0 && left.admission.waiting == 0)
        #expect(clock.pendingCount == 0, "no timer is left behind")
    }

    @Test("without the idle timeout all that were not ended would be left", .timeLimit(.minutes(5)))
    func leftBehindWithoutTimeout() async throws {
        let server = try server { $0.idleTimeout = .seconds(1_000_000); $0.connectionTimeout = .seconds(1_000_000) }
        let held = Gate()
        try await drop(60, on: server, held)
        held.open()
        await passTime(on: server)
        clock.advance(by: .seconds(120))
        #expect(server.snapshot.sessions == 50)
        #expect(server.snapshot.storedEventBytes > 0)
    }

    /// Lets time pass until no call is left: questions that nobody answers are given up.
    private func passTime(on server: Server) async {
        while server.snapshot.callsInFlight > 0 {
            clock.advance(by: .seconds(60))
            await Task.yield()
        }
    }

    /// Opens sessions and leaves them, each sixth in another way; only the first of six says so.
    private func drop(_ count: Int, on server: Server, _ held: Gate) async throws {
        try server.addFeatures {
            Tool("hold") { (_: HandlerContext) in
                try await held.wait()
                return "held"
            }
        }
        for number in 0..<count {
            let headers = ["Mcp-Session-Id": try await open(server)]
            let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))
            switch number % 6 {
            case 0: // an orderly end
                #expect(await server.endSession(context).status == 204)
            case 1: // a stream that breaks
                let stream = MessageInbox()
                _ = await server.openStream(context, lastEventID: nil, sink: stream)
                stream.disconnect()
            case 2: // a stream over which nothing comes any more, until the transport's write deadline ends it
                let stream = MessageInbox()
                _ = await server.openStream(context, lastEventID: nil, sink: stream)
                stream.setFull(true)
                server.notifyResourceUpdated(uri: "test://none")
                stream.disconnect()
            case 3: // gone in the middle of a question to the client, whose events are kept
                let probe = try ExchangeProbe.post(Messages.call("ask"), to: server, headers: headers)
                _ = try await probe.inbox.next { $0["method"] != nil }
                probe.inbox.disconnect()
            case 4: // gone in the middle of a call
                try ExchangeProbe.post(Messages.call("hold"), to: server, headers: headers).inbox.disconnect()
            default: break // never heard of again
            }
        }
    }

    @Test("values of a session are its own", .timeLimit(.minutes(5)))
    func values() async throws {
        let server = try server()
        let (first, second) = (try await open(server), try await open(server))
        for expected in ["1", "2"] {
            #expect(try await ExchangeProbe.post(Messages.call("count"), to: server, headers: ["Mcp-Session-Id": first]).body.text == expected)
        }
        #expect(try await ExchangeProbe.post(Messages.call("count"), to: server, headers: ["Mcp-Session-Id": second]).body.text == "1")
    }

    @Test("sessions beyond the limit wait, then get 503 with Retry-After", .timeLimit(.minutes(5)))
    func limit() async throws {
        let server = try server { $0.maximumConnections = 1; $0.connectionQueueDeadline = .seconds(2) }
        let id = try await open(server)
        let refused = try ExchangeProbe.post(Messages.initialize(), to: server)
        while clock.pendingCount < 2 { await Task.yield() }
        clock.advance(by: .seconds(3))
        let response = await refused.response
        #expect(response.status == 503 && response.headers.contains { $0.name == "Retry-After" })
        let waiting = try ExchangeProbe.post(Messages.initialize(), to: server)
        _ = await server.endSession(RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(["Mcp-Session-Id": id])))
        #expect(await waiting.response.status == 200)
    }

    @Test("a session survives a restart with a session store", .timeLimit(.minutes(5)))
    func restart() async throws {
        let store = InMemorySessionStore()
        let id = try await open(try server(store: store))
        while try await store.count() == 0 { await Task.yield() }
        let probe = try ExchangeProbe.post(Messages.call("echo", #"{"text":"still here"}"#), to: try server(store: store), headers: ["Mcp-Session-Id": id])
        #expect(try await probe.body.text == "still here")
    }

    @Test("the server asks a legacy client on the stream of the call, and goes on with its answer", .timeLimit(.minutes(5)))
    func serverRequest() async throws {
        let server = try server()
        let id = try await open(server)
        let probe = try ExchangeProbe.post(Messages.call("ask", id: "7"), to: server, headers: ["Mcp-Session-Id": id])
        let question = try await probe.inbox.next { $0["method"]?.string == "roots/list" }
        let questionID = try #require(question["id"]?.int)
        let answer = #"{"jsonrpc":"2.0","id":\#(questionID),"result":{"roots":[{"uri":"file:///a"},{"uri":"file:///b"}]}}"#
        #expect(await (try ExchangeProbe.post(answer, to: server, headers: ["Mcp-Session-Id": id])).response.status == 202)
        #expect(try await probe.inbox.next { $0["id"] == 7 }.text == "2 roots")
    }

    @Test("a lost stream is resumed where it broke, without a gap or a repetition", .timeLimit(.minutes(5)))
    func resumption() async throws {
        let server = try server()
        let id = try await open(server)
        let headers = ["Mcp-Session-Id": id]
        let probe = try ExchangeProbe.post(Messages.call("ask", id: "7"), to: server, headers: headers)
        let question = try await probe.inbox.next { $0["method"]?.string == "roots/list" }
        let lastEvent = try #require(probe.inbox.events.last?.id)
        #expect(probe.inbox.events.first?.data.isEmpty == true, "2025-11-25 primes the stream with an empty event")
        probe.inbox.disconnect()
        let answer = #"{"jsonrpc":"2.0","id":\#(question["id"]?.int ?? 0),"result":{"roots":[]}}"#
        _ = try ExchangeProbe.post(answer, to: server, headers: headers)
        while server.snapshot.callsInFlight > 0 { await Task.yield() }
        let resumed = MessageInbox()
        let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))
        #expect(await server.openStream(context, lastEventID: lastEvent, sink: resumed)?.status == nil)
        #expect(try await resumed.next().text == "0 roots")
        #expect(resumed.pending.isEmpty && resumed.isClosed)
        #expect(await server.openStream(context, lastEventID: "99-1", sink: MessageInbox())?.status == 400)
    }

    @Test("a stream that is opened to keep the connection alive can be resumed like any other", .timeLimit(.minutes(5)))
    func keepAlivePrimes() async throws {
        let server = try server()
        let held = Gate()
        try server.addFeatures { Tool("slow") { (_: HandlerContext) in try await held.wait(); return "slow" } }
        let headers = ["Mcp-Session-Id": try await open(server)]
        let probe = try ExchangeProbe.post(Messages.call("slow", id: "7"), to: server, headers: headers)
        probe.keepAlive()
        let priming = try #require(probe.inbox.events.first)
        #expect(priming.data.isEmpty && priming.retryMilliseconds != nil)
        let lastEvent = try #require(priming.id)
        probe.inbox.disconnect()
        held.open()
        while server.snapshot.callsInFlight > 0 { await Task.yield() }
        let resumed = MessageInbox()
        let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))
        #expect(await server.openStream(context, lastEventID: lastEvent, sink: resumed)?.status == nil)
        #expect(try await resumed.next().text == "slow")
    }

    @Test("list changes reach the session's stream", .timeLimit(.minutes(5)))
    func listChanged() async throws {
        let server = try server()
        let id = try await open(server)
        let inbox = MessageInbox()
        let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(["Mcp-Session-Id": id]))
        #expect(await server.openStream(context, lastEventID: nil, sink: inbox)?.status == nil)
        try server.addFeatures { Tool("new") { (_: HandlerContext) in "" } }
        #expect(try await inbox.next()["method"]?.string == "notifications/tools/list_changed")
        #expect(server.removeTool(named: "new"))
        #expect(try await inbox.next()["method"]?.string == "notifications/tools/list_changed")
    }

    @Test("batches are answered as one array in 2025-03-26 and refused elsewhere", .timeLimit(.minutes(5)))
    func batches() async throws {
        let server = try server()
        let batch = "[\(Messages.request("ping", id: "1")),\(Messages.call("echo", #"{"text":"x"}"#, id: "2")),\(Messages.initialized)]"
        let old = try await open(server, revision: "2025-03-26")
        let answers = try await ExchangeProbe.post(batch, to: server, headers: ["Mcp-Session-Id": old]).body
        #expect(answers.array?.count == 2)
        let new = try await open(server)
        #expect(await (try ExchangeProbe.post(batch, to: server, headers: ["Mcp-Session-Id": new])).response.status == 400)
    }

    @Test("a session's history is bounded and has no arguments")
    func history() {
        let record = SessionRecord(id: "s", revision: "2025-11-25", principal: nil, clientInfo: nil, clientCapabilities: .emptyObject, createdAt: 0, lastUsedAt: 0)
        var state = SessionState(record, lastUsed: clock.now, historyLimit: 3)
        for number in 1...10 { state.remember(.init(tool: "t\(number)", at: clock.now, outcome: .succeeded)) }
        #expect(state.history.map(\.tool) == ["t8", "t9", "t10"])
    }
}
