import InterlockConcurrency
import InterlockHTTPClient
import InterlockJSON
import InterlockSimulation
import InterlockTransport
import NIOHTTP1
import Synchronization
import Testing

@Suite("The HTTP client", .timeLimit(.minutes(5)))
struct HTTPClientTransportTests {
    private func message(_ id: Int64, _ method: String = "tools/call", headers: [(name: String, value: String)] = []) -> ClientMessage {
        ClientMessage(bytes: Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#.utf8), id: .integer(id), method: method, headers: headers)
    }

    private func notification(_ method: String) -> ClientMessage {
        ClientMessage(bytes: Array(#"{"jsonrpc":"2.0","method":"\#(method)"}"#.utf8), id: nil, method: method)
    }

    private static func result(_ request: ReceivedRequest, _ result: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":\#(request.id),"result":\#(result)}"#
    }

    /// Runs `body` with a started transport in front of a scripted server.
    private func withTransport(
        configuration: HTTPClientConfiguration = HTTPClientConfiguration(), clock: any SchedulingClock = SystemClock.shared,
        headers: [(name: String, value: String)] = [], negotiation: ClientNegotiation? = nil,
        _ script: @escaping ScriptedHTTPServer.Script, _ body: (HTTPClientTransport, Inbox, ScriptedHTTPServer) async throws -> Void
    ) async throws {
        try await ScriptedHTTPServer.run(script) { (url: String, server: ScriptedHTTPServer) async throws in
            let transport = HTTPClientTransport(url, headers: headers, configuration: configuration, clock: clock)
            let inbox = Inbox()
            try await transport.start(inbox)
            if let negotiation { transport.negotiated(negotiation) }
            try await transport.closing { try await body(transport, inbox, server) }
            #expect(transport.connectionCounts.open == 0)
        }
    }

    @Test("a connection that the server keeps no longer is not used again", arguments: [("timeout=60, max=100", 1), ("timeout=0", 2)])
    func keepAlive(field: String, connections: Int) async throws {
        try await withTransport({ request, responder in
            responder.reply(200, Self.result(request), headers: [("Keep-Alive", field)])
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            for id in 1...2 {
                try await transport.send(message(Int64(id)))
                await inbox.waitForEvents(id)
            }
            #expect(server.connections == connections)
        }
    }

    @Test("A request is a POST with its headers, a JSON answer goes to the receiver, and the connection is kept")
    func json() async throws {
        try await withTransport(headers: [("Authorization", "Bearer x")], { request, responder in
            responder.reply(200, Self.result(request))
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1, headers: [("Mcp-Method", "tools/call"), ("Mcp-Name", "echo"), ("MCP-Protocol-Version", "2026-07-28")]))
            await inbox.waitForEvents(1)
            try await transport.send(message(2))
            await inbox.waitForEvents(2)
            #expect(inbox.messages.map(\.id) == [1, 2])
            let request = server.requests[0]
            #expect(request.method == "POST" && request.target == "/mcp")
            #expect(request.header("Content-Type") == "application/json")
            #expect(request.header("Accept") == "application/json, text/event-stream")
            #expect(request.header("Mcp-Name") == "echo")
            #expect(request.header("MCP-Protocol-Version") == "2026-07-28")
            #expect(request.header("Authorization") == "Bearer x")
            #expect(request.header("Mcp-Session-Id") == nil)
            #expect(server.connections == 1)
            transport.setHeader("authorization", to: "Bearer y")
            try await transport.send(message(3))
            #expect(server.requests[2].headers["Authorization"] == ["Bearer y"])
        }
    }

    @Test("Events of the response's stream come in order, then the response")
    func events() async throws {
        try await withTransport({ request, responder in
            responder.beginEvents()
            responder.raw(": hello\n\n")
            responder.event(#"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#)
            responder.event(Self.result(request))
            responder.end()
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            await inbox.waitForEvents(2)
            #expect(inbox.messages.map(\.method) == ["notifications/progress", nil])
            if case .message(_, let request) = inbox.events[0] { #expect(request == 1) }
        }
    }

    @Test("The session and the version go with everything after the handshake, and the session is ended at close")
    func session() async throws {
        try await ScriptedHTTPServer.run({ request, responder in
            switch request.rpcMethod {
            case "initialize": responder.reply(200, Self.result(request), headers: [("Mcp-Session-Id", "s-1")])
            case nil: responder.reply(200)
            case "notifications/initialized": responder.reply(202)
            default: responder.reply(200, Self.result(request))
            }
        }) { (url: String, server: ScriptedHTTPServer) async throws in
            let transport = HTTPClientTransport(url, clock: ManualClock()) // the end of the session has all the time it needs
            let inbox = Inbox()
            try await transport.start(inbox)
            try await transport.send(message(1, "initialize"))
            await inbox.waitForEvents(1)
            transport.negotiated(ClientNegotiation(revision: "2025-11-25", isModern: false))
            try await transport.send(notification("notifications/initialized"))
            try await transport.send(message(2))
            await transport.close()
            await transport.close()
            #expect(server.requests.map { $0.header("Mcp-Session-Id") } == [nil, "s-1", "s-1", "s-1"])
            #expect(server.requests.map { $0.header("MCP-Protocol-Version") } == [nil, "2025-11-25", "2025-11-25", "2025-11-25"])
            #expect(server.requests.last?.method == "DELETE")
        }
    }

    @Test("A session that the server forgot is told apart from a method it does not have")
    func sessionNotFound() async throws {
        try await withTransport({ request, responder in
            if request.rpcMethod == "initialize" {
                responder.reply(200, Self.result(request), headers: [("Mcp-Session-Id", "s-1")])
            } else {
                responder.reply(404, #"{"jsonrpc":"2.0","id":\#(request.id),"error":{"code":-32601,"message":"no"}}"#)
            }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            #expect(inbox.messages.last?.error?["code"]?.int == -32601)
            try await transport.send(message(2, "initialize"))
            await inbox.waitForEvents(2)
            try await transport.send(message(3))
            #expect(inbox.failures.map(\.code) == [.sessionNotFound])
        }
    }

    @Test("A credential that is missing is reported with the server's challenge")
    func unauthorized() async throws {
        try await withTransport({ _, responder in
            responder.reply(401, "", headers: [("WWW-Authenticate", #"Bearer resource_metadata="http://x/meta", scope="a b""#)])
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            let error = try #require(inbox.failures.first)
            #expect(error.code == .unauthorized)
            let challenge = try #require(error.cause as? AuthenticationChallenge)
            #expect(challenge.status == 401 && challenge.challenge?.contains("resource_metadata") == true)
            let thrown = await #expect(throws: TransportError.self) { try await transport.send(notification("n")) }
            #expect(thrown?.code == .unauthorized)
        }
    }

    @Test("Answers that are no answer fail the request", arguments: [
        (200, "text/html", "<html>"), (200, "application/json", "not json"), (200, "application/json", #"{"jsonrpc":"2.0","id":77,"result":{}}"#),
        (202, "application/json", ""), (500, "text/plain", "oops"), (301, "text/plain", "moved"),
    ])
    func badResponses(status: Int, type: String, body: String) async throws {
        try await withTransport({ _, responder in responder.reply(status, body, type: type) }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            await inbox.waitForFailures(1)
            #expect(inbox.failures.map(\.code) == [.badResponse])
        }
    }

    @Test("A message over the limit fails the request, as JSON and as an event", arguments: [true, false])
    func tooLong(asEvent: Bool) async throws {
        try await withTransport(configuration: HTTPClientConfiguration(maximumMessageBytes: 1000), { request, responder in
            let long = Self.result(request, "\"\(String(repeating: "x", count: 2000))\"")
            if asEvent {
                responder.beginEvents()
                responder.event(long)
            } else {
                responder.reply(200, long)
            }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            await inbox.waitForEvents(1)
            #expect(inbox.failures.map(\.code) == [.badResponse])
        }
    }

    @Test("Abandoning a request closes its connection")
    func abandon() async throws {
        let closed = OneShot<Void>()
        try await withTransport({ _, responder in
            responder.beginEvents()
            responder.onClose { closed.resolve(()) }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            transport.abandon(1)
            await closed.wait()
            #expect(inbox.events.isEmpty)
        }
    }

    @Test("A request whose answer has not begun is abandoned when its task is cancelled")
    func cancel() async throws {
        let closed = OneShot<Void>()
        try await withTransport({ _, responder in responder.onClose { closed.resolve(()) } }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            let sending = Task { try await transport.send(message(1)) }
            await server.waitUntil { !$0.isEmpty }
            sending.cancel()
            await #expect(throws: CancellationError.self) { try await sending.value }
            await closed.wait()
        }
    }

    @Test("Far more requests than connections wait in order and are all answered")
    func queueing() async throws {
        try await withTransport(configuration: HTTPClientConfiguration(maximumConnections: 4), { request, responder in
            responder.reply(200, Self.result(request))
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 1...500 { group.addTask { try await transport.send(message(Int64(id))) } }
                try await group.waitForAll()
            }
            await inbox.waitForEvents(500)
            #expect(Set(inbox.messages.map(\.id)).count == 500)
            #expect(server.connections <= 4)
        }
    }

    @Test("Answers to the server get through while every request connection is taken")
    func answersGetThrough() async throws {
        let held = Mutex<Responder?>(nil)
        try await withTransport(configuration: HTTPClientConfiguration(maximumConnections: 1), { request, responder in
            if request.id == "1" {
                held.withLock { $0 = responder } // before the client can go on
                responder.beginEvents()
            } else {
                responder.reply(202)
                held.withLock { $0 }?.event(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
                held.withLock { $0 }?.end()
            }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            try await transport.send(ClientMessage(bytes: Array(#"{"jsonrpc":"2.0","id":"s1","result":{}}"#.utf8), id: nil, method: nil))
            await inbox.waitForEvents(1)
            #expect(inbox.messages.first?.id == 1)
        }
    }

    @Test("A kept connection that the server has closed is replaced for what may be repeated")
    func deadConnection() async throws {
        let cuts = Atomic(0)
        try await withTransport({ request, responder in
            if request.connection == 1, request.id != "1" {
                cuts.add(1, ordering: .relaxed)
                responder.cut()
            } else {
                responder.reply(200, Self.result(request))
            }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1, "tools/list"))
            await inbox.waitForEvents(1)
            try await transport.send(message(2, "tools/list"))
            await inbox.waitForEvents(2)
            #expect(inbox.messages.map(\.id) == [1, 2])
            let count = cuts.load(ordering: .relaxed)
            #expect(count == 1)
        }
    }

    @Test("A tool call that the connection dies under is not repeated")
    func callIsNotRepeated() async throws {
        try await withTransport({ request, responder in
            if request.id == "1" { responder.reply(200, Self.result(request)) } else { responder.cut() }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            await inbox.waitForEvents(1)
            try await transport.send(message(2))
            #expect(inbox.failures.map(\.code) == [.closed])
            #expect(server.requests.count == 2)
        }
    }

    @Test("A legacy stream that ends before its response is resumed after the delay the server asked for")
    func resumption() async throws {
        let clock = ManualClock()
        try await withTransport(clock: clock, negotiation: ClientNegotiation(revision: "2025-11-25", isModern: false), { request, responder in
            responder.beginEvents()
            if request.method == "POST" {
                responder.raw("id: e1\nretry: 700\ndata:\n\n")
                responder.end()
            } else if request.header("Last-Event-ID") == "e1" {
                responder.event(#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#, id: "e2")
                responder.end()
            } else {
                responder.event(#"{"jsonrpc":"2.0","id":1,"result":{}}"#, id: "e3")
                responder.end()
            }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            // The connect timeout is on the clock too, and gone by now; an idle connection's sweep is there as well.
            for (round, delay) in [(2, Duration.milliseconds(700)), (3, .milliseconds(700))] {
                try await clock.waitForPending(2)
                clock.advance(by: delay)
                await server.waitUntil { $0.count == round }
                if round == 2 { await inbox.waitForEvents(1) }
            }
            await inbox.waitForEvents(2)
            #expect(inbox.messages.map(\.id) == [nil, 1])
            #expect(server.requests.map { $0.header("Last-Event-ID") } == [nil, "e1", "e2"])
            #expect(inbox.failures.isEmpty)
        }
    }

    @Test("A stream that ends before its response and cannot be resumed fails the request", arguments: [true, false])
    func noResumption(modern: Bool) async throws {
        try await withTransport(negotiation: ClientNegotiation(revision: modern ? "2026-07-28" : "2025-11-25", isModern: modern), { _, responder in
            responder.beginEvents()
            responder.event(#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#, id: modern ? "e1" : nil)
            responder.end()
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            await inbox.waitForEvents(2)
            #expect(inbox.failures.map(\.code) == [.closed])
        }
    }

    @Test("The server's own stream delivers, and a server without one says so")
    func serverStream() async throws {
        try await withTransport({ request, responder in
            guard request.method == "GET" else { return responder.reply(200, Self.result(request)) }
            responder.beginEvents()
            responder.event(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#)
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.openServerStream()
            await inbox.waitForEvents(1)
            #expect(inbox.messages.first?.method == "notifications/tools/list_changed")
        }
        try await withTransport({ _, responder in responder.reply(405) }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            await #expect(throws: TransportError.self) { try await transport.openServerStream() }
        }
    }

    @Test("The server's own stream is opened again where it left off")
    func serverStreamReopens() async throws {
        let clock = ManualClock()
        try await withTransport(clock: clock, { request, responder in
            responder.beginEvents()
            responder.event(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#, id: "n\(request.connection)")
            if request.header("Last-Event-ID") == nil { responder.cut() }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.openServerStream()
            await inbox.waitForEvents(1)
            try await clock.waitForPending(1)
            clock.advance(by: .seconds(1))
            await server.waitUntil { $0.count == 2 }
            #expect(server.requests[1].header("Last-Event-ID") == "n1")
            await inbox.waitForEvents(2)
        }
    }

    @Test("A server that wants its own stream asked for without a pause is asked with one")
    func serverStreamWithoutPause() async throws {
        let clock = ManualClock()
        try await withTransport(clock: clock, { request, responder in
            responder.beginEvents()
            responder.raw("retry: 0\n\n")
            if request.connection < 3 { responder.cut() }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.openServerStream()
            for count in 1...2 {
                try await clock.waitForPending(1)
                #expect(server.requests.count == count)
                clock.advance(by: .milliseconds(99))
                #expect(server.requests.count == count)
                clock.advance(by: .milliseconds(1))
                await server.waitUntil { $0.count == count + 1 }
            }
        }
    }

    @Test("The server's own stream that is asked for before its session is there makes room for the session's")
    func serverStreamBeforeItsSession() async throws {
        let handshake = Mutex<Responder?>(nil)
        try await withTransport({ request, responder in
            if request.rpcMethod == "initialize" {
                handshake.withLock { $0 = responder }
            } else if request.header("Mcp-Session-Id") != nil {
                responder.beginEvents() // and the one without a session has no answer
            }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await transport.send(message(1, "initialize")) }
                await server.waitUntil { $0.count == 1 }
                group.addTask { await #expect(throws: TransportError.self) { try await transport.openServerStream() } }
                await server.waitUntil { $0.count == 2 }
                while handshake.withLock({ $0 == nil }) { await Task.yield() }
                handshake.withLock { $0 }?.reply(200, Self.result(server.requests[0]), headers: [("Mcp-Session-Id", "s-1")])
                try await group.waitForAll()
            }
            try await transport.openServerStream()
            #expect(server.requests.map(\.method) == ["POST", "GET", "GET"])
            transport.leaveSession() // its end would have no answer
        }
    }

    @Test("A modern server is told of a cancellation by the closed stream alone")
    func modernCancellation() async throws {
        try await withTransport(negotiation: ClientNegotiation(revision: "2026-07-28", isModern: true), { _, responder in responder.reply(202) }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(notification("notifications/cancelled"))
            #expect(server.requests.isEmpty)
            transport.negotiated(ClientNegotiation(revision: "2025-11-25", isModern: false))
            try await transport.send(notification("notifications/cancelled"))
            #expect(server.requests.count == 1)
        }
    }

    @Test("A server of the older transport is found by its endpoint event")
    func olderTransport() async throws {
        let stream = Mutex<Responder?>(nil)
        try await withTransport({ request, responder in
            switch (request.method, request.target) {
            case ("GET", "/mcp"):
                stream.withLock { $0 = responder } // before the client can go on
                responder.beginEvents()
                responder.event("/messages?session=1", name: "endpoint")
            case ("POST", "/messages?session=1"):
                responder.reply(202, "Accepted", type: "text/plain")
                if request.id != "null" { stream.withLock { $0 }?.event(Self.result(request), name: "message") }
            default:
                responder.reply(405)
            }
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1, "server/discover"))
            #expect(inbox.failures.map(\.code) == [.badResponse])
            #expect(transport.hasRequestStreams)
            try await transport.send(message(2, "initialize"))
            await inbox.waitForEvents(2)
            #expect(!transport.hasRequestStreams)
            try await transport.send(notification("notifications/initialized"))
            try await transport.send(message(3))
            await inbox.waitForEvents(3)
            #expect(inbox.messages.map(\.id) == [2, 3])
            stream.withLock { $0 }?.cut()
            await inbox.waitForEvents(4)
            if case .disconnected(let error) = inbox.events[3] { #expect(error.code == .closed) } else { Issue.record("expected a disconnect") }
        }
    }

    @Test("A 404 to a request that names a session is the session's, whoever began it; to one without it is the server's", arguments: [true, false])
    func namedSession(isNamed: Bool) async throws {
        try await withTransport({ _, responder in responder.reply(404) }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1, "ping", headers: isNamed ? [("Mcp-Session-Id", "another's")] : []))
            #expect(inbox.failures.map(\.code) == [isNamed ? .sessionNotFound : .badResponse] && inbox.failures.first?.httpStatus == 404)
        }
    }

    @Test("An endpoint of another origin is refused; the first refusal stands")
    func foreignEndpoint() async throws {
        try await withTransport({ request, responder in
            guard request.method == "GET" else { return responder.reply(404) }
            responder.beginEvents()
            responder.event("http://evil.example/messages", name: "endpoint")
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1, "initialize"))
            #expect(inbox.failures.map(\.code) == [.badResponse])
            #expect(inbox.failures.first?.message.contains("404") == true)
        }
    }

    @Test("Close fails what is in flight through the disconnect, and leaves no connection")
    func close() async throws {
        try await withTransport({ _, responder in responder.beginEvents() }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTPServer) async throws in
            try await transport.send(message(1))
            await transport.close()
            if case .disconnected = inbox.events.last {} else { Issue.record("expected a disconnect") }
            #expect(transport.connectionCounts.open == 0)
            await #expect(throws: TransportError.self) { try await transport.send(message(2)) }
        }
    }

    @Test("Nobody listening is unreachable, a wrong URL is misuse")
    func unreachable() async throws {
        let transport = HTTPClientTransport("http://127.0.0.1:1/mcp")
        let inbox = Inbox()
        try await transport.start(inbox)
        try await transport.send(message(1))
        #expect(inbox.failures.map(\.code) == [.unreachable])
        let reason = try #require(inbox.failures.first?.message)
        #expect(reason == "cannot connect to http://127.0.0.1:1: nothing listens there (Connection refused): start the server, or check the port")
        await transport.close()
        for url in ["nonsense", "https://needs.tls/"] {
            let error = await #expect(throws: TransportError.self) { try await HTTPClientTransport(url).start(inbox) }
            #expect(error?.code == .misuse)
        }
    }
}
