import ArgumentParser
import InterlockClient
import InterlockConcurrency
import InterlockDiagnostics
import InterlockHTTPClient
import InterlockJSON
import InterlockStdio
import InterlockTransport

/// `interlock probe`: whether a server can be used, seen from outside.
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Ask a server once what a client needs of it, in both eras, and time each step.",
        discussion: """
            Behind a wall that names where its authorization is described, that is read too: the resource's metadata and its issuer's.
            A tool is called only where the server lists it with readOnlyHint.
            Exit codes: 0 healthy, 1 usage, 3 auth-walled, 4 down, 5 degraded.
            """)

    @OptionGroup var options: TargetOptions
    @Option(help: ArgumentHelp("A tool that only reads, to call.", valueName: "name")) var tool: String?
    @Option(help: ArgumentHelp("Its arguments [{}].", valueName: "json")) var arguments: String?
    @Flag(help: "Call the tool even where it does not say that it only reads.") var evenIfItWrites = false
    @Option(help: ArgumentHelp("SHA-256 that the tools must have, or a file that begins with it.", valueName: "hash or file")) var expect: String?
    @Option(help: ArgumentHelp("Write the SHA-256 of the tools to a file, for --expect.", valueName: "file")) var learn: String?
    @Option(help: ArgumentHelp("Write a report as a page.", valueName: "file")) var html: String?
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var server: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [server].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        let json: RawJSON
        do { json = try RawJSON(parsing: arguments ?? "{}") } catch { throw UsageError("--arguments: \(error)") }
        let timeout = try options.requestOptions.timeout ?? .seconds(10)
        if evenIfItWrites, tool == nil { throw UsageError("--even-if-it-writes goes with --tool <name>.") }
        try OutputFiles.check([("--learn", learn), ("--html", html)])
        let line = ProgressLine()
        let probe = Probe(
            try target.probed(options), timeout: timeout, expectedDigest: try digest,
            call: tool.map { Probe.Call(tool: $0, arguments: json, evenIfItWrites: evenIfItWrites) }, progress: line.show)
        let time = SystemClock.shared.wallTime
        let report = await line.during { await probe.run() }
        // Steps that were cut off say nothing of the server.
        try Task.checkCancellation()
        print(options.json ? TerminalText.json(report.json.description) : Self.text(report))
        if let learn, let digest = report.toolsDigest { try TextFile.write(digest + "\n", to: learn) }
        if let html { try TextFile.write(report.html(of: "\(target)", time: time), to: html) }
        let code: Int32 = switch report.verdict {
        case .healthy: 0
        case .authWalled: CommandStatus.unauthorized.rawValue
        case .down: CommandStatus.unreachable.rawValue
        case .degraded: CommandStatus.toolFailed.rawValue
        }
        if code != 0 { throw ExitCode(code) }
    }

    private var digest: String? {
        get throws(UsageError) {
            guard let expect else { return nil }
            func isDigest(_ text: String) -> Bool { text.count == 64 && text.allSatisfy(\.isHexDigit) }
            if isDigest(expect) { return expect }
            let word = try TextFile.read(expect).split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
            guard isDigest(word) else {
                throw UsageError("--expect \(expect): the file does not begin with a SHA-256 in hexadecimal; make one with --learn.")
            }
            return word
        }
    }

    static func text(_ report: ProbeReport) -> String {
        var lines = ["\(report.verdict.rawValue), speaks \(report.eras.isEmpty ? "nothing" : report.eras.joined(separator: " and "))"]
        for step in report.steps {
            let took = step.took.map { ", \(BenchOutput.time($0))" } ?? ""
            lines.append("  \(step.name): \(step.status.rawValue)\(took)\(step.detail.isEmpty ? "" : ", \(step.detail)")")
        }
        if let digest = report.toolsDigest { lines.append("  tools SHA-256 \(digest)") }
        return TerminalText.lines(lines)
    }
}

extension ServerTarget {
    func probed(_ options: TargetOptions) throws(UsageError) -> Probe.Target {
        let (headers, configuration) = (try options.headerFields, options.httpConfiguration)
        switch self {
        case .command(let command): return Probe.Target { _ in StdioClientTransport(DescriptorLimit.keeping(command)) }
        case .url(let url):
            let (host, port) = Self.address(url)
            #if !TLS
            // What this program lacks says nothing of the server.
            if url.lowercased().hasPrefix("https://") {
                throw UsageError(
                    "This build of interlock has no TLS: build it with `swift build --traits TLS`, or ask the server where it speaks plain HTTP.")
            }
            #endif
            let open = headers.filter { !CredentialHeader.looksLikeOne($0.name) }
            return Probe.Target(
                host: host, port: port, isSecure: url.lowercased().hasPrefix("https://"), hasCredential: open.count < headers.count,
                challenge: { ($0.cause as? AuthenticationChallenge)?.challenge },
                authorization: AuthorizationDiscovery(of: url) { address, timeout, maximumBytes in
                    // No header field of ours: the credential is the server's alone. No redirect is followed.
                    let answer = try await HTTPRequester(configuration: configuration).send(
                        "GET", address, headers: [("Accept", "application/json")], timeout: timeout, maximumBytes: maximumBytes)
                    return (answer.status, answer.body)
                },
                secure: { timeout in
                    let outcome = try await TLSHandshake(url, configuration: configuration).run(timeout: timeout)
                    return (outcome.took, outcome.detail)
                }
            ) { withCredential in
                HTTPClientTransport(url, headers: withCredential ? headers : open, configuration: configuration)
            }
        }
    }

    /// Host and port of a URL; what is wrong with it is told by the transport.
    private static func address(_ url: String) -> (String, Int) {
        let authority = url.drop { $0 != "/" }.dropFirst(2).prefix { !"/?#".contains($0) }
        let standard = url.lowercased().hasPrefix("https") ? 443 : 80
        if authority.first == "[", let end = authority.firstIndex(of: "]") {
            return (String(authority.dropFirst()[..<end]), Int(authority[end...].dropFirst(2)) ?? standard)
        }
        let parts = authority.split(separator: ":")
        return (String(parts.first ?? ""), parts.count > 1 ? Int(parts[1]) ?? standard : standard)
    }
}
