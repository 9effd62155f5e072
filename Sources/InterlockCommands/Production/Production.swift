import InterlockAuthorization
import InterlockConcurrency
import InterlockHTTPServer
import InterlockObservability
import InterlockServer
import InterlockTransport
import Logging
import UnixSignals

/// What surrounds the server in production: who may call, whose tenant they are, what is shared, what is told.
struct Production: Sendable {
    let stores: SharedStores
    private let authorization: AuthorizationFile?
    private let tenants: TenantDirectory?
    private let tenantFile: NamedFile?
    private let tenantWatch: TenantWatch?
    private let tracer: OTLPTracer?
    private let operations: Operations?
    private let maximumResidentBytes: Int?
    private let logger: Logger

    /// Reads and checks every file that the settings name.
    init(_ settings: ServeSettings, logger: Logger) throws {
        self.logger = logger
        stores = try SharedStores(settings, logger: logger)
        authorization = try settings.auth.map { path in
            try NamedFile(source: "--auth", path: path).naming { try AuthorizationFile(path: path, hidesTools: settings.tenants != nil, logger: logger) }
        }
        if settings.tenants == ServeSettings.tenantsInStore {
            guard let state = stores.state else {
                throw SettingsError("--tenants store: no store could hold them; add --redis URL or --session-store sqlite:FILE, or name a file (./store for one of that name)")
            }
            let watch = TenantWatch(TenantDocument(state), logger: logger)
            (tenantWatch, tenants, tenantFile) = (watch, watch.directory, nil)
        } else {
            let file = settings.tenants.map { NamedFile(source: "--tenants", path: $0) }
            tenants = try file.map { file in try file.naming { try TenantDirectory(file: file.path) } }
            (tenantWatch, tenantFile) = (nil, file)
        }
        tracer = settings.otlp.map { url in
            OTLPTracer(
                resource: OTLPResource(serviceName: "interlock", serviceVersion: InterlockCommand.version),
                configuration: OTLPConfiguration(sampler: .parentBased(root: .ratio(settings.traceRatio))), sink: TraceExport(url: url)
            ) { count, error in
                logger.warning("spans were lost", metadata: ["spans": "\(count)", "error": "\(error.map { "\($0)" } ?? "the queue was full")"])
            }
        }
        operations = try Operations(settings, logger: logger)
        maximumResidentBytes = settings.maximumResidentBytes
    }

    func apply(to configuration: inout ServerConfiguration) {
        stores.apply(to: &configuration)
        configuration.tenants = tenants
        configuration.denies = authorization?.denies
        configuration.tracer = tracer
        configuration.metrics = operations?.registry
        configuration.isObserved = operations != nil
    }

    /// An address that others reach needs to know who calls, or the operator's word that it need not.
    func checkAddress(_ settings: ServeSettings) throws(SettingsError) {
        let verdict = ListenRule.decide(
            address: settings.host, isAuthorized: authorization != nil, allowsUnauthenticated: settings.allowsUnauthenticated,
            remedies: .init(authorize: "configure issuers or API keys", allow: "pass --allow-unauthenticated"))
        if case .refused(let reason) = verdict { throw SettingsError(reason) }
    }

    /// Who is let in: first who they are, then what their tenant may still use.
    func gate(for server: Server) -> any RequestGate {
        if let tenants = server.tenants { return TenantGate(after: authorization?.gate ?? OpenGate(), states: tenants) }
        return authorization.map { TimedGate("credential", $0.gate) } ?? OpenGate()
    }

    /// The metadata of RFC 9728.
    var routes: [HTTPRoute] { authorization?.routes ?? [] }

    /// Connects, and reads what has to be known before anybody is served.
    func start() async throws {
        await stores.start()
        guard let tenantWatch else { return }
        do {
            try await tenantWatch.start()
        } catch {
            throw SettingsError("--tenants store: \(error)")
        }
    }

    /// Runs beside the server until it is cancelled.
    ///
    /// - Parameters:
    ///   - http: the server's listener; `nil` if it serves standard input and output.
    ///   - drain: ends the server in good order, for the reason given.
    func run(_ server: Server, on http: HTTPServerTransport?, drain: @escaping @Sendable (DrainReason) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await reloadOnSignal() }
            if let tenantWatch { group.addTask { await tenantWatch.run() } }
            if let operations { group.addTask { await operations.run(server, stores: stores, authorization: authorization?.gate, http: http) { try reloadAll() } } }
            if let maximumResidentBytes {
                group.addTask { await MemoryLimit(bytes: maximumResidentBytes, logger: logger).run { drain(.memory) } }
            }
            await group.waitForAll()
        }
    }

    /// Exports traces until ``shutDown()`` has sent what is left.
    func exportTraces() async { await tracer?.run() }

    func shutDown() async {
        tracer?.beginShutdown()
        await stores.shutDown()
    }

    /// SIGHUP: reads tenants and API keys again; what is wrong is said, and the old stays in force.
    private func reloadOnSignal() async {
        guard tenants != nil || authorization != nil else { return }
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            do {
                let what = try reloadAll()
                logger.info("configuration was read again", metadata: ["event": "reloaded", "what": "\(what)"])
            } catch {
                logger.error("configuration could not be read again; what was wrong stays as it was", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Each file by itself: one that is bad keeps the others from nothing.
    private func reloadAll() throws -> String {
        var (done, failures): ([String], [any Error]) = ([], [])
        func attempt(_ what: String, _ body: () throws -> Void) {
            do {
                try body()
                done.append(what)
            } catch {
                failures.append(error)
            }
        }
        if let tenants, let tenantFile { attempt("tenants") { try tenantFile.naming { _ = try tenants.reload() } } }
        if let authorization { attempt("API keys") { try authorization.reload() } }
        if !failures.isEmpty { throw ReloadFailed(failures: failures) }
        return done.isEmpty ? "nothing is configured that could be read again" : done.joined(separator: ", ")
    }
}

/// Files that could not be read again.
struct ReloadFailed: Error, CustomStringConvertible {
    var failures: [any Error]
    var description: String { failures.map { "\($0)" }.joined(separator: "; ") }
}
