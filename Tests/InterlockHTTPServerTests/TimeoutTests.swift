import InterlockHTTPServer
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("Deadlines of connections", .timeLimit(.minutes(5)))
struct TimeoutTests {
    @Test("a head that does not come, or stops half way, is answered 408")
    func head() async throws {
        try await withServer { server in
            let silent = try await server.connect()
            let partial = try await server.connect()
            try await partial.send("POST /mcp HTTP/1.1\r\nHost: loc")
            try await server.settle()
            server.clock.advance(by: .seconds(9))
            try await server.settle()
            #expect(server.transport.connectionCount >= 2)
            server.clock.advance(by: .seconds(2))
            #expect(try await silent.readReply().status == 408)
            let reply = try await partial.readReply()
            #expect(reply.status == 408 && reply["connection"] == "close")
            #expect(try await partial.readToEnd().isEmpty)
        }
    }

    @Test("on a connection that was used before, a head has its time from its first byte on")
    func laterHead() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("echo")))
            _ = try await client.readReply()
            try await server.settle()
            server.clock.advance(by: .seconds(300))
            try await client.send("POST /mcp HT")
            try await server.settle()
            server.clock.advance(by: .seconds(8))
            try await client.send("TP/1.1\r\n")
            try await server.settle()
            server.clock.advance(by: .seconds(3))
            #expect(try await client.readReply().status == 408)
        }
    }

    @Test("a body that stops is answered 408, however the bytes trickle")
    func body() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post("{", length: 100))
            try await server.settle()
            for _ in 0..<3 {
                server.clock.advance(by: .seconds(9))
                try await client.send(" ")
                try await server.settle()
            }
            server.clock.advance(by: .seconds(5))
            #expect(try await client.readReply().status == 408)
            #expect(server.runtime.receivedCount == 0)
        }
    }

    @Test("a connection without requests is closed after the idle timeout, not before")
    func idle() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("echo")))
            _ = try await client.readReply()
            try await server.settle()
            server.clock.advance(by: .seconds(590))
            try await client.send(post(call("echo")))
            _ = try await client.readReply()
            try await server.settle()
            server.clock.advance(by: .seconds(590))
            try await client.send(post(call("echo")))
            _ = try await client.readReply()
            try await server.settle()
            server.clock.advance(by: .seconds(602))
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test("before a silent answer becomes a stream its sender may open it with an event; only then")
    func keepAlive() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("hold")))
            let exchange = try await server.runtime.held.next()
            exchange.stream.onKeepAlive { _ = exchange.stream.send(OutboundEvent(data: [], id: "1-1", retryMilliseconds: 1_000)) }
            try await server.settle()
            server.clock.advance(by: .seconds(16))
            let opening = try await client.read(through: "id: 1-1")
            #expect(!opening.contains("\r\n: keep-alive"), "the event comes first")
            server.clock.advance(by: .seconds(16))
            _ = try await client.read(through: ": keep-alive")
            exchange.stream.finish(FakeRuntime.answer(exchange.message))
            _ = try await client.read(through: "0\r\n\r\n")
        }
    }

    @Test("an old connection ends with its next response, and its open stream ends cleanly")
    func lifetime() async throws {
        try await withServer({ $0.heartbeatInterval = .seconds(100_000) }) { server in
            let client = try await server.connect()
            try await client.send(post(call("hold")))
            let exchange = try await server.runtime.held.next()
            let listener = try await server.connect()
            try await listener.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await server.runtime.opened.next()
            try await server.settle()
            server.clock.advance(by: .seconds(4 * 3_600 + 2))
            _ = try await listener.read(through: "\r\n0\r\n\r\n")
            #expect(try await listener.readToEnd().isEmpty)
            exchange.stream.finish(FakeRuntime.answer(exchange.message))
            #expect(try await client.readReply()["connection"] == "close")
        }
    }
}
