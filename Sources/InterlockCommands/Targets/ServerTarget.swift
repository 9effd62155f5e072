import InterlockClient
import InterlockHTTPClient
import InterlockJSON
import InterlockProtocol
import InterlockStdio
import InterlockTransport
import Logging

/// The server a command talks to: at a URL, or started for it.
enum ServerTarget: Sendable, Hashable, CustomStringConvertible {
    case url(String)
    case command(ServerCommand)

    /// The command after `--` if there is one, else the first of the words.
    init(takingFrom words: inout ArraySlice<String>, command: [String]) throws(UsageError) {
        if let executable = command.first {
            self = .command(ServerCommand(executable, arguments: Array(command.dropFirst())))
        } else if let word = words.popFirst() {
            try self.init(word)
        } else {
            throw UsageError("Which server? Give a URL such as http://127.0.0.1:8080/mcp, or a command after --.")
        }
    }

    /// As it is shown, written into pages and saved: without what looks like a secret.
    var description: String {
        switch self {
        case .url(let url): RedactedWords.url(url)
        case .command(let command): RedactedWords.command([command.executable] + command.arguments)
        }
    }

    /// A URL, or a command with its arguments in one text.
    init(_ text: String) throws(UsageError) {
        if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .url(text)
            return
        }
        let words = try CommandLineWords.split(text)
        guard let executable = words.first else { throw UsageError("The server is empty: give a URL, or a command.") }
        self = .command(ServerCommand(executable, arguments: Array(words.dropFirst())))
    }

    /// Connects, runs `body`, and closes; a server that was started has ended then.
    ///
    /// - Parameters:
    ///   - connections: connections to a URL at most, where the usual number would hold requests up.
    ///   - executor: where the caller's tasks run, for a load on a URL: its calls are sent from there by the shortest way.
    func withClient<Result: Sendable>(
        _ options: TargetOptions, connections: Int? = nil, executor: LoopExecutor? = nil, _ body: (Client) async throws -> Result
    ) async throws -> Result {
        let headers = try options.headerFields
        var http = options.httpConfiguration
        http.maximumConnections = max(http.maximumConnections, connections ?? 0)
        let transport: any ClientTransport = switch self {
        case .url(let url): Self.transport(HTTPClientTransport(url, headers: headers, configuration: http), executor)
        case .command(let command): StdioClientTransport(DescriptorLimit.keeping(command))
        }
        var configuration = ClientConfiguration(opensServerStream: false)
        configuration.era = switch options.era {
        case .auto: .automatic
        case .modern: .modern()
        case .legacy: .legacy()
        }
        let client = Client(transport, info: Implementation(name: "interlock", version: InterlockCommand.version), configuration: configuration)
        do {
            try await client.connect()
        } catch let error as ProtocolError {
            // Whatever answered, it began no conversation: there is no MCP server, or none that speaks with this client.
            await client.close()
            throw ClientError(.unreachable, "\(self) did not answer as an MCP server: \(error.message)")
        }
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}

extension ServerTarget {
    private static func transport(_ http: HTTPClientTransport, _ executor: LoopExecutor?) -> any ClientTransport {
        if let executor { LeanHTTPClientTransport(http, on: executor) } else { http }
    }
}

extension TargetOptions {
    /// The header fields as names and values.
    var headerFields: [(name: String, value: String)] {
        get throws(UsageError) {
            var fields: [(name: String, value: String)] = []
            for text in header {
                let parts = text.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, !parts[0].isEmpty, !parts[0].contains(where: \.isWhitespace) else {
                    // Behind the name, or in its place, there may be a credential.
                    throw UsageError("--header '\(RedactedWords.headerName(text))': write a name, a colon and a value.")
                }
                fields.append((String(parts[0]), String(parts[1].drop(while: \.isWhitespace))))
            }
            return fields
        }
    }

    var httpConfiguration: HTTPClientConfiguration {
        HTTPClientConfiguration(version: http2 ? .http2 : .http1, certificateAuthorities: cacert)
    }

    var requestOptions: RequestOptions {
        get throws(UsageError) {
            guard let timeout else { return RequestOptions() }
            guard let duration = Duration(setting: timeout), duration > .zero else {
                throw UsageError("--timeout '\(timeout)': give a length of time such as 250ms, 30s or 10m.")
            }
            return RequestOptions(timeout: duration)
        }
    }
}
