import InterlockConcurrency
import InterlockHTTPServer
import InterlockTransport
import Testing

/// A connection that is watched without being kept.
private final class Watch: Sendable {
    private weak let connection: Connection?

    init(_ connection: Connection) { self.connection = connection }

    var isFreed: Bool { connection == nil }
}

@Suite("Nothing of a connection outlives it", .timeLimit(.minutes(5)))
struct LifetimeTests {
    enum Use: String, CaseIterable, Sendable {
        case idle, unanswered, serverStream, resetStream, http2, http2Unanswered, legacy
    }

    /// Uses a connection, leaves it, and returns what watches it. In a function of its own, so that no variable keeps anything.
    private func use(_ use: Use, _ server: TestServer) async throws -> Watch {
        switch use {
        case .idle, .unanswered:
            let client = try await server.connect()
            try await client.send(post(call("context")))
            _ = try await client.readReply()
            if use == .unanswered {
                try await client.send(post(call("hold")))
                _ = try await server.runtime.held.next()
            }
            client.close()
        case .serverStream, .resetStream:
            let client = try await server.connect()
            try await client.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await client.read(through: "\r\n\r\n")
            _ = try await server.runtime.opened.next()
            if use == .resetStream { try await client.reset() } else { client.close() }
        case .http2, .http2Unanswered:
            let client = try await FrameClient(port: server.port)
            try await client.raw.send(FrameClient.request(1, call("context")))
            _ = try await client.next(0)
            if use == .http2Unanswered {
                try await client.raw.send(FrameClient.request(3, call("hold")))
                _ = try await server.runtime.held.next()
            }
            client.raw.close()
        case .legacy:
            let client = try await server.connect()
            try await client.send(post(call("context")))
            _ = try await client.readReply()
            try await client.send("GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await client.read(through: "event: endpoint")
            _ = try await server.runtime.peers.next()
            client.close()
        }
        return Watch(try await server.runtime.contexts.next().connection)
    }

    @Test("a connection is freed when its peer has gone, whatever it was used for", arguments: Use.allCases)
    func freed(_ use: Use) async throws {
        try await withServer { server in
            let watch = try await self.use(use, server)
            while server.transport.connectionCount > 0 { await Task.yield() }
            // However many rounds of the loop that takes: the suite's time limit ends them.
            while !watch.isFreed {
                try Task.checkCancellation()
                try await server.settle()
            }
        }
    }
}
