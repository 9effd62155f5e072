import CoreMetrics
import InterlockAdmin
import InterlockAuthorization
import InterlockConcurrency
import InterlockHTTPClient
import InterlockHTTPServer
import InterlockObservability
import InterlockProfiler
import InterlockServer
import Logging

/// What an operator sees: metrics, the admin listener with its dashboard, alerts. There is none without `--admin-port`.
struct Operations: Sendable {
    let registry: MetricsRegistry
    let configuration: AdminConfiguration
    private let rules: [AlertRule]
    private let sink: any AlertSink
    private let signer: AlertSigner?
    private let logger: Logger

    /// `nil` when no admin port was asked for.
    init?(_ settings: ServeSettings, logger: Logger) throws {
        guard let port = settings.adminPort else { return nil }
        self.logger = logger
        registry = MetricsRegistry()
        let token = try settings.adminToken.map { try AdminToken(String(decoding: NamedFile(source: "--admin-token", path: $0).read(), as: UTF8.self)) }
        var configuration = AdminConfiguration(host: settings.adminHost, port: port, token: token)
        configuration.allowedHosts = settings.adminAllowedHosts
        self.configuration = configuration
        rules = try settings.alerts.map { try NamedFile(source: "--alerts", path: $0).parsed { try AlertConfiguration.parse($0) } } ?? AlertRule.stock()
        sink = settings.alertWebhook.map { AlertWebhook(url: $0) } ?? AlertLog(logger: logger)
        signer = try settings.alertSecret.map { path in
            guard let signer = AlertSigner(secret: try NamedFile(source: "--alert-secret", path: path).read()) else {
                throw SettingsError("--alert-secret \(path): the file holds fewer than 16 bytes; make one with `openssl rand -hex 32`")
            }
            return signer
        }
    }

    /// Runs until the task is cancelled. A listener that cannot listen is said and ends nothing else.
    ///
    /// - Parameters:
    ///   - authorization: decides who is let in; `nil` if everybody is.
    ///   - http: the listener of the server; `nil` without one.
    ///   - reload: reads the configuration again.
    func run(
        _ server: Server, stores: SharedStores, authorization: AuthorizationGate?, http: HTTPServerTransport?,
        reload: @escaping @Sendable () throws -> String
    ) async {
        let delay = CoreMetrics.Timer(label: "interlock_executor_delay_seconds", dimensions: [], factory: registry)
        let watchdog = StallWatchdog(
            logger: logger,
            onEvent: { event in
                if case .delay(let late) = event { delay.recordNanoseconds(Int64(late / .nanoseconds(1))) }
            },
            tools: { server.report.tools.filter { $0.calls.running > 0 }.map(\.name) })
        let profiler = SamplingProfiler()
        let monitor = AlertMonitor(rules: rules, service: "interlock", registry: registry, sink: sink, signer: signer) { [logger] count, error in
            logger.warning("alerts could not be delivered", metadata: ["alerts": "\(count)", "error": "\(error.map { "\($0)" } ?? "")"])
        }
        var sources = AdminSources(server: server, registry: registry)
        sources.process = ProcessMetrics()
        sources.executor = watchdog.probe
        sources.stalls = { watchdog.records }
        sources.profile = { try await profiler.record(for: $0, rate: $1) }
        sources.alerts = { monitor.status }
        sources.stores = stores.observed
        if let authorization { sources.gates.append(ObservedGate(name: "authorization") { authorization.snapshot.refusals }) }
        if let http {
            sources.connections = { http.connections.map { ObservedConnections(active: $0.active, limit: $0.limit, waiting: $0.waiting) } }
        }
        sources.reload = { try reload() }
        do {
            let listener = try AdminListener(configuration, sources: sources, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [registry] in await registry.run() }
                group.addTask { await watchdog.run() }
                group.addTask { await monitor.run() }
                group.addTask { [logger] in
                    guard let address = try? await listener.listening() else { return } // `run` below throws the reason
                    logger.info("admin listener", metadata: ["event": "admin_started", "url": "http://\(address)/admin"])
                }
                defer { group.cancelAll() }
                try await listener.run()
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("the admin listener has ended", metadata: ["error": "\(error)"])
        }
    }
}

/// Posts alerts to a webhook.
struct AlertWebhook: AlertSink {
    let url: String
    private let requester = HTTPRequester()

    init(url: String) { self.url = url }

    func deliver(_ body: [UInt8], headers: [(name: String, value: String)]) async throws {
        let answer = try await requester.send("POST", url, headers: [("Content-Type", "application/json")] + headers, body: body, timeout: .seconds(10))
        guard (200..<300).contains(answer.status) else { throw AlertRefused(status: answer.status) }
    }
}

/// The receiver of alerts did not take one.
struct AlertRefused: Error, CustomStringConvertible {
    var status: Int
    var description: String { "the webhook answered \(status)" }
}

/// Writes alerts to the log, where no webhook is configured.
struct AlertLog: AlertSink {
    let logger: Logger

    func deliver(_ body: [UInt8], headers: [(name: String, value: String)]) async throws {
        logger.warning("alert", metadata: ["event": "alert", "alert": "\(String(decoding: body, as: UTF8.self))"])
    }
}
