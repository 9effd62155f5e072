import InterlockConcurrency
@testable import InterlockHTTPServer
import InterlockTransport
import Synchronization
import Testing

private let open = "GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"

@Suite("The HTTP+SSE pair of 2024-11-05", .timeLimit(.minutes(5)))
struct LegacyTests {
    private func endpoint(_ client: RawClient) async throws -> String {
        _ = try await client.read(through: "event: endpoint\ndata: ")
        return String(try await client.read(through: "\n\n").dropLast(2))
    }

    @Test("the stream names its endpoint, posts get 202, answers come as message events in order")
    func roundTrip() async throws {
        try await withServer { server in
            let stream = try await server.connect()
            try await stream.send(open)
            let endpoint = try await endpoint(stream)
            #expect(endpoint.hasPrefix("/messages?connection=") && endpoint.count == 21 + 32)
            let poster = try await server.connect()
            for number in 1...20 {
                try await poster.send(post(call("echo", id: number), path: endpoint, accept: "application/json"))
                #expect(try await poster.readReply().status == 202)
            }
            for number in 1...20 { _ = try await stream.read(through: "event: message\ndata: \(call("echo", id: number))\n\n") }
            let peer = try await server.runtime.peers.next()
            stream.close()
            for number in 1...20 { #expect(try await peer.log.next() == call("echo", id: number)) }
            #expect(try await peer.log.next() == "disconnected finishing false")
            try await server.settle()
            try await poster.send(post(call("echo"), path: endpoint))
            #expect(try await poster.readReply().status == 404)
        }
    }

    @Test("two streams have two ids, and nobody's messages reach the other")
    func isolation() async throws {
        try await withServer { server in
            let (first, second) = (try await server.connect(), try await server.connect())
            try await first.send(open)
            let firstEndpoint = try await endpoint(first)
            let firstPeer = try await server.runtime.peers.next()
            try await second.send(open)
            let secondEndpoint = try await endpoint(second)
            #expect(firstEndpoint != secondEndpoint)
            try await first.send("")
            let poster = try await server.connect()
            try await poster.send(post("2", path: secondEndpoint) + post("1", path: firstEndpoint) + post("0", path: "/messages?connection=00"))
            #expect(try await poster.readReply().status == 202)
            #expect(try await poster.readReply().status == 202)
            #expect(try await poster.readReply().status == 404)
            #expect(try await firstPeer.log.next() == "1")
        }
    }

    private struct NameGate: RequestGate {
        func decide(_ head: RequestHead) -> GateDecision { .admit(head.headers.first("x-name").map { Principal(subject: $0) }) }
    }

    @Test("a post by another principal than the stream's finds no stream")
    func principal() async throws {
        try await withServer(gate: NameGate()) { server in
            let stream = try await server.connect()
            try await stream.send(open.replacing("Accept:", with: "X-Name: ann\r\nAccept:"))
            let endpoint = try await endpoint(stream)
            let poster = try await server.connect()
            try await poster.send(post("1", path: endpoint, fields: ["X-Name: bob"]) + post("1", path: endpoint, fields: ["X-Name: ann"]))
            #expect(try await poster.readReply().status == 404)
            #expect(try await poster.readReply().status == 202)
        }
    }

    @Test("a server that takes no more connections says so, and one without the pair does not know its paths")
    func refused() async throws {
        try await withServer { server in
            server.runtime.connectError.withLock { $0 = TransportError(.refused, "full") }
            let client = try await server.connect()
            try await client.send(open)
            #expect(try await client.readReply().status == 503)
            try await client.send(post("1", path: "/sse"))
            #expect(try await client.readReply()["allow"] == "GET, OPTIONS")
        }
        try await withServer({ $0.legacySSEPath = nil }) { server in
            let client = try await server.connect()
            try await client.send(open)
            #expect(try await client.readReply().status == 404)
        }
    }

    @Test("at shutdown the peer finishes what it has, then the stream ends")
    func shutdown() async throws {
        try await withServer { server in
            let stream = try await server.connect()
            try await stream.send(open)
            _ = try await endpoint(stream)
            let peer = try await server.runtime.peers.next()
            server.transport.beginGracefulShutdown()
            #expect(try await peer.log.next() == "disconnected finishing true")
            #expect(peer.outbound.send(OutboundEvent(data: [0x31])) == .sent)
            _ = try await stream.read(through: "event: message\ndata: 1\n\n")
            peer.drainGate.resolve(())
            _ = try await stream.read(through: "0\r\n\r\n")
            stream.close()
        }
    }

    @Test("a client that posts and does not read its stream is told so, and taken in again when it reads")
    func deafClient() async throws {
        try await withServer({ $0.unsentBudget = 256 << 10 }) { server in
            let stream = try await RawClient(port: server.port, receiveBuffer: 64 << 10)
            try await stream.send(open)
            let endpoint = try await endpoint(stream)
            let peer = try await server.runtime.peers.next()
            try await stream.stopReading()
            let poster = try await server.connect()
            try await poster.send(post(call("echo"), path: endpoint))
            #expect(try await poster.readReply().status == 202)
            // The system's own buffers take some first; the stream is full when it stays so with nothing moving.
            for _ in 0..<200 {
                while peer.outbound.send(OutboundEvent(data: [UInt8](repeating: 0x31, count: 100_000))) == .sent {}
                try await server.settle()
            }
            try await poster.send(post(call("echo"), path: endpoint))
            let reply = try await poster.readReply()
            #expect(reply.status == 503 && reply["retry-after"] == "1" && reply.body.contains("read them"))
            async let room: Void = peer.outbound.writable()
            try await stream.startReading()
            try await room
            try await poster.send(post(call("echo"), path: endpoint))
            #expect(try await poster.readReply().status == 202)
            stream.close()
        }
    }

    /// Writes down when each message begins and ends, and posts a second one from inside the first.
    private final class ReentrantPeer: ConnectedPeer {
        let log = Mutex<[String]>([])
        let post = Mutex<(@Sendable ([UInt8]) -> Void)?>(nil)

        func receive(_ bytes: [UInt8]) {
            let name = String(decoding: bytes, as: UTF8.self)
            log.withLock { $0.append("begin \(name)") }
            if name == "1" { post.withLock { $0 }?(Array("2".utf8)) }
            log.withLock { $0.append("end \(name)") }
        }

        func disconnected(finishing: Bool) {}
        func drained() async {}
    }

    @Test("messages of one stream are handed over one at a time; without the mailbox they overlap")
    func oneAtATime() {
        let peer = ReentrantPeer()
        let stream = LegacyStream(id: "x", principal: nil, peer: peer, isFull: { false })
        peer.post.withLock { $0 = { _ = stream.receive($0) } }
        #expect(stream.receive(Array("1".utf8)))
        #expect(peer.log.withLock { $0 } == ["begin 1", "end 1", "begin 2", "end 2"])
        let unguarded = ReentrantPeer()
        unguarded.post.withLock { $0 = { unguarded.receive($0) } }
        unguarded.receive(Array("1".utf8))
        #expect(unguarded.log.withLock { $0 } == ["begin 1", "begin 2", "end 2", "end 1"])
    }
}
