import InterlockConcurrency
import InterlockHTTPServer
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@Suite("Streamed answers of routes", .timeLimit(.minutes(5)))
struct RouteStreamTests {
    private static func get(_ path: String, method: String = "GET") -> String { "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n" }

    /// A route that writes whatever the test puts in, and says how its producer ended.
    private struct Scripted: Sendable {
        struct Failure: Error {}
        enum Line: Sendable { case write(String), end, fail }
        let lines = Inbox<Line>()
        let ends = Inbox<String>()
        let written = Inbox<Int>()

        func route(_ contentType: String = "text/plain") -> HTTPRoute {
            HTTPRoute("GET", "/stream") { _ in
                .stream(contentType: contentType, headers: [("x-kind", "scripted")]) { writer in
                    do {
                        try await produce(writer)
                        ends.put("returned")
                    } catch {
                        ends.put(error is CancellationError ? "cancelled" : error is TransportError ? "closed" : "failed")
                        throw error
                    }
                }
            }
        }

        private func produce(_ writer: HTTPRouteWriter) async throws {
            while true {
                switch try await lines.next() {
                case .write(let text):
                    try await writer.write(text)
                    written.put(text.utf8.count)
                case .end: return
                case .fail: throw Failure()
                }
            }
        }
    }

    @Test("pieces arrive as they are written, as a chunked body, and the connection goes on after the end")
    func pieces() async throws {
        let scripted = Scripted()
        try await withServer(routes: [scripted.route()]) { server in
            let client = try await server.connect()
            try await client.send(Self.get("/stream"))
            let head = try await client.read(through: "\r\n\r\n").lowercased()
            #expect(head.hasPrefix("http/1.1 200 ok") && head.contains("content-type: text/plain\r\n") && head.contains("x-kind: scripted\r\n"))
            #expect(head.contains("transfer-encoding: chunked") && !head.contains("content-length"))
            scripted.lines.put(.write("one"))
            #expect(try await client.read(through: "\r\none\r\n") == "3\r\none\r\n")
            scripted.lines.put(.write(""))
            scripted.lines.put(.write("data: two\n\n"))
            #expect(try await client.read(through: "\n\n\r\n") == "b\r\ndata: two\n\n\r\n")
            scripted.lines.put(.end)
            #expect(try await client.read(through: "0\r\n\r\n") == "0\r\n\r\n")
            #expect(try await scripted.ends.next() == "returned")
            try await client.send(post(call("echo")))
            #expect(try await client.readReply().status == 200)
        }
    }

    @Test("over HTTP/2 pieces are frames of one stream, and another is served meanwhile")
    func http2() async throws {
        let scripted = Scripted()
        try await withServer(routes: [scripted.route()]) { server in
            let client = try await FrameClient(port: server.port)
            try await client.raw.send(FrameClient.frame(1, 5, 1, FrameClient.block(method: "GET", path: "/stream", fields: [])))
            #expect(try await client.next(1).endsStream == false)
            scripted.lines.put(.write("one"))
            #expect(try await client.next(0).text == "one")
            try await client.raw.send(FrameClient.request(3, call("echo")))
            #expect(try await client.next(0).stream == 3)
            scripted.lines.put(.write("two"))
            scripted.lines.put(.end)
            var rest = ""
            while true {
                let frame = try await client.next(0)
                rest += frame.text
                if frame.endsStream { break }
            }
            #expect(rest == "two")
        }
    }

    @Test("a peer that reads nothing holds the producer back, and gets everything once it reads")
    func backPressure() async throws {
        let scripted = Scripted()
        let (piece, pieces) = (String(repeating: "x", count: 16 << 10), 1_000)
        try await withServer({ $0.unsentBudget = 64 << 10 }, routes: [scripted.route()]) { server in
            let client = try await RawClient(port: server.port, reading: false, receiveBuffer: 16 << 10)
            for _ in 0..<pieces { scripted.lines.put(.write(piece)) }
            scripted.lines.put(.end)
            try await client.send(Self.get("/stream"))
            // What the sockets hold is the system's affair; the rest must stay with the producer.
            for _ in 0..<4 { _ = try await scripted.written.next() }
            for _ in 0..<50 { try await server.settle() }
            #expect(scripted.ends.count == 0 && scripted.written.count < pieces / 2)
            try await client.startReading()
            let body = try await client.readReply().body
            #expect(body.utf8.count == piece.utf8.count * pieces)
            #expect(try await scripted.ends.next() == "returned")
        }
    }

    @Test("a peer that goes away cancels the producer, however it goes", arguments: ["reset", "http2 reset"])
    func peerLeaves(how: String) async throws {
        let scripted = Scripted()
        try await withServer(routes: [scripted.route("text/event-stream")]) { server in
            if how == "reset" {
                let client = try await server.connect()
                try await client.send(Self.get("/stream"))
                _ = try await client.read(through: "\r\n\r\n")
                try await client.reset()
            } else {
                let client = try await FrameClient(port: server.port)
                try await client.raw.send(FrameClient.frame(1, 5, 1, FrameClient.block(method: "GET", path: "/stream", fields: [])))
                _ = try await client.next(1)
                try await client.raw.send(FrameClient.frame(3, 0, 1, [0, 0, 0, 8]))
            }
            #expect(try await scripted.ends.next() == "cancelled")
        }
    }

    @Test("a shutdown ends streams in order, cancels their producers, and waits for nothing", arguments: [false, true])
    func shutdown(isHTTP2: Bool) async throws {
        let scripted = Scripted()
        var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.eventLoopThreads = 1
        let transport = HTTPServerTransport(configuration: configuration, routes: [scripted.route()])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await transport.run(FakeRuntime()) }
            let port = try await transport.listening().port
            if isHTTP2 {
                let client = try await FrameClient(port: port)
                try await client.raw.send(FrameClient.frame(1, 5, 1, FrameClient.block(method: "GET", path: "/stream", fields: [])))
                _ = try await client.next(1)
                scripted.lines.put(.write("one"))
                #expect(try await client.next(0).text == "one")
                transport.beginGracefulShutdown()
                #expect(try await client.next(0).endsStream)
            } else {
                let client = try await RawClient(port: port)
                try await client.send(Self.get("/stream"))
                _ = try await client.read(through: "\r\n\r\n")
                scripted.lines.put(.write("one"))
                _ = try await client.read(through: "one\r\n")
                transport.beginGracefulShutdown()
                #expect(try await client.readToEnd() == "0\r\n\r\n")
                client.close()
            }
            try await group.waitForAll()
        }
        #expect(try await scripted.ends.next() == "cancelled")
        #expect(transport.connectionCount == 0)
    }

    @Test("a producer that outlives the server is told that its stream has ended, and harms nobody")
    func lateProducer() async throws {
        let (begun, ended, result) = (Waiter<Void>(), Waiter<Void>(), Inbox<String>())
        var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.eventLoopThreads = 1
        let route = HTTPRoute("GET", "/stream") { _ in
            .stream(contentType: "text/plain") { writer in
                begun.resolve(())
                await ended.suspend()  // whatever happens to its task
                do {
                    // In a task of its own, so that not the cancellation but the stream answers.
                    try await Task { try await writer.write("late") }.value
                    result.put("written")
                } catch {
                    result.put(error is TransportError ? "closed" : "\(error)")
                    throw error
                }
            }
        }
        let transport = HTTPServerTransport(configuration: configuration, routes: [route])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await transport.run(FakeRuntime()) }
            let client = try await RawClient(port: try await transport.listening().port)
            try await client.send(Self.get("/stream"))
            // The head is sent before the producer begins, which it does not where the server has been told to end.
            _ = try await client.read(through: "\r\n\r\n")
            await begun.suspend()
            transport.beginGracefulShutdown()
            #expect(try await client.readToEnd() == "0\r\n\r\n")
            client.close()
            try await group.waitForAll()
        }
        ended.resolve(())
        #expect(try await result.next() == "closed")
    }

    @Test("a producer that fails cuts the connection, so that a part is not taken for the whole")
    func failure() async throws {
        let scripted = Scripted()
        try await withServer(routes: [scripted.route()]) { server in
            let client = try await server.connect()
            try await client.send(Self.get("/stream"))
            scripted.lines.put(.write("part"))
            _ = try await client.read(through: "part\r\n")
            scripted.lines.put(.fail)
            #expect(try await client.readToEnd().isEmpty)
            #expect(try await scripted.ends.next() == "failed")
        }
    }

    @Test("a silent event stream gets comment lines, another stream stays as it is", arguments: [true, false])
    func heartbeat(isEventStream: Bool) async throws {
        let scripted = Scripted()
        try await withServer(routes: [scripted.route(isEventStream ? "text/event-stream; charset=utf-8" : "text/csv")]) { server in
            let client = try await server.connect()
            try await client.send(Self.get("/stream"))
            let head = try await client.read(through: "\r\n\r\n").lowercased()
            #expect(head.contains("x-accel-buffering: no") == isEventStream)
            for _ in 0..<3 {
                server.clock.advance(by: .seconds(8))
                try await server.settle()
            }
            scripted.lines.put(.write("end"))
            let body = try await client.read(through: "end\r\n")
            #expect(body.contains(": keep-alive") == isEventStream)
        }
    }

    @Test("a stream is not asked for by HEAD")
    func head() async throws {
        let scripted = Scripted()
        try await withServer(routes: [scripted.route()]) { server in
            let client = try await server.connect()
            try await client.send(Self.get("/stream", method: "HEAD"))
            let reply = try await client.readReply(head: true)
            #expect(reply.status == 405 && reply["allow"] == "GET")
            #expect(scripted.ends.count == 0)
        }
    }
}
