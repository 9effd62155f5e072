import InterlockHTTPClient
import InterlockJSON
import InterlockSimulation
import InterlockTransport
import NIOCore
import NIOHTTP2
import NIOPosix
import Testing

/// How calls share connections of HTTP/2, and what becomes of the others when one goes wrong. Spec: RFC 9113, sections 5.1.2, 5.4 and 6.8.
@Suite("Connections of HTTP/2", .timeLimit(.minutes(5)))
struct HTTP2ConnectionTests {
    private func call(_ id: Int64) -> ClientMessage {
        ClientMessage(bytes: Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call"}"#.utf8), id: .integer(id), method: "tools/call", headers: [])
    }

    /// Runs `body` with a transport in front of a scripted server.
    private func withTransport(
        streams: Int? = nil, requests: Int = 64, _ script: @escaping ScriptedHTTP2Server.Script, _ body: (HTTPClientTransport, Inbox, ScriptedHTTP2Server) async throws -> Void
    ) async throws {
        try await ScriptedHTTP2Server.run(streams: streams, script) { (url: String, server: ScriptedHTTP2Server) async throws in
            let transport = HTTPClientTransport(url, configuration: HTTPClientConfiguration(version: .http2, maximumConnections: requests))
            let inbox = Inbox()
            try await transport.start(inbox)
            try await transport.closing { try await body(transport, inbox, server) }
            while server.open > 0 { await Task.yield() }
        }
    }

    @Test("calls that a connection has no room for go over another one, and wait for nobody")
    func limit() async throws {
        try await withTransport(streams: 2, { _ in [] }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTP2Server) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 1...5 as ClosedRange<Int64> { group.addTask { try await transport.send(call(id)) } }
                await server.waitForRequests(5)
                for number in 1...5 { server.act(number, .answer) }
                try await group.waitForAll()
            }
            await inbox.waitForEvents(5)
            #expect(inbox.failures.isEmpty)
            let shares = Dictionary(grouping: server.requests, by: \.connection).mapValues(\.count)
            #expect(shares.values.max() == 2 && shares.count == 3, "\(shares)")
        }
    }

    @Test("a server that allows no streams, and one that speaks another language, cannot be reached, and the reason is told")
    func noHTTP2() async throws {
        try await withTransport(streams: 0, { _ in [] }) { (transport: HTTPClientTransport, inbox: Inbox, _: ScriptedHTTP2Server) async throws in
            try await transport.send(call(1))
            await inbox.waitForFailures(1)
            #expect(inbox.failures.first?.code == .unreachable && inbox.failures.first?.message.contains("allows no stream") == true, "\(inbox.failures)")
        }
        try await ScriptedHTTPServer.run({ _, responder in responder.reply(200) }) { (url: String, _: ScriptedHTTPServer) async throws in
            let transport = HTTPClientTransport(url, configuration: HTTPClientConfiguration(version: .http2))
            let inbox = Inbox()
            try await transport.start(inbox)
            try await transport.send(call(1))
            await inbox.waitForFailures(1)
            #expect(inbox.failures.first?.code == .unreachable && inbox.failures.first?.message.contains("does not speak HTTP/2") == true, "\(inbox.failures)")
            await transport.close()
        }
    }

    @Test("the end of a client does not wait for a server that never speaks")
    func silentServer() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
        let transport = HTTPClientTransport(
            "http://127.0.0.1:\(server.localAddress?.port ?? 0)/mcp", configuration: HTTPClientConfiguration(version: .http2), clock: ManualClock())
        let inbox = Inbox()
        try await transport.start(inbox)
        async let sent: Void = transport.send(call(1))
        while transport.connectionCounts.open == 0 { await Task.yield() }
        await transport.close()
        try await sent
        #expect(inbox.events.count == 1) // disconnected
        try await server.close()
    }

    @Test("calls that were begun before GOAWAY are answered, whoever else comes meanwhile")
    func goAwayBesideCalls() async throws {
        try await withTransport({ $0.connection == 1 ? [] : [.answer] }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTP2Server) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 1...2 as ClosedRange<Int64> { group.addTask { try await transport.send(call(id)) } }
                await server.waitForRequests(2)
                server.act(2, .goAway(after: 3))
                // A stream that was opened before the news came is sent again.
                try await transport.send(call(3))
                await inbox.waitForEvents(1)
                for number in 1...2 { server.act(number, .answer) }
                try await group.waitForAll()
            }
            await inbox.waitForEvents(3)
            #expect(inbox.failures.isEmpty, "\(inbox.failures)")
        }
    }

    @Test("a call that takes the place of one whose answer came with GOAWAY goes over a new connection, and harms nobody", arguments: 0..<5)
    func goAwayWithTheAnswer(round: Int) async throws {
        try await withTransport(requests: 2, {
            // The first is held, the second ends with GOAWAY, the others wait for its place.
            $0.connection > 1 ? [.answer] : $0.number == 2 ? [.answer, .goAway(after: 3)] : []
        }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTP2Server) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await transport.send(call(1)) }
                await server.waitForRequests(1)
                for id in 2...5 as ClosedRange<Int64> { group.addTask { try await transport.send(call(id)) } }
                await inbox.waitForEvents(4)
                server.act(1, .answer)
                try await group.waitForAll()
            }
            await inbox.waitForEvents(5)
            #expect(inbox.failures.isEmpty, "\(inbox.failures)")
        }
    }

    @Test("a connection that the server is done with is closed when it has no streams")
    func goAwayWhileIdle() async throws {
        try await withTransport({ _ in [.answer] }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTP2Server) async throws in
            try await transport.send(call(1))
            await inbox.waitForEvents(1)
            server.act(1, .goAway(after: 1))
            while server.open > 0 { await Task.yield() }
            try await transport.send(call(2))
            await inbox.waitForEvents(2)
            #expect(inbox.failures.isEmpty && server.requests.map(\.connection) == [1, 2])
        }
    }

    @Test("an answer that breaks the rules fails its call, and no other")
    func malformed() async throws {
        try await withTransport({ _ in [] }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTP2Server) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await transport.send(call(1)) }
                await server.waitForRequests(1)
                group.addTask { try await transport.send(call(2)) }
                await server.waitForRequests(2)
                server.act(2, .malformed)
                await inbox.waitForFailures(1)
                server.act(1, .answer)
                try await group.waitForAll()
            }
            await inbox.waitForEvents(2)
            #expect(inbox.messages.map(\.id) == [1] && inbox.failures.count == 1)
            #expect(inbox.failures.first?.message.contains("protocol error") == true, "\(inbox.failures)")
        }
    }

    @Test("calls that are given up reset their stream once")
    func givenUp() async throws {
        try await withTransport({ $0.number > 50 ? [.answer] : [] }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTP2Server) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 1...50 as ClosedRange<Int64> { group.addTask { try await transport.send(call(id)) } }
                await server.waitForRequests(50)
                for id in 1...50 as ClosedRange<Int64> { transport.abandon(.integer(id)) }
                try await group.waitForAll()
            }
            try await transport.send(call(51)) // comes after all of them
            await inbox.waitForEvents(1)
            #expect(server.resets == 50 && Set(server.requests.map(\.connection)) == [1])
        }
    }

    @Test("answers that cross the end of their calls harm nobody, however many")
    func lateAnswers() async throws {
        try await withTransport({ _ in [] }) { (transport: HTTPClientTransport, inbox: Inbox, server: ScriptedHTTP2Server) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await transport.send(call(1)) }
                await server.waitForRequests(1)
                for id in 2...64 as ClosedRange<Int64> { group.addTask { try await transport.send(call(id)) } }
                await server.waitForRequests(64)
                server.act(1, .goDeaf)
                while server.deaf == 0 { await Task.yield() }
                for id in 2...64 as ClosedRange<Int64> { transport.abandon(.integer(id)) }
                for number in (1...64).reversed() { server.act(number, .answer) }
                try await group.waitForAll()
            }
            while inbox.messages.isEmpty, server.open == 1 { await Task.yield() }
            #expect(server.resets == 0 && inbox.messages.map(\.id) == [1])
        }
    }
}
