import InterlockClient
import InterlockConcurrency
import InterlockHTTPClient
import InterlockHTTPServer
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("A client over HTTP/2", .timeLimit(.minutes(5)))
struct HTTP2ClientTests {
    /// A server that tells which connection a call came on.
    private func server(_ gate: Gate? = nil) throws -> Server {
        try Server(name: "s", version: "1") {
            Tool("connection") { (context: HandlerContext) in
                try await gate?.wait()
                return "\(context.connection.kind) \(context.connection.id)"
            }
        }
    }

    /// Serves on a port of its own, or on one that was used before, and shuts down in order after the body.
    private func serving<Result: Sendable>(
        _ server: Server, host: String = "127.0.0.1", port: Int = 0, http2: HTTP2Limits = HTTP2Limits(), _ body: @Sendable (_ port: Int) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPServerConfiguration()
        (configuration.host, configuration.port, configuration.http2) = (host, port, http2)
        let transport = HTTPServerTransport(configuration: configuration)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve(on: [transport]) }
            let result = try await body(try await transport.listening().port)
            server.beginGracefulShutdown(deadline: .seconds(10))
            try await group.waitForAll()
            return result
        }
    }

    private func client(host: String = "127.0.0.1", port: Int, streams: Int = 64, clock: any SchedulingClock = SystemClock.shared) -> Client {
        let transport = HTTPClientTransport(
            "http://\(host):\(port)/mcp", configuration: HTTPClientConfiguration(version: .http2, maximumConnections: streams), clock: clock)
        return Client(transport, info: Implementation(name: "c", version: "1"), configuration: ClientConfiguration(era: .modern()))
    }

    private func connection(_ client: Client) async throws -> String { try await client.callTool("connection").content.first?.text ?? "" }

    @Test("500 calls are in flight at once on one connection")
    func oneConnection() async throws {
        let gate = Gate()
        try await serving(server(gate)) { (port: Int) async throws in
            let client = client(port: port, streams: 500)
            try await client.connect()
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<500 { group.addTask { try await connection(client) } }
                // The server takes up to 64 calls a core at once and queues the rest: all of them are on its side when the client has no stream left to open.
                try await gate.waitForWaiters(1)
                gate.open()
                var seen: Set<String> = []
                for try await name in group { seen.insert(name) }
                #expect(seen.count == 1)
                #expect(seen.first?.hasPrefix("http2") == true)
            }
            await client.close()
        }
    }

    @Test("A call that has its answer resets nothing, so that a server which counts resets serves any number of calls")
    func noResets() async throws {
        var limits = HTTP2Limits()
        limits.maximumResets = 5
        try await serving(server(), http2: limits) { (port: Int) async throws in
            let client = client(port: port)
            try await client.connect()
            var seen: Set<String> = []
            for _ in 0..<50 { seen.insert(try await connection(client)) }
            #expect(seen.count == 1)
            await client.close()
        }
    }

    /// Where nobody else is given a port, so that one which has become free stays so; only Linux takes every address of loopback without being told of it.
    #if os(Linux)
    private static let ownAddress = "127.77.0.2"
    #else
    private static let ownAddress = "127.0.0.1"
    #endif

    @Test("A server that goes away in order is found again by the next call")
    func goAway() async throws {
        let host = Self.ownAddress
        let port = try await serving(server(), host: host) { (port: Int) async throws -> Int in port }
        let client = client(host: host, port: port)
        try await serving(server(), host: host, port: port) { (_: Int) async throws in
            try await client.connect()
            #expect(try await connection(client).hasPrefix("http2"))
        }
        try await serving(server(), host: host, port: port) { (_: Int) async throws in
            // A list may be asked for again where the news of the end comes too late; a call of a tool never is.
            #expect(try await client.listTools().map(\.name) == ["connection"])
            #expect(try await connection(client).hasPrefix("http2"))
        }
        await client.close()
    }

    @Test("A connection without streams is closed after the idle timeout, and opened again when it is wanted")
    func idle() async throws {
        let clock = ManualClock()
        try await serving(server()) { (port: Int) async throws in
            let client = client(port: port, clock: clock)
            try await client.connect()
            let first = try await connection(client)
            #expect(try await connection(client) == first)
            // The idle time begins when the last stream has ended, which may be a moment after its answer: then it takes another turn.
            var next = first
            for _ in 0..<1_000 where next == first {
                try await clock.waitForPending(1)
                clock.advance(by: .seconds(31))
                next = try await connection(client)
            }
            #expect(next != first)
            await client.close()
        }
    }

    @Test("Where nobody speaks HTTP/2 the call fails and says so")
    func refused() async throws {
        let client = client(port: 9)
        try await client.connect() // pinned to the modern era, it sends nothing
        await #expect(throws: ClientError.self) { try await connection(client) }
        await client.close()
    }
}
