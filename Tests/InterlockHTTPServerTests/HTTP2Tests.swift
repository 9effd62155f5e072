import Foundation
import InterlockHTTPServer
import InterlockJSON
import InterlockSimulation
import InterlockTransport
import Subprocess
import SystemPackage
import Testing

@Suite("HTTP/2 in the clear", .timeLimit(.minutes(5)))
struct HTTP2Tests {
    @Test("a call on a stream is answered on it; HTTP/1.1 works on the same port")
    func roundTrip() async throws {
        try await withServer { server in
            let client = try await FrameClient(port: server.port)
            try await client.raw.send(FrameClient.request(1, call("echo", params: #"{"a":1}"#)))
            let data = try await client.next(0)
            #expect(data.stream == 1 && data.endsStream && data.text == #"{"jsonrpc":"2.0","id":1,"result":{"a":1}}"#)
            try await client.raw.send(FrameClient.request(3, call("context")))
            #expect(try await client.next(0).stream == 3)
            let context = try await server.runtime.contexts.next()
            #expect(context.connection.kind == .http2 && context.headers?.first("Content-Type") == "application/json")
            #expect(context.headers?.first("host") == "localhost")
            #expect(context.headers?.all.allSatisfy { !$0.name.hasPrefix(":") } == true)
            let old = try await server.connect()
            try await old.send(post(call("echo")))
            #expect(try await old.readReply().status == 200)
        }
    }

    @Test("500 streams of one connection are in flight at once, and each gets its own answer")
    func manyStreams() async throws {
        try await withServer { server in
            let client = try await FrameClient(port: server.port)
            let ids = (0..<500).map { UInt32($0 * 2 + 1) }
            try await client.raw.send(ids.flatMap { FrameClient.request($0, call("hold", id: Int($0))) })
            var exchanges: [Exchange] = []
            for _ in ids { exchanges.append(try await server.runtime.held.next()) }
            for exchange in exchanges.reversed() {
                Task.detached { exchange.stream.finish(OutboundResponse(body: Array("\(exchange.message.id!)".utf8))) }
            }
            var answered: Set<UInt32> = []
            while answered.count < ids.count {
                let data = try await client.next(0)
                #expect(data.text == "\(data.stream)" && data.endsStream)
                answered.insert(data.stream)
            }
        }
    }

    @Test("events, comments and the response follow on one stream while another is served")
    func eventStream() async throws {
        try await withServer { server in
            let client = try await FrameClient(port: server.port)
            try await client.raw.send(FrameClient.request(1, call("hold")))
            let exchange = try await server.runtime.held.next()
            #expect(exchange.stream.send(OutboundEvent(data: Array("one".utf8), id: "7")) == .sent)
            #expect(try await client.next(0).text == "id: 7\ndata: one\n\n")
            try await client.raw.send(FrameClient.request(3, call("echo", id: 2)))
            #expect(try await client.next(0).stream == 3)
            try await server.settle()
            server.clock.advance(by: .seconds(16))
            #expect(try await client.next(0).text == ": keep-alive\n\n")
            exchange.stream.finish(OutboundResponse(body: Array("end".utf8)))
            #expect(try await client.next(0).text == "data: end\n\n")
            #expect(try await client.next(0).endsStream)
        }
    }

    @Test("a reset stream is a disconnect of its exchange alone; a lost connection of all")
    func disconnects() async throws {
        try await withServer { server in
            let client = try await FrameClient(port: server.port)
            for id in [1, 3, 5] { try await client.raw.send(FrameClient.request(UInt32(id), call("hold", id: id))) }
            var exchanges: [Exchange] = []
            for _ in 0..<3 { exchanges.append(try await server.runtime.held.next()) }
            try await client.raw.send(FrameClient.frame(3, 0, 3, [0, 0, 0, 8]))
            #expect(try await server.runtime.disconnects.next() == "3")
            exchanges[1].stream.finish(.accepted)
            exchanges[0].stream.finish(OutboundResponse(body: Array("1".utf8)))
            #expect(try await client.next(0).text == "1")
            client.raw.close()
            #expect(try await server.runtime.disconnects.next() == "5")
        }
    }

    @Test("checks, refusals without the body and large bodies work as over HTTP/1.1")
    func checks() async throws {
        try await withServer { server in
            let client = try await FrameClient(port: server.port)
            // Refused from the head: the peer is told to stop sending.
            try await client.raw.send(FrameClient.frame(1, 4, 1, FrameClient.block(fields: [("content-type", "text/plain")])))
            let refusal = try await client.next(0)
            #expect(refusal.endsStream && refusal.text.contains("application/json"))
            let reset = try await client.next(3)
            #expect(reset.stream == 1 && reset.payload == [0, 0, 0, 0])
            try await client.raw.send(FrameClient.request(3, call("echo"), path: "/other"))
            #expect(try await client.next(0).text.contains("/mcp"))
            try await client.raw.send(FrameClient.request(5, call("big", params: #"{"size":60000}"#)))
            var bytes = 0
            while true {
                let data = try await client.next(0)
                bytes += data.payload.count
                if data.endsStream { break }
            }
            #expect(bytes == 60_036)
            try await client.raw.send(
                FrameClient.frame(1, 4, 7, FrameClient.block(fields: [("content-type", "application/json"), ("content-length", "9999999")])))
            #expect(try await client.next(0).text.contains("too large"))
        }
    }

    @Test("a stream whose window is closed is cut off after the write deadline; the connection stays")
    func slowStream() async throws {
        try await withServer { server in
            let client = try await FrameClient(port: server.port)
            try await client.raw.send(FrameClient.request(1, call("hold", id: 1)))
            let exchange = try await server.runtime.held.next()
            let payload = Array(repeating: UInt8(ascii: "x"), count: 50_000)
            while exchange.stream.send(OutboundEvent(data: payload)) == .sent {}
            try await server.settle()
            server.clock.advance(by: .seconds(32))
            #expect(try await server.runtime.disconnects.next() == "1")
            try await client.raw.send(FrameClient.request(3, call("echo", id: 3)))
            while true {
                let data = try await client.next(0)
                if data.stream == 3 { break }
            }
        }
    }

    @Test("at shutdown the peer gets GOAWAY, open streams are finished, then the connection closes")
    func shutdown() async throws {
        try await withServer { server in
            let idle = try await FrameClient(port: server.port)
            try await idle.raw.send(FrameClient.request(1, call("echo")))
            _ = try await idle.next(0)
            let client = try await FrameClient(port: server.port)
            try await client.raw.send(FrameClient.request(1, call("hold")))
            let exchange = try await server.runtime.held.next()
            server.transport.beginGracefulShutdown()
            #expect(try await idle.next(7).payload.suffix(4) == [0, 0, 0, 0])
            _ = try await client.next(7)
            exchange.stream.finish(OutboundResponse(body: Array("1".utf8)))
            #expect(try await client.next(0).text == "1")
            #expect(try await client.next(7).payload.prefix(4) == [0, 0, 0, 1])
            _ = try await client.raw.readToEnd()
        }
    }

    @Test("while the server winds down a kept connection is answered once more and ends in order; one that asks nothing ends with the grace")
    func windingDown() async throws {
        try await withServer({ $0.keepAliveGrace = .seconds(5) }) { server in
            let (client, idle) = (try await FrameClient(port: server.port), try await FrameClient(port: server.port))
            for each in [client, idle] {
                try await each.raw.send(FrameClient.request(1, call("echo")))
                _ = try await each.next(0)
            }
            server.transport.beginGracefulShutdown()
            try await server.settle()
            try await client.raw.send(FrameClient.request(3, call("echo")))
            #expect(try await client.next(7).payload.prefix(4) == [0x7F, 0xFF, 0xFF, 0xFF])
            #expect(try await client.next(0).text.contains("jsonrpc"))
            #expect(try await client.next(7).payload.prefix(4) == [0, 0, 0, 3])
            _ = try await client.raw.readToEnd()
            server.clock.advance(by: .seconds(5))
            #expect(try await idle.next(7).payload.prefix(4) == [0, 0, 0, 1])
            _ = try await idle.raw.readToEnd()
        }
    }

    enum Flood: String, CaseIterable, Sendable {
        case resets, continuations, settings, pings, emptyData

        func bytes() -> [UInt8] {
            switch self {
            case .resets:
                (0..<400).flatMap { number -> [UInt8] in
                    let stream = UInt32(number * 2 + 3)
                    return FrameClient.frame(1, 4, stream, FrameClient.block()) + FrameClient.frame(3, 0, stream, [0, 0, 0, 8])
                }
            case .continuations:
                FrameClient.frame(1, 0, 3, FrameClient.block()) + (0..<400).flatMap { _ in FrameClient.frame(9, 0, 3, [0, 1, 97, 1, 98]) }
            case .settings: (0..<400).flatMap { _ in FrameClient.frame(4, 0, 0, []) }
            case .pings: (0..<400).flatMap { _ in FrameClient.frame(6, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]) }
            case .emptyData: FrameClient.frame(1, 4, 3, FrameClient.block()) + (0..<400).flatMap { _ in FrameClient.frame(0, 0, 3, []) }
            }
        }
    }

    @Test("a flood ends its own connection and no other", arguments: Flood.allCases)
    func floods(flood: Flood) async throws {
        try await withServer({
            $0.http2.maximumResets = 100
            $0.http2.maximumControlFrames = 100
            $0.http2.maximumStreamErrors = 100
        }) { server in
            let bystander = try await FrameClient(port: server.port)
            try await bystander.raw.send(FrameClient.request(1, call("hold")))
            let exchange = try await server.runtime.held.next()
            let attacker = try await FrameClient(port: server.port)
            do { try await attacker.raw.send(flood.bytes()) } catch {}  // the server may have closed before all was sent
            do {
                while true { _ = try await attacker.next() }
            } catch is RawClient.Closed {}
            while server.transport.connectionCount > 1 { await Task.yield() }
            exchange.stream.finish(OutboundResponse(body: Array("fine".utf8)))
            #expect(try await bystander.next(0).text == "fine")
        }
    }

    // MARK: - Other people's clients

    /// Runs a program that may not be installed; `nil`, with a notice, if it is not.
    private func run(_ name: String, _ arguments: [String]) async throws -> String? {
        let folders = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
        guard let path = folders.map({ "\($0)/\(name)" }).first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            print("notice: \(name) is not installed; this check is skipped")
            return nil
        }
        return try await Subprocess.run(.path(FilePath(path)), arguments: Arguments(arguments), output: .string(limit: 1 << 20), error: .discarded).standardOutput
    }

    @Test("curl speaks to it with prior knowledge")
    func curl() async throws {
        try await withServer { server in
            let output = try await run(
                "curl",
                ["-si", "--max-time", "20", "--http2-prior-knowledge", "-H", "content-type: application/json", "-d", call("echo", params: #"{"by":"curl"}"#),
                 "http://127.0.0.1:\(server.port)/mcp"])
            guard let output else { return }
            #expect(output.hasPrefix("HTTP/2 200") && output.contains(#"{"by":"curl"}"#))
        }
    }

    @Test("h2load: 2,000 calls over 500 streams of one connection, all answered")
    func h2load() async throws {
        try await withServer { server in
            let body = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-h2load-\(server.port).json")
            try Data(call("echo").utf8).write(to: body)
            defer { try? FileManager.default.removeItem(at: body) }  // a leftover file in the temporary folder harms nobody
            let output = try await run(
                "h2load",
                ["-n", "2000", "-c", "1", "-m", "500", "-d", body.path, "-H", "content-type: application/json", "http://127.0.0.1:\(server.port)/mcp"])
            guard let output else { return }
            #expect(output.contains("2000 succeeded, 0 failed"), "\(output)")
        }
    }
}
