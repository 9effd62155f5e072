import Dispatch
import InterlockHTTPServer
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("Connections on a loop that is behind", .timeLimit(.minutes(5)))
struct StarvedLoopTests {
    /// What ends connections that are quiet.
    enum Ending: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case idleTimeout, lifetime

        var testDescription: String { rawValue }
        var after: Duration { self == .idleTimeout ? .seconds(602) : .seconds(14_402) }
    }

    @Test("a request that came before the loop swept its connection is answered, and not closed away as one that never came", arguments: Ending.allCases)
    func unreadRequest(ending: Ending) async throws {
        try await withServer({ if ending == .lifetime { $0.idleTimeout = .seconds(100_000) } }) { server in
            let (client, quiet) = (try await server.connect(), try await server.connect())
            for each in [client, quiet] {
                try await each.send(post(call("echo")))
                _ = try await each.readReply()
            }
            try await stall(server) {
                try await client.send(post(call("echo", id: 2)))
                server.clock.advance(by: ending.after) // the sweep is now in the loop's line, before it reads
            }
            let reply = try await client.readReply()
            #expect(reply.status == 200 && reply.body.contains(#""id":2"#))
            #expect((reply["connection"] == "close") == (ending == .lifetime))
            #expect(try await quiet.readToEnd().isEmpty) // the control: who has sent nothing is closed by the same sweep
        }
    }

    @Test("a connection that was spared is as idle as any other when its request has been answered")
    func sparedOnce() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("echo")))
            _ = try await client.readReply()
            try await stall(server) {
                try await client.send(post(call("echo", id: 2)))
                server.clock.advance(by: .seconds(602))
            }
            _ = try await client.readReply()
            try await server.settle()
            server.clock.advance(by: .seconds(602))
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test("a stream of HTTP/2 that came before the loop swept its connection is served; a connection without one is told to go away")
    func unreadStream() async throws {
        try await withServer { server in
            let (client, quiet) = (try await FrameClient(port: server.port), try await FrameClient(port: server.port))
            for each in [client, quiet] {
                try await each.raw.send(FrameClient.request(1, call("echo")))
                _ = try await each.next(0)
            }
            try await server.settle()
            try await stall(server) {
                try await client.raw.send(FrameClient.request(3, call("echo", id: 2)))
                server.clock.advance(by: .seconds(602))
            }
            while true {
                let frame = try await client.next()
                #expect(frame.type != 7, "told to go away with a request on its way")
                if frame.type == 7 || frame.type == 0 && frame.stream == 3 { break }
            }
            #expect(try await quiet.next(7).payload.prefix(4) == [0, 0, 0, 1])
        }
    }

    /// What a connection has sent when the server begins to drain.
    enum Beginning: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case request, prefaceOnly

        var testDescription: String { rawValue }
    }

    @Test("a connection of HTTP/2 whose first bytes came before the drain reached it is told to go away, and ends", arguments: Beginning.allCases)
    func drained(beginning: Beginning) async throws {
        try await withServer { server in
            let client = FrameClient(raw: try await server.connect())
            try await server.settle()
            try await stall(server) {
                try await client.raw.send(FrameClient.preface + (beginning == .request ? FrameClient.request(1, call("echo")) : []))
                server.transport.beginGracefulShutdown()
            }
            let frame = try await client.next(7)
            if beginning == .request { #expect(frame.payload.prefix(4) != [0, 0, 0, 0]) }
            _ = try await client.raw.readToEnd()
        }
    }

    /// Holds the server's one loop while `body` runs.
    private func stall(_ server: TestServer, _ body: () async throws -> Void) async throws {
        let busy = try await server.connect()
        try await server.settle()
        try await busy.send(post(call("stall", id: 9)))
        _ = try await server.runtime.stalled.next()
        // Opened in any case: the server could not end.
        defer { server.runtime.stallGate.signal() }
        try await body()
    }
}
