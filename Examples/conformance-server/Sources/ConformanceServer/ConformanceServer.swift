import ConformanceFixture
import Dispatch
import Foundation
import Interlock

/// `conformance-server --port N`: the fixture of the MCP conformance suite on `http://127.0.0.1:N/mcp`, in both eras.
@main
enum ConformanceServer {
    static func main() async throws {
        guard let port = port(in: CommandLine.arguments.dropFirst()) else {
            FileHandle.standardError.write(Data("usage: conformance-server --port N\n".utf8))
            exit(1)
        }
        let server = try ConformanceFixture.server()
        let signals = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { @Sendable in server.beginGracefulShutdown(deadline: .seconds(5)) }
            source.resume()
            return source
        }
        try await server.serve(on: [HTTPServerTransport(configuration: HTTPServerConfiguration(host: "127.0.0.1", port: port))])
        for signal in signals { signal.cancel() }
    }

    private static func port(in arguments: ArraySlice<String>) -> Int? {
        guard arguments.count == 2, arguments.first == "--port" else { return nil }
        return arguments.last.flatMap(Int.init)
    }
}
