import InterlockClient
public import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

/// Asks a server, once and from outside, everything a client needs of it, and times each step. Never uses `ping`: modern servers have none.
public struct Probe: Sendable {
    private let target: Target
    private let timeout: Duration
    private let expectedDigest: String?
    private let call: Call?
    private let clock: any SchedulingClock
    private let progress: @Sendable (String) -> Void

    /// Prepares a probe.
    ///
    /// - Parameters:
    ///   - timeout: the longest any one step may take.
    ///   - expectedDigest: the SHA-256 that the tools had; another one degrades the server.
    ///   - call: a tool that only reads; it is called once in each era, where the server lists it as such.
    ///   - progress: hears which step begins, for a progress line.
    public init(
        _ target: Target, timeout: Duration = .seconds(10), expectedDigest: String? = nil, call: Call? = nil,
        clock: any SchedulingClock = SystemClock.shared, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.target = target
        self.timeout = timeout
        self.expectedDigest = expectedDigest?.lowercased()
        self.call = call
        self.clock = clock
        self.progress = progress
    }

    /// Probes. What fails is in the report, never thrown. Cancelling the task ends what was started, a command's server too, and the steps behind it are not
    /// begun: the report is of no use then.
    public func run() async -> ProbeReport {
        var report = ProbeReport()
        guard await reach(&report) else { return report }
        if target.hasCredential {
            for era in [ClientConfiguration.Era.modern(), .legacy()] {
                var open = ProbeReport()
                if Task.isCancelled { return report }
                await handshake(era, withCredential: false, ProbeReport.unauthenticated, &open) { _, _, _, _ in }
                report.steps += open.steps
                report.challenge = report.challenge ?? open.challenge
            }
        }
        for era in [ClientConfiguration.Era.modern(), .legacy()] {
            if Task.isCancelled { return report }
            await handshake(era, withCredential: target.hasCredential, "", &report, examine)
        }
        if Task.isCancelled { return report }
        await discover(&report)
        return report
    }

    /// Name and connection, on a thread of their own, because both block; and TLS, where the URL asks for it.
    private func reach(_ report: inout ProbeReport) async -> Bool {
        guard let host = target.host else { return true }
        let (port, limit, resolve) = (target.port, timeout, target.resolve)
        let pool = WorkerPool(threads: 1, name: "probe")
        defer { pool.shutDown() }
        let addresses = await step("dns", &report) { try await pool.run { try resolve(host, port) } } detail: { $0.count == 1 ? "one address" : "\($0.count) addresses" }
        guard let addresses else { return false }
        let connected: Void? = await step("connect", &report) {
            try await pool.run { try NetworkProbe.reach(addresses, timeout: limit) }
        } detail: { "" }
        guard connected != nil else { return false }
        guard target.isSecure else { return true }
        guard let secure = target.secure else {
            report.steps.append(.init(name: "tls", status: .skipped, took: nil, detail: "within the first request"))
            return true
        }
        let shaken = await step("tls", &report) { try await secure(limit) } detail: { $0.detail }
        guard let shaken else { return false }
        // The step has connected anew; the handshake alone is what counts.
        report.steps[report.steps.count - 1].took = shaken.took
        return true
    }

    private func handshake(
        _ era: ClientConfiguration.Era, withCredential: Bool, _ prefix: String, _ report: inout ProbeReport,
        _ body: (Client, _ era: String, _ hasTools: Bool, inout ProbeReport) async -> Void
    ) async {
        let isModern = if case .modern = era { true } else { false }
        let name = isModern ? "modern" : "legacy"
        let options = RequestOptions(timeout: timeout)
        let client = Client(
            target.connect(withCredential), info: Implementation(name: "interlock-probe", version: "1"),
            configuration: ClientConfiguration(era: era, requestTimeout: timeout, maximumRequestTimeout: timeout, opensServerStream: false), clock: clock)
        let shaken: (revision: String, hasTools: Bool)? = await step("\(prefix)\(name) handshake", &report, cleanup: Self.cleanup) {
            let server = try await client.connect()
            guard isModern else { return (server.revision.rawValue, server.capabilities.map { $0.tools != nil } ?? true) }
            let result = try await client.discover(options: options)
            guard result.supportedVersions.contains(server.revision.rawValue) else {
                throw ClientError(.incompatible, "it speaks \(result.supportedVersions.joined(separator: ", "))")
            }
            return (server.revision.rawValue, result.capabilities.tools != nil)
        } detail: { $0.revision }
        if let shaken {
            report.eras.append(shaken.revision)
            await body(client, name, shaken.hasTools, &report)
        }
        // A server that does not end has been judged by its answers already.
        _ = await BoundedWait.value(within: timeout, cleanup: Self.cleanup, clock: clock) { await client.close() }
    }

    /// The tools and one call, in one era. The digest is of the first era that lists its tools: shapes differ between eras, though the tools be the same.
    ///
    /// A server that declares no tools has an empty list of them, and is not asked for it.
    private func examine(_ client: Client, _ era: String, _ hasTools: Bool, _ report: inout ProbeReport) async {
        let (options, call) = (RequestOptions(timeout: timeout), call)
        var tools: [JSONValue]? = []
        if hasTools {
            tools = await step("\(era) tools/list", &report) { try await Self.list(client, options) } detail: { "\($0.count) tools" }
        } else {
            report.steps.append(.init(name: "\(era) tools/list", status: .skipped, took: nil, detail: "the server declares no tools"))
        }
        if let tools, report.toolsDigest == nil {
            let digest = CanonicalJSON.digest(.array(tools.sorted { ($0["name"]?.string ?? "") < ($1["name"]?.string ?? "") }))
            report.toolsDigest = digest
            report.tools = tools.count
            if let expectedDigest {
                let isSame = digest == expectedDigest
                let detail = isSame ? digest : "the tools have changed: \(digest), expected \(expectedDigest)"
                report.steps.append(.init(name: "tools digest", status: isSame ? .ok : .failed, took: nil, detail: detail))
            }
        }
        guard let call else { return }
        if let refusal = call.refusal(tools) {
            report.steps.append(.init(name: "\(era) tools/call", status: refusal.status, took: nil, detail: refusal.reason))
            return
        }
        _ = await step("\(era) tools/call", &report) {
            let result = try await client.callTool(call.tool, arguments: call.arguments, options: options)
            guard result.isError else { return call.tool }
            throw NetworkProbe.Failure(message: "\(call.tool) answered with an error: \(result.content.lazy.compactMap(\.text).first ?? "")")
        } detail: { $0 }
    }

    /// How a credential is to be had, of a server that wants one: what a client reads that has none.
    private func discover(_ report: inout ProbeReport) async {
        guard let authorization = target.authorization, let challenge = report.challenge else { return }
        let limit = timeout
        let found = await step(ProbeReport.resourceMetadata, &report) { try await authorization.resource(challenge, within: limit) } detail: { resource in
            resource.map { "\($0.address), \($0.issuers.joined(separator: ", "))" }
                ?? "WWW-Authenticate names none and none is where it would be: a credential is not to be had by OAuth, but given by hand"
        }
        guard let found else { return }
        guard let resource = found else {
            report.steps[report.steps.count - 1].status = .skipped
            return
        }
        _ = await step(ProbeReport.issuerMetadata, &report) { try await authorization.issuers(resource.issuers, within: limit) } detail: { $0 }
    }

    /// The tools as they came, all pages; unknown members count for the digest too.
    private static func list(_ client: Client, _ options: RequestOptions) async throws -> [JSONValue] {
        var tools: [JSONValue] = []
        var cursor: String?
        for _ in 0..<1_000 {
            let params = cursor.map { RawJSON(["cursor": .string($0)]) }
            let page = try await client.request(Method.toolsList, params: params, options: options).value()
            guard let found = page["tools"]?.array else { throw NetworkProbe.Failure(message: "the result has no array \"tools\"") }
            tools += found
            guard let next = page["nextCursor"]?.string else { return tools }
            cursor = next
        }
        throw NetworkProbe.Failure(message: "the list has more than 1,000 pages")
    }

    /// How long an interrupted probe waits for the end of what it has started.
    private static let cleanup = Duration.seconds(10)

    /// One step: its time and how it ended go into the report. Ends when the time is over, whatever `body` does.
    ///
    /// - Parameter cleanup: how long it is waited for when the probe was interrupted: it may be about to start what has to be ended.
    private func step<Value: Sendable>(
        _ name: String, _ report: inout ProbeReport, cleanup: Duration = .zero, _ body: @escaping @Sendable () async throws -> Value,
        detail: (Value) -> String
    ) async -> Value? {
        progress(name)
        let began = clock.now
        let result = await BoundedWait.value(within: timeout, cleanup: cleanup, clock: clock) {
            do { return Result<Value, any Error>.success(try await body()) } catch { return .failure(error) }
        }
        let took = clock.now - began
        switch result {
        case .success(let value):
            report.steps.append(.init(name: name, status: .ok, took: took, detail: detail(value)))
            return value
        case .failure(let error):
            let ended = status(of: error, &report)
            report.steps.append(.init(name: name, status: ended, took: took, detail: String(Self.message(of: error).prefix(300))))
        case nil:
            report.steps.append(.init(name: name, status: .failed, took: took, detail: "no answer within \(timeout)"))
        }
        return nil
    }

    private func status(of error: any Error, _ report: inout ProbeReport) -> ProbeReport.Status {
        guard let refusal = (error as? ClientError)?.transportError ?? error as? TransportError, refusal.code == .unauthorized else { return .failed }
        // RFC 9110 demands WWW-Authenticate of 401 alone (sections 15.5.2 and 15.5.4): no other credential need be what a 403 wants.
        guard let challenge = target.challenge(refusal) else { return refusal.httpStatus == 403 ? .forbidden : .brokenWall }
        report.challenge = report.challenge ?? challenge
        return .walled
    }

    private static func message(of error: any Error) -> String {
        switch error {
        case let error as NetworkProbe.Failure: error.message
        case let error as ClientError: error.message
        case let error as ProtocolError: error.message
        case let error as TransportError: error.message
        default: "\(error)"
        }
    }
}
