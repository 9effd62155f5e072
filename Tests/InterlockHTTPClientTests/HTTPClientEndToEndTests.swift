import InterlockClient
import InterlockHTTPClient
import InterlockProtocol
import InterlockTransport
import Synchronization
import Testing

@Suite("A client over HTTP", .timeLimit(.minutes(5)))
struct HTTPClientEndToEndTests {
    private static func result(_ request: ReceivedRequest, _ result: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(request.id),"result":\#(result)}"#
    }

    private static let text = #"{"resultType":"complete","content":[{"type":"text","text":"hi"}]}"#
    private static let handshake = #"{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}"#

    private func withClient(
        listening: Bool = false, _ script: @escaping ScriptedHTTPServer.Script, _ body: (Client, ScriptedHTTPServer) async throws -> Void
    ) async throws {
        try await ScriptedHTTPServer.run(script) { (url: String, server: ScriptedHTTPServer) async throws in
            let transport = HTTPClientTransport(url, configuration: HTTPClientConfiguration(resumptionDelay: .milliseconds(1)))
            let client = Client(transport, info: Implementation(name: "c", version: "1"), configuration: ClientConfiguration(opensServerStream: listening))
            do {
                try await client.connect()
                try await body(client, server)
            } catch {
                await client.close()
                throw error
            }
            await client.close()
        }
    }

    @Test("A modern server is discovered and called with routing headers")
    func modern() async throws {
        try await withClient({ request, responder in
            responder.reply(200, Self.result(request, request.rpcMethod == Method.discover
                ? #"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{},"ttlMs":0,"cacheScope":"private"}"# : Self.text))
        }) { (client: Client, server: ScriptedHTTPServer) async throws in
            #expect(try await client.callTool("ä").content == [.text("hi")])
            #expect(server.requests.map { $0.header("Mcp-Method") } == ["server/discover", "tools/call"])
            #expect(server.requests[1].header("Mcp-Name") == HeaderValue.encode("ä"))
            #expect(server.requests[1].header("MCP-Protocol-Version") == "2026-07-28")
        }
    }

    @Test("A legacy server that answers the probe with plain 400 is initialized", arguments: [400, 404, 405])
    func legacy(status: Int) async throws {
        try await withClient({ request, responder in
            switch request.rpcMethod {
            case Method.discover: responder.reply(status, "Bad Request: no session", type: "text/plain")
            case Method.initialize: responder.reply(200, Self.result(request, Self.handshake))
            case Method.initialized: responder.reply(202)
            default: responder.reply(200, Self.result(request, Self.text))
            }
        }) { (client: Client, server: ScriptedHTTPServer) async throws in
            #expect(client.server?.revision == .v2025_11_25)
            #expect(try await client.callTool("a").content == [.text("hi")])
        }
    }

    @Test("A lost session is renewed once for all callers, and their requests are repeated")
    func lostSession() async throws {
        let sessions = Atomic(0)
        try await withClient({ request, responder in
            switch request.rpcMethod {
            case Method.discover: responder.reply(404)
            case Method.initialize:
                let session = sessions.add(1, ordering: .relaxed).newValue
                responder.reply(200, Self.result(request, Self.handshake), headers: [("Mcp-Session-Id", "s\(session)")])
            case Method.initialized: responder.reply(202)
            case nil: responder.reply(200)
            default:
                if request.header("Mcp-Session-Id") == "s1" { responder.reply(404) } else { responder.reply(200, Self.result(request, Self.text)) }
            }
        }) { (client: Client, server: ScriptedHTTPServer) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await client.callTool("a") } }
                try await group.waitForAll()
            }
            let count = sessions.load(ordering: .relaxed)
            #expect(count == 2)
        }
    }

    @Test("With a session that is renewed the server's own stream is opened anew, also where the old one has ended with its session", arguments: [true, false])
    func renewedStream(isCut: Bool) async throws {
        let sessions = Atomic(0), first = Mutex<Responder?>(nil)
        try await withClient(listening: true, { request, responder in
            let session = request.header("Mcp-Session-Id")
            switch request.rpcMethod {
            case Method.discover: responder.reply(404)
            case Method.initialize:
                let session = sessions.add(1, ordering: .relaxed).newValue
                responder.reply(200, Self.result(request, Self.handshake), headers: [("Mcp-Session-Id", "s\(session)")])
            case Method.initialized: responder.reply(202)
            case nil where request.method == "GET":
                // A second time nobody knows the first session.
                let isKnown = first.withLock { first in
                    guard session == "s1" else { return true }
                    defer { first = responder }
                    return first == nil
                }
                guard isKnown else { return responder.reply(404) }
                responder.beginEvents()
            case nil: responder.reply(200)
            default:
                if session == "s1" { responder.reply(404) } else { responder.reply(200, Self.result(request, Self.text)) }
            }
        }) { (client: Client, server: ScriptedHTTPServer) async throws in
            @Sendable func streams(_ session: String, _ requests: [ReceivedRequest]) -> Int { requests.count { $0.method == "GET" && $0.header("Mcp-Session-Id") == session } }
            await server.waitUntil { streams("s1", $0) == 1 }
            if isCut {
                while first.withLock({ $0 == nil }) { await Task.yield() }
                first.withLock { $0 }?.cut()
                await server.waitUntil { streams("s1", $0) == 2 }
            }
            _ = try await client.callTool("a")
            await server.waitUntil { streams("s2", $0) == 1 }
        }
    }

    @Test("A server that keeps an event no longer is asked for its stream without it", arguments: [400, 404])
    func forgottenEvent(status: Int) async throws {
        let first = Mutex<Responder?>(nil)
        try await withClient(listening: true, { request, responder in
            switch request.rpcMethod {
            case Method.discover: responder.reply(404)
            case Method.initialize: responder.reply(200, Self.result(request, Self.handshake), headers: [("Mcp-Session-Id", "s1")])
            case nil where request.method == "GET":
                if request.header("Last-Event-ID") != nil { return responder.reply(status) }
                first.withLock { $0 = $0 ?? responder }
                responder.beginEvents()
                responder.event("", id: "0-1")
            case Method.initialized: responder.reply(202)
            default: responder.reply(200)
            }
        }) { (_: Client, server: ScriptedHTTPServer) async throws in
            while first.withLock({ $0 == nil }) { await Task.yield() }
            first.withLock { $0 }?.end()
            await server.waitUntil { requests in requests.count { $0.method == "GET" && $0.header("Last-Event-ID") == nil } == 2 }
            #expect(server.requests.count { $0.header("Last-Event-ID") == "0-1" } == 1)
        }
    }

    @Test("A server that forgets every session is given up after one renewal")
    func forgetfulServer() async throws {
        try await withClient({ request, responder in
            switch request.rpcMethod {
            case Method.initialize: responder.reply(200, Self.result(request, Self.handshake), headers: [("Mcp-Session-Id", "s")])
            case Method.initialized: responder.reply(202)
            case nil: responder.reply(200)
            default: responder.reply(404)
            }
        }) { (client: Client, server: ScriptedHTTPServer) async throws in
            let error = await #expect(throws: ClientError.self) { try await client.callTool("a") }
            #expect(error?.transportError?.code == .sessionNotFound)
        }
    }

    @Test("A demand for a credential is the client's error, with the challenge")
    func unauthorized() async throws {
        let error = await #expect(throws: ClientError.self) {
            try await withClient({ _, responder in responder.reply(401, headers: [("WWW-Authenticate", "Bearer")]) }) { (_: Client, _: ScriptedHTTPServer) async throws in }
        }
        #expect(error?.code == .unauthorized)
        #expect((error?.transportError?.cause as? AuthenticationChallenge)?.challenge == "Bearer")
    }
}
