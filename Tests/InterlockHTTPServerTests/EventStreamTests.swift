import Dispatch
import InterlockConcurrency
import InterlockHTTPServer
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

private func event(_ text: String, id: String? = nil, retry: Int? = nil) -> OutboundEvent {
    OutboundEvent(data: Array(text.utf8), id: id, retryMilliseconds: retry)
}

private let get = "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nMcp-Session-Id: s\r\n\r\n"

@Suite("Event streams", .timeLimit(.minutes(5)))
struct EventStreamTests {
    @Test("the first event turns the answer into a stream that ends with the response, and the connection goes on")
    func upgrade() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("hold")))
            let exchange = try await server.runtime.held.next()
            #expect(exchange.stream.send(event("{1}", id: "a")) == .sent)
            #expect(exchange.stream.send(event("", id: "b", retry: 500)) == .sent)
            #expect(exchange.stream.send(event("two\nlines\r\nthree")) == .sent)
            exchange.stream.finish(OutboundResponse(body: Array("{end}".utf8), status: 404, eventID: "c"))
            let reply = try await client.readReply()
            #expect(reply.status == 200 && reply["content-type"] == "text/event-stream" && reply["cache-control"] == "no-cache")
            #expect(reply["x-accel-buffering"] == "no")
            #expect(
                reply.body == "id: a\ndata: {1}\n\nid: b\nretry: 500\ndata: \n\ndata: two\ndata: lines\ndata: three\n\nid: c\ndata: {end}\n\n")
            #expect(exchange.stream.send(event("late")) == .closed)
            exchange.stream.finish(.accepted)
            try await client.send(post(call("echo", id: 2)))
            #expect(try await client.readReply().body.contains(#""id":2"#))
        }
    }

    @Test("a connection that a write finds reset is told of when the write is over, and not from within it")
    func goneWhileSending() async throws {
        final class Sending: Sendable { let isUnderWay = Mutex(false) }
        try await withServer { server in
            let (reader, other) = (try await server.connect(), try await server.connect())
            try await reader.send(get)
            let sink = try await server.runtime.opened.next()
            let (sending, told) = (Sending(), OneShot<Bool>())
            sink.onDisconnect { told.resolve(sending.isUnderWay.withLock(\.self)) }
            server.runtime.afterStall.withLock {
                $0 = {
                    sending.isUnderWay.withLock { $0 = true }
                    for number in 0..<4 { _ = sink.send(event("\(number)")) }
                    sending.isUnderWay.withLock { $0 = false }
                }
            }
            // The one loop is held, so that it hears of the reset by its own write.
            try await other.send(post(call("stall")))
            _ = try await server.runtime.stalled.next()
            try await reader.reset()
            server.runtime.stallGate.signal()
            #expect(await told.wait() == false)
            #expect(try await other.readReply().status == 200)
        }
    }

    @Test("events from many threads keep the order of each, and all come before the response")
    func order() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("hold")))
            let exchange = try await server.runtime.held.next()
            await withTaskGroup(of: Void.self) { group in
                for sender in 0..<4 {
                    group.addTask { for number in 0..<200 { _ = exchange.stream.send(event("\(sender)-\(number)")) } }
                }
            }
            exchange.stream.finish(OutboundResponse(body: Array("end".utf8)))
            let lines = try await client.readReply().body.split(separator: "\n").map { $0.dropFirst(6) }
            #expect(lines.count == 801 && lines.last == "end")
            for sender in 0..<4 {
                #expect(lines.filter { $0.hasPrefix("\(sender)-") } == (0..<200).map { "\(sender)-\($0)" })
            }
        }
    }

    @Test("a server stream sends what was said before it was opened, stays open, and ends cleanly from this side")
    func serverStream() async throws {
        try await withServer { server in
            server.runtime.firstEvents.withLock { $0 = [event("first"), event("second")] }
            let client = try await server.connect()
            try await client.send(get)
            let head = try await client.read(through: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 200 OK") && head.contains("text/event-stream"))
            _ = try await client.read(through: "data: first\n\ndata: second\n\n")
            let sink = try await server.runtime.opened.next()
            #expect(sink.send(event("third")) == .sent)
            _ = try await client.read(through: "data: third\n\n")
            sink.close()
            _ = try await client.read(through: "0\r\n\r\n")
            #expect(sink.send(event("late")) == .closed)
            try await client.send(post(call("echo")))
            #expect(try await client.readReply().status == 200)
            #expect(server.runtime.disconnects.count == 0)
        }
    }

    @Test("a refused server stream is answered as the runtime says")
    func refusedStream() async throws {
        try await withServer { server in
            server.runtime.refusal.withLock { $0 = OutboundResponse(body: nil, status: 405, headers: [("allow", "POST")]) }
            let client = try await server.connect()
            try await client.send(get)
            let reply = try await client.readReply()
            #expect(reply.status == 405 && reply["allow"] == "POST")
        }
    }

    @Test("a peer that leaves its stream is noticed at once")
    func lostStream() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(get)
            let sink = try await server.runtime.opened.next()
            client.close()
            #expect(try await server.runtime.disconnects.next() == "stream")
            #expect(sink.send(event("late")) == .closed)
            let late = Mutex(false)
            sink.onDisconnect { late.withLock { $0 = true } }
            #expect(late.withLock { $0 })
            await #expect(throws: TransportError.self) { try await sink.writable() }
        }
    }

    @Test("silent exchanges and streams get a comment line every heartbeat interval")
    func heartbeats() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("hold")))
            let exchange = try await server.runtime.held.next()
            let listener = try await server.connect()
            try await listener.send(get)
            _ = try await server.runtime.opened.next()
            try await server.settle()
            for _ in 0..<3 {
                server.clock.advance(by: .seconds(16))
                _ = try await client.read(through: ": keep-alive\n\n")
                _ = try await listener.read(through: ": keep-alive\n\n")
            }
            exchange.stream.finish(OutboundResponse(body: Array("{}".utf8)))
            _ = try await client.read(through: "data: {}\n\n")
        }
    }

    @Test("a peer that does not read: senders are told to wait, and get on when it reads again")
    func backPressure() async throws {
        try await withServer({ $0.unsentBudget = 256 << 10 }) { server in
            let client = try await RawClient(port: server.port, reading: false, receiveBuffer: 64 << 10)
            try await client.send(post(call("hold")))
            let exchange = try await server.runtime.held.next()
            let payload = String(repeating: "x", count: 10_000)
            var sent = 0
            while exchange.stream.send(event(payload)) == .sent { sent += 1 }
            #expect(sent * 10_000 > 200 << 10)
            async let room: Void = exchange.stream.writable()
            try await server.settle()
            try await client.startReading()
            try await room
            #expect(exchange.stream.send(event(payload)) == .sent)
            exchange.stream.finish(OutboundResponse(body: Array("end".utf8)))
            let reply = try await client.readReply()
            #expect(reply.body.split(separator: "\n").count == sent + 2)
        }
    }

    @Test("a peer that takes nothing within the write deadline is disconnected")
    func tooSlow() async throws {
        try await withServer({ $0.unsentBudget = 256 << 10 }) { server in
            let client = try await RawClient(port: server.port, reading: false, receiveBuffer: 64 << 10)
            try await client.send(post(call("hold", id: 9)))
            let exchange = try await server.runtime.held.next()
            let payload = String(repeating: "x", count: 100_000)
            // The system's own buffers take some first; the stream is stuck when it stays full with nothing moving.
            for _ in 0..<200 {
                while exchange.stream.send(event(payload)) == .sent {}
                try await server.settle()
            }
            let waiting = Task { try await exchange.stream.writable() }
            try await server.settle()
            server.clock.advance(by: .seconds(32))
            #expect(try await server.runtime.disconnects.next() == "9")
            #expect(exchange.stream.send(event("late")) == .closed)
            do {
                try await waiting.value
                Issue.record("there is no room on a stream that is gone")
            } catch let error as TransportError {
                #expect(error.code == .peerTooSlow)
            }
            while server.transport.connectionCount > 0 { await Task.yield() }
        }
    }

    @Test("waiting for room ends when the task is cancelled")
    func cancelledWait() async throws {
        try await withServer({ $0.unsentBudget = 1 }) { server in
            let client = try await RawClient(port: server.port, reading: false, receiveBuffer: 4_096)
            try await client.send(post(call("hold")))
            let exchange = try await server.runtime.held.next()
            let payload = String(repeating: "x", count: 20 << 20)
            #expect(exchange.stream.send(event(payload)) == .sent)
            #expect(exchange.stream.send(event("more")) == .full)
            let waiting = Task { try await exchange.stream.writable() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }
}
