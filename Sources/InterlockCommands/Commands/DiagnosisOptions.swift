import ArgumentParser
import InterlockClient
import InterlockDiagnostics
import InterlockHTTPClient
import InterlockJSON
import InterlockStdio

/// What `leak`, `doctor` and `report` share: which process the server is, what is called, and for how long.
struct DiagnosisOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Process of the server, when it cannot be found by its port.", valueName: "id")) var pid: Int32?
    @Option(help: ArgumentHelp("Tool to call, with its arguments as JSON if it has any; may be repeated [tools that say they only read].", valueName: "name[=json]")) var tool: [String] = []
    @Option(help: ArgumentHelp("Longest run.", valueName: "time")) var duration: String?

    /// The calls that were asked for; `nil` leaves the choice to the diagnosis.
    var operations: [ProbeOperation]? {
        get throws(UsageError) {
            if tool.isEmpty { return nil }
            var operations: [ProbeOperation] = []
            for text in tool {
                let parts = text.split(separator: "=", maxSplits: 1)
                guard let name = parts.first, !name.isEmpty else { throw UsageError("--tool '\(text)': write the tool's name, or its name, '=' and its arguments as JSON.") }
                do throws(JSONError) {
                    let arguments = parts.count > 1 ? try RawJSON(parsing: String(parts[1])) : .emptyObject
                    guard arguments.kind == .object else { throw JSONError(code: .typeMismatch, message: "the arguments must be a JSON object") }
                    operations.append(.call(tool: String(name), arguments: arguments))
                } catch {
                    throw UsageError("--tool '\(text)': \(error.message).")
                }
            }
            return operations
        }
    }

    /// How long a session lives that nobody uses, as it was said; refused for a command, whose sessions end with it.
    static func lifetime(_ text: String?, of target: ServerTarget) throws(UsageError) -> Duration? {
        guard let text else { return nil }
        guard case .url = target else { throw UsageError("--session-lifetime: a server that is started for each session keeps none; give a URL.") }
        guard let length = Duration(setting: text), length > .zero, length <= .seconds(3_600) else {
            throw UsageError("--session-lifetime '\(text)': give a length of time up to 1h, such as 30s.")
        }
        return length
    }

    func duration(or usual: Duration) throws(UsageError) -> Duration {
        guard let duration else { return usual }
        guard let length = Duration(setting: duration), length >= .seconds(1), length <= .seconds(86_400) else {
            throw UsageError("--duration '\(duration)': give a length of time from 1s to 24h, such as 30s or 10m.")
        }
        return length
    }
}

extension ServerTarget {
    /// This server as a diagnosis sees it.
    ///
    /// - Parameter width: calls at once, which all get a connection, and the trivial requests beside them too: a queue here would be told as the server's.
    func diagnosed(_ options: TargetOptions, _ diagnosis: DiagnosisOptions, atOnce width: Int) throws -> DiagnosedServer {
        let headers = try options.headerFields
        let era: ClientConfiguration.Era = switch options.era {
        case .auto: .automatic
        case .modern: .modern()
        case .legacy: .legacy()
        }
        let timeout = try options.requestOptions.timeout ?? .seconds(10)
        let process: @Sendable (Int32?) -> (any ProcessReading)? = { started in
            #if os(Linux)
            return (diagnosis.pid ?? started ?? localPort.flatMap(ProcFileSystem.listener)).flatMap { ProcFileSystem(process: $0) }
            #else
            return nil
            #endif
        }
        if let pid = diagnosis.pid, process(nil) == nil { throw UsageError("--pid \(pid): there is no such process on this machine, or it may not be read.") }
        let isHere = if case .command = self { true } else { localPort != nil }
        let machine: @Sendable () -> MachineSample? = {
            #if os(Linux)
            return ProcFileSystem.machine(seesPressure: isHere)
            #else
            return nil
            #endif
        }
        switch self {
        case .url(let url):
            var http = options.httpConfiguration
            // Doctor asks for 64 at once of quick calls, whatever the width.
            http.maximumConnections = max(http.maximumConnections, max(64, width) + 8)
            let configuration = http
            return DiagnosedServer(
                era: era, isShared: true, isHTTP: true, localEndpoint: localEndpoint, headers: headers, timeout: timeout, process: process, machine: machine
            ) {
                let transport = HTTPClientTransport(url, headers: headers, configuration: configuration)
                return DiagnosedServer.Link(
                    transport, sessionID: { transport.sessionID }, leaveSession: { transport.leaveSession() },
                    hasRequestStreams: { transport.hasRequestStreams })
            }
        case .command(let command):
            return DiagnosedServer(era: era, isShared: false, isHTTP: false, timeout: timeout, process: process, machine: machine) {
                let transport = StdioClientTransport(DescriptorLimit.keeping(command))
                return DiagnosedServer.Link(
                    transport, processIdentifier: { transport.processIdentifier },
                    deafness: (begin: { transport.pauseReading() }, unsentBytes: { transport.unsentBytes }))
            }
        }
    }

    /// Port and path of a URL on this machine without TLS.
    private var localEndpoint: (port: Int, path: String)? {
        guard let localPort, case .url(let url) = self, url.hasPrefix("http://") else { return nil }
        let path = url.dropFirst("http://".count).drop { $0 != "/" && $0 != "?" }
        return (localPort, path.hasPrefix("/") ? String(path) : "/" + path)
    }

    /// The port of a URL on this machine.
    private var localPort: Int? {
        guard case .url(let url) = self, let scheme = url.firstRange(of: "://") else { return nil }
        let place = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        let host = place.hasPrefix("[") ? place.prefix { $0 != "]" } + "]" : place.prefix { $0 != ":" }
        guard ["127.0.0.1", "localhost", "[::1]"].contains(String(host)) else { return nil }
        let port = place.dropFirst(host.count)
        return port.isEmpty ? (url.hasPrefix("https") ? 443 : 80) : Int(port.dropFirst())
    }
}
