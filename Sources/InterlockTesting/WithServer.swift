public import InterlockClient
import InterlockHTTPClient
import InterlockHTTPServer
import InterlockProtocol
public import InterlockServer
import InterlockStdio
import InterlockTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The way a test's client reaches its server.
public enum TestTransport: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// A linked pair, without bytes leaving the process.
    case inMemory
    /// Two real pipes and the stdio transport, in this process.
    case stdio
    /// A real socket on loopback, HTTP/1.1.
    case http
    /// A real socket on loopback, HTTP/2 in clear text.
    case http2

    public var description: String { rawValue }
}

/// Serves `server` on a transport, connects a client to it, runs `body`, and takes both down again.
///
/// The same test body proves the same behaviour on every transport and in both eras:
///
/// ```swift
/// @Test(arguments: TestTransport.allCases)
/// func echo(transport: TestTransport) async throws {
///     try await withServer(server, over: transport) { client in … }
/// }
/// ```
public func withServer<Result: Sendable>(
    _ server: Server, over transport: TestTransport = .inMemory, era: ClientConfiguration.Era = .automatic,
    handlers: ClientHandlers = ClientHandlers(), _ body: @Sendable (Client) async throws -> Result
) async throws -> Result {
    let (serving, connecting) = try TestLink.make(transport)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.serve(on: [serving]) }
        let client = Client(
            try await connecting(), info: Implementation(name: "interlock-testing", version: "1"), handlers: handlers,
            configuration: ClientConfiguration(era: era))
        do {
            try await client.connect()
            let result = try await body(client)
            await client.close()
            server.beginGracefulShutdown(deadline: .seconds(10))
            try await group.waitForAll()
            return result
        } catch {
            await client.close()
            group.cancelAll()
            throw error
        }
    }
}

/// Makes both ends of one transport.
enum TestLink {
    static func make(_ transport: TestTransport) throws -> (any ServerTransport, @Sendable () async throws -> any ClientTransport) {
        switch transport {
        case .inMemory:
            let (server, client) = InMemoryTransport.linkedPair()
            return (server, { client })
        case .stdio:
            let (toServer, toClient) = (try Pipe(), try Pipe())
            let configuration = StdioServerConfiguration(isolatesStandardStreams: false)
            let server = StdioServerTransport(input: toServer.reading, output: toClient.writing, configuration: configuration)
            let client = PipeClientTransport(input: toClient.reading, output: toServer.writing)
            close(toServer.reading)
            close(toClient.writing)
            return (server, { client })
        case .http, .http2:
            var configuration = HTTPServerConfiguration()
            configuration.port = 0
            let server = HTTPServerTransport(configuration: configuration)
            return (server, {
                let address = try await server.listening()
                return HTTPClientTransport(
                    "http://\(address.host):\(address.port)/mcp", configuration: HTTPClientConfiguration(version: transport == .http2 ? .http2 : .http1))
            })
        }
    }

    private struct Pipe {
        var reading: Int32
        var writing: Int32

        init() throws {
            var descriptors: [Int32] = [0, 0]
            guard pipe(&descriptors) == 0 else { throw TransportError(.unreachable, "pipe(2) failed with errno \(errno)") }
            (reading, writing) = (descriptors[0], descriptors[1])
        }
    }
}
