import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockHTTPClient

@Suite("The lean way of a tool call", .timeLimit(.minutes(5)))
struct LeanHTTPClientTransportTests {
    private static let modern = ClientNegotiation(revision: "2026-07-28", isModern: true)
    private static let legacy = ClientNegotiation(revision: "2025-11-25", isModern: false)

    private static func call(_ id: Int64) -> ClientMessage {
        ClientMessage(
            bytes: Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"ä"}}"#.utf8), id: .integer(id), method: "tools/call",
            headers: [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "=?base64?w6Q=?=")])
    }

    private static func result(_ request: ReceivedRequest, _ result: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":\#(request.id),"result":\#(result)}"#
    }

    private static func describe(_ event: Inbox.Event) -> String {
        switch event {
        case .message(let message, let request):
            "\(message.method ?? "response") \(message.id.map(\.description) ?? "-") \(message.kind) on \(request.map(\.description) ?? "-")"
        // How a connection broke is told in the words of whoever reads from it.
        case .failed(let id, let error): "failed \(id) \(error.code == .closed ? "closed" : "\(error)") after \(error.retryAfter.map { "\($0)" } ?? "-")"
        case .disconnected(let error): "disconnected \(error)"
        }
    }

    /// Runs `body` with a started lean transport in front of a scripted server.
    private func withLean(
        configuration: HTTPClientConfiguration = HTTPClientConfiguration(), clock: any SchedulingClock = SystemClock.shared,
        negotiation: ClientNegotiation? = modern, _ script: @escaping ScriptedHTTPServer.Script,
        _ body: (LeanHTTPClientTransport, Inbox, ScriptedHTTPServer) async throws -> Void
    ) async throws {
        try await ScriptedHTTPServer.run(script) { (url: String, server: ScriptedHTTPServer) async throws in
            let transport = LeanHTTPClientTransport(HTTPClientTransport(url, configuration: configuration, clock: clock), on: LoopExecutor.threads(1)[0])
            let inbox = Inbox()
            try await transport.start(inbox)
            if let negotiation { transport.negotiated(negotiation) }
            try await transport.closing { try await body(transport, inbox, server) }
        }
    }

    /// One behaviour of a server, and how many events it means.
    struct Behaviour: Sendable, CustomTestStringConvertible {
        var name: String
        var events: Int
        var negotiation = modern
        var hasSession = false
        var script: ScriptedHTTPServer.Script
        var testDescription: String { name }

        init(
            _ name: String, events: Int = 1, negotiation: ClientNegotiation = modern, hasSession: Bool = false,
            _ script: @escaping ScriptedHTTPServer.Script
        ) {
            (self.name, self.events, self.negotiation, self.hasSession, self.script) = (name, events, negotiation, hasSession, script)
        }

        static func reply(
            _ status: Int, _ body: String, type: String = "application/json", headers: [(String, String)] = [], hasSession: Bool = false
        ) -> Behaviour {
            let name = "\(status) \(type) \(body) session \(hasSession)"
            return Behaviour(name, negotiation: hasSession ? legacy : modern, hasSession: hasSession) { _, responder in
                responder.reply(status, body, type: type, headers: headers)
            }
        }
    }

    private static let long = "\"\(String(repeating: "x", count: 2_000))\""
    private static let error = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}"#

    static let behaviours: [Behaviour] = [
        Behaviour("JSON") { request, responder in responder.reply(200, result(request)) },
        Behaviour("JSON in a session", negotiation: legacy, hasSession: true) { request, responder in responder.reply(200, result(request)) },
        Behaviour("an error of JSON-RPC") { _, responder in responder.reply(200, error) },
        Behaviour("a batch", events: 2, negotiation: legacy) { request, responder in
            responder.reply(200, #"[{"jsonrpc":"2.0","method":"notifications/message","params":{}},\#(result(request))]"#)
        },
        Behaviour("a stream", events: 3) { request, responder in
            responder.beginEvents()
            responder.raw(": hello\n\n")
            responder.event(#"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#, id: "1")
            responder.event(#"{"jsonrpc":"2.0","id":"s","method":"elicitation/create","params":{}}"#)
            responder.event(result(request))
            responder.end()
        },
        Behaviour("a stream that goes on after its response", events: 1) { request, responder in
            responder.beginEvents()
            responder.event(result(request))
        },
        Behaviour("a stream of something else", events: 1) { _, responder in
            responder.beginEvents()
            responder.event("nonsense")
        },
        Behaviour("a stream without a response", events: 2) { _, responder in
            responder.beginEvents()
            responder.event(#"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#, id: "1")
            responder.end()
        },
        Behaviour("a stream that is cut", negotiation: legacy) { _, responder in
            responder.beginEvents()
            responder.raw("data: {")
            responder.cut()
        },
        Behaviour("an answer that is cut") { _, responder in
            responder.begin(length: 100)
            responder.raw("{")
            responder.cut()
        },
        Behaviour("a refusal that is cut") { _, responder in
            responder.begin(500, length: 100, type: "text/plain")
            responder.raw("half of a rea")
            responder.cut()
        },
        Behaviour("no answer") { _, responder in responder.cut() },
        Behaviour("a giant") { request, responder in responder.reply(200, result(request, long)) },
        Behaviour("a giant event") { request, responder in
            responder.beginEvents()
            responder.event(result(request, long))
        },
        Behaviour("a giant refusal") { request, responder in responder.reply(500, String(repeating: "x", count: 200_000), type: "text/plain") },
        .reply(200, #"{"jsonrpc":"2.0","id":77,"result":{}}"#),
        .reply(200, "not json"), .reply(200, "<html>", type: "text/html"), .reply(202, ""),
        .reply(500, "oops", type: "text/plain"), .reply(301, "moved", type: "text/plain", headers: [("Location", "/elsewhere")]),
        .reply(400, error), .reply(400, #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}"#),
        .reply(429, "", headers: [("Retry-After", "7")]),
        .reply(503, "full", type: "text/plain"), .reply(401, "", headers: [("WWW-Authenticate", "Bearer")]), .reply(403, "no", type: "text/plain"),
        .reply(404, error), .reply(404, error, hasSession: true), .reply(404, "", hasSession: true),
    ]

    @Test("a connection that the server keeps no longer is not used again", arguments: [("timeout=60, max=100", 1), ("timeout=0", 2)])
    func keepAlive(field: String, connections: Int) async throws {
        try await withLean({ request, responder in
            responder.reply(200, Self.result(request), headers: [("Keep-Alive", field)])
        }) { (transport: LeanHTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            for id in 1...2 {
                try await transport.send(Self.call(Int64(id)))
                await inbox.waitForEvents(id)
            }
            #expect(server.connections == connections)
        }
    }

    @Test("whatever a server does, it gets the same request and the receiver hears the same as by the general way", arguments: behaviours)
    func equivalence(behaviour: Behaviour) async throws {
        let script: ScriptedHTTPServer.Script = { request, responder in
            switch request.rpcMethod {
            case "initialize": responder.reply(200, Self.result(request), headers: [("Mcp-Session-Id", "s-1")])
            case nil: responder.reply(200)
            default: behaviour.script(request, responder)
            }
        }
        try await ScriptedHTTPServer.run(script) { (url: String, server: ScriptedHTTPServer) async throws in
            var heard: [[String]] = []
            for isLean in [false, true] {
                let http = HTTPClientTransport(url, headers: [("Authorization", "Bearer x")], configuration: HTTPClientConfiguration(maximumMessageBytes: 1_000))
                let transport: any ClientTransport = isLean ? LeanHTTPClientTransport(http, on: LoopExecutor.threads(1)[0]) : http
                let inbox = Inbox()
                try await transport.start(inbox)
                if behaviour.hasSession {
                    try await transport.send(ClientMessage(bytes: Array(#"{"jsonrpc":"2.0","id":9,"method":"initialize"}"#.utf8), id: 9, method: "initialize"))
                    await inbox.waitForEvents(1)
                }
                transport.negotiated(behaviour.negotiation)
                var call = Self.call(1)
                if !behaviour.negotiation.isModern { call.headers = [] }
                try await transport.send(call)
                let count = behaviour.events + (behaviour.hasSession ? 1 : 0)
                await inbox.waitForEvents(count)
                heard.append(inbox.events.prefix(count).map(Self.describe))
                await transport.close()
            }
            #expect(heard[0] == heard[1])
            let calls = server.requests.filter { $0.rpcMethod == "tools/call" }
            try #require(calls.count == 2)
            #expect(calls[0].method == calls[1].method && calls[0].target == calls[1].target && calls[0].body == calls[1].body)
            let headers = calls.map { $0.headers.map { "\($0.name.lowercased()): \($0.value)" }.sorted() }
            #expect(headers[0] == headers[1])
        }
    }

    @Test("a connection is kept for the next call, wherever the caller runs")
    func keptConnection() async throws {
        try await withLean({ request, responder in responder.reply(200, Self.result(request)) }) {
            (transport: LeanHTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            for id in 1...50 {
                try await transport.send(Self.call(Int64(id)))
                await inbox.waitForEvents(id)
            }
            let executor = LoopExecutor.threads(1)[0]
            await withTaskExecutorPreference(executor) {
                for id in 51...100 {
                    do { try await transport.send(Self.call(Int64(id))) } catch { Issue.record(error) }
                    await inbox.waitForEvents(id)
                }
            }
            #expect(inbox.messages.map(\.id) == (1...100).map { .integer($0) })
            #expect(server.connections == 1)
        }
    }

    @Test("a connection that the server gives up is replaced, and one that says so is not used again")
    func connectionsThatEnd() async throws {
        try await withLean({ request, responder in responder.reply(200, Self.result(request), headers: [("Connection", "close")]) }) {
            (transport: LeanHTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            for id in 1...3 {
                try await transport.send(Self.call(Int64(id)))
                await inbox.waitForEvents(id)
            }
            #expect(inbox.messages.map(\.id) == [1, 2, 3])
            #expect(server.connections == 3)
        }
    }

    @Test("a call that the connection dies under fails and is not repeated")
    func callIsNotRepeated() async throws {
        try await withLean({ request, responder in
            if request.id == "2" { responder.cut() } else { responder.reply(200, Self.result(request)) }
        }) { (transport: LeanHTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            for id in 1...3 {
                try await transport.send(Self.call(Int64(id)))
                await inbox.waitForEvents(id)
            }
            #expect(inbox.messages.map(\.id) == [1, 3])
            #expect(inbox.failures.map(\.code) == [.closed])
            #expect(server.requests.map(\.id) == ["1", "2", "3"])
        }
    }

    @Test("far more calls than connections wait in order and are all answered")
    func queueing() async throws {
        try await withLean(configuration: HTTPClientConfiguration(maximumConnections: 4), { request, responder in
            responder.reply(200, Self.result(request))
        }) {
            (transport: LeanHTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            for id in 1...500 { try await transport.send(Self.call(Int64(id))) }
            await inbox.waitForEvents(500)
            #expect(Set(inbox.messages.map(\.id)).count == 500)
            #expect(server.connections <= 4)
        }
    }

    @Test("a full line refuses at once")
    func fullLine() async throws {
        try await withLean(configuration: HTTPClientConfiguration(maximumConnections: 1, maximumQueuedRequests: 1), { _, _ in }) {
            (transport: LeanHTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            for id in 1...3 { try await transport.send(Self.call(Int64(id))) }
            await inbox.waitForEvents(1)
            guard case .failed(3, let error) = inbox.events[0] else {
                Issue.record("expected the third call to be refused, not \(inbox.events)")
                return
            }
            #expect(error.code == .refused)
        }
    }

    @Test("an abandoned call closes its connection or leaves the line, and nobody hears of it; those behind it go on")
    func abandon() async throws {
        let closed = OneShot<Void>()
        try await withLean(configuration: HTTPClientConfiguration(maximumConnections: 1), { request, responder in
            if request.id == "1" { responder.onClose { closed.resolve(()) } } else { responder.reply(200, Self.result(request)) }
        }) { (transport: LeanHTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            for id in 1...3 { try await transport.send(Self.call(Int64(id))) }
            await server.waitUntil { !$0.isEmpty }
            transport.abandon(2)
            transport.abandon(1)
            await closed.wait()
            await inbox.waitForEvents(1)
            #expect(inbox.events.map(Self.describe).count == 1 && inbox.messages.map(\.id) == [3])
            #expect(server.requests.map(\.id) == ["1", "3"])
        }
    }

    @Test("a legacy stream that ends before its response is resumed by the transport inside")
    func resumption() async throws {
        let clock = ManualClock()
        try await withLean(clock: clock, negotiation: Self.legacy, { request, responder in
            responder.beginEvents()
            if request.method == "POST" {
                responder.raw("id: e1\nretry: 700\ndata:\n\n")
            } else {
                responder.event(#"{"jsonrpc":"2.0","id":1,"result":{}}"#, id: "e2")
            }
            responder.end()
        }) { (transport: LeanHTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(Self.call(1))
            try await clock.waitForPending(1)
            clock.advance(by: .milliseconds(700))
            await inbox.waitForEvents(1)
            #expect(inbox.messages.map(\.id) == [1] && inbox.failures.isEmpty)
            #expect(server.requests.map { $0.header("Last-Event-ID") } == [nil, "e1"])
        }
    }

    @Test("close fails what is in flight and leaves no connection; afterwards nothing can be sent")
    func close() async throws {
        let closed = OneShot<Void>()
        try await withLean({ _, responder in responder.onClose { closed.resolve(()) } }) {
            (transport: LeanHTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(Self.call(1))
            await server.waitUntil { !$0.isEmpty }
            await transport.close()
            await closed.wait()
            #expect(inbox.failures.map(\.code) == [.closed])
            await transport.close()
            await #expect(throws: TransportError.self) { try await transport.send(Self.call(2)) }
        }
    }

    @Test("nobody listening is unreachable")
    func unreachable() async throws {
        let transport = LeanHTTPClientTransport(HTTPClientTransport("http://127.0.0.1:1/mcp"), on: LoopExecutor.threads(1)[0])
        let inbox = Inbox()
        try await transport.start(inbox)
        transport.negotiated(Self.modern)
        try await transport.send(Self.call(1))
        await inbox.waitForEvents(1)
        #expect(inbox.failures.map(\.code) == [.unreachable])
        #expect(inbox.failures.first?.message.contains("nothing listens there") == true)
        await transport.close()
    }

    @Test("what the lean way must not send goes by the general one", arguments: [
        (HTTPClientConfiguration.Version.http2, modern as ClientNegotiation?, "x"), (.http1, nil, "x"), (.http1, modern, "x\r\nX-Smuggled: y"),
    ])
    func notLean(version: HTTPClientConfiguration.Version, negotiation: ClientNegotiation?, header: String) {
        let http = HTTPClientTransport("http://127.0.0.1:1/mcp", headers: [("X-Field", header)], configuration: HTTPClientConfiguration(version: version))
        if let negotiation { http.negotiated(negotiation) }
        #expect(http.leanRequest() == nil)
    }
}
