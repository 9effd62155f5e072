import Foundation
import InterlockClient
import InterlockHTTPClient
import InterlockProtocol

/// `conformance-client URL`: plays one scenario of the MCP conformance suite against its server and exits 0.
///
/// The suite names the scenario in `MCP_CONFORMANCE_SCENARIO`, the revision in `MCP_CONFORMANCE_PROTOCOL_VERSION`, and sometimes
/// gives JSON in `MCP_CONFORMANCE_CONTEXT`.
@main
enum ConformanceClient {
    static func main() async {
        guard let url = CommandLine.arguments.last, CommandLine.arguments.count > 1 else {
            complain("usage: conformance-client URL")
            exit(1)
        }
        do {
            let environment = try ConformanceEnvironment(ProcessInfo.processInfo.environment)
            let client = Client(
                HTTPClientTransport(url), info: Implementation(name: "interlock-conformance-client", version: "1.0.0"),
                handlers: .willing, configuration: ClientConfiguration(era: environment.era, requestTimeout: .seconds(15)))
            try await client.connect()
            try await Scenario(named: environment.scenario).play(with: client, environment)
            await client.close()
        } catch {
            complain("\(error)")
            exit(1)
        }
    }

    /// Says something to whoever reads the suite's log.
    static func complain(_ message: String) {
        FileHandle.standardError.write(Data((message + "\n").utf8))
    }
}
