import InterlockHTTPClient
import InterlockJSON
import InterlockTransport
import NIOHTTP2
import Testing

/// What becomes of a request whose stream the server ends without an answer. Spec: RFC 9113, sections 6.8 and 8.7.
@Suite("Requests that a server of HTTP/2 refuses", .timeLimit(.minutes(5)))
struct HTTP2RefusalTests {
    /// Sends requests one after the other; returns for each whether it was answered, and the server's view of all.
    private func outcomes(
        of methods: [String], _ script: @escaping @Sendable (ScriptedHTTP2Server.Request) -> [ScriptedHTTP2Server.Step]
    ) async throws -> (answered: [Bool], errors: [TransportError], requests: [ScriptedHTTP2Server.Request]) {
        var result: (answered: [Bool], errors: [TransportError], requests: [ScriptedHTTP2Server.Request]) = ([], [], [])
        try await ScriptedHTTP2Server.run(script) { (url: String, server: ScriptedHTTP2Server) async throws in
            let transport = HTTPClientTransport(url, configuration: HTTPClientConfiguration(version: .http2))
            let inbox = Inbox()
            try await transport.start(inbox)
            for (index, method) in methods.enumerated() {
                let id = Int64(index + 1)
                let bytes = Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#.utf8)
                try await transport.send(ClientMessage(bytes: bytes, id: .integer(id), method: method, headers: []))
                await inbox.waitForEvents(index + 1)
            }
            result = (inbox.events.map { $0.failure == nil }, inbox.failures, server.requests)
            await transport.close()
        }
        return result
    }

    @Test("a call on a stream above the last that the server will serve is sent again on a new connection")
    func goAway() async throws {
        let (answered, _, requests) = try await outcomes(of: ["tools/call", "tools/call"]) { request in
            request.number == 2 ? [.goAway(after: 1)] : [.answer]
        }
        #expect(answered == [true, true])
        #expect(requests.map(\.connection) == [1, 1, 2])
    }

    @Test("a call on a stream that the server may have served is not sent again, and its failure is told")
    func goneWithTheCall() async throws {
        let (answered, errors, requests) = try await outcomes(of: ["tools/call", "tools/call", "tools/call"]) { request in
            request.number == 2 ? [.goAway(after: 3), .close] : [.answer]
        }
        #expect(answered == [true, false, true] && errors.first?.code == .closed)
        #expect(requests.map(\.connection) == [1, 1, 2])
    }

    @Test("a server that ends the connection for a fault may have begun with any call: a list is asked for again, a call is not", arguments: [("tools/list", true), ("tools/call", false)])
    func goneForAFault(method: String, isRepeated: Bool) async throws {
        let (answered, _, requests) = try await outcomes(of: ["tools/list", method]) { request in
            request.number == 2 ? [.goAway(after: 0, .enhanceYourCalm), .close] : [.answer]
        }
        #expect(answered == [true, isRepeated] && requests.count == (isRepeated ? 3 : 2))
    }

    @Test("a call whose stream is refused is sent again, some times and not for ever")
    func refused() async throws {
        let once = try await outcomes(of: ["tools/call"]) { $0.number == 1 ? [.reset(.refusedStream)] : [.answer] }
        #expect(once.answered == [true] && once.requests.count == 2)
        let ever = try await outcomes(of: ["tools/call"]) { _ in [.reset(.refusedStream)] }
        #expect(ever.answered == [false] && ever.requests.count == 6)
    }

    @Test("what the server resets otherwise has had its answer, also what could be sent again", arguments: ["tools/call", "tools/list"])
    func reset(method: String) async throws {
        let (answered, errors, requests) = try await outcomes(of: ["tools/list", method]) { request in
            request.number == 2 ? [.reset(.internalError)] : [.answer]
        }
        #expect(answered == [true, false] && requests.count == 2)
        #expect(errors.first?.message.contains("HTTP/2 error code 2") == true, "\(errors)")
    }

    @Test("a list is asked for again where the connection is lost with it, a call is not", arguments: [("tools/list", true), ("tools/call", false)])
    func lostConnection(method: String, isRepeated: Bool) async throws {
        let (answered, _, requests) = try await outcomes(of: ["tools/list", method]) { request in
            request.number == 2 ? [.close] : [.answer]
        }
        #expect(answered == [true, isRepeated])
        #expect(requests.count == (isRepeated ? 3 : 2))
    }
}
