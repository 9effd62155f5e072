import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockStorage
public import InterlockTransport
import Logging
import Synchronization

/// An MCP server: features, limits, and the dispatch between them and any number of transports.
///
/// One server serves clients of every protocol revision from 2024-11-05 to 2026-07-28 at once, over all the transports it is given.
///
/// ```swift
/// let server = try Server(name: "bank", version: "1.0") {
///     Tool("get_balance", "Balance of an account, in cents") { (input: AccountID, _) in … }
/// }
/// try await server.serve(on: [HTTPServerTransport(configuration: .init())])
/// ```
public final class Server: Sendable {
    public let configuration: ServerConfiguration
    let admission: Admission
    let exclusive: KeyedMutex<String>
    let sessions: SessionRegistry
    let sessionSlots: FairLimiter<UInt8>
    let subscriptions: SubscriptionTable
    let usedNonces = UsedNonces()
    let metaCache = RequestMetaCache()
    let calls = CallsInFlight()
    /// Who this is among the instances of a server.
    let instance: ServerInstance
    /// Shows others that this one lives, and whether they do; `nil` if it is the only one.
    let presence: InstancePresence?
    /// How well the other instances are heard.
    let hearing = InstanceHearing()
    /// What the other instances were not told.
    let owedNews = OwedNews()
    /// Who is yet to be told that lists may have changed unheard.
    let catchUpNews = Mutex(CatchUpNewsStateMachine())
    /// The rounds that keep up sessions which nobody asks for.
    let upkeep = SessionUpkeep()
    /// Claims of idempotent calls that are given back behind their calls' backs.
    let claimReturns: ClaimReturns
    /// The rates' store for tools with a rule of their own for when it cannot answer.
    let resilientRates: ResilientRateLimitStore?
    let serverInfo: RawJSON
    let workers: WorkerSlot
    /// What the tenants use; `nil` if all callers are one.
    public let tenants: TenantStates?
    let views: TenantFeatureViews
    /// What is told of its calls; `nil` if nobody wants to know.
    let observer: ServerObserver?
    /// Whether there is a tracer. Looked at with each request, and all that the steps before a call cost where there is none.
    public let tracesSteps: Bool
    /// How many calls have been given a number; see ``ActiveCall/number``.
    let callNumbers = Atomic<UInt64>(0)
    let corruptRecords: CorruptRecords
    private let featureState: Mutex<FeatureSnapshot>
    private let lifecycle = Mutex(ServerLifecycle())

    /// Makes a server. Throws ``FeatureError`` when a feature cannot be offered as declared: a bad schema, two tools of one name.
    public init(configuration: ServerConfiguration, @FeatureBuilder _ features: () -> [any Feature]) throws {
        self.configuration = configuration
        var set = FeatureSet(clock: configuration.clock, toolPolicies: configuration.toolPolicies)
        for feature in features() { try feature.register(in: &set) }
        try configuration.checkToolPolicies(offered: set.tools.names)
        self.featureState = Mutex(FeatureSnapshot(features: set, generation: 0))
        self.admission = Admission(configuration: configuration)
        let groups = admission.groups
        self.tenants = configuration.tenants.map {
            TenantStates(
                directory: $0, limiter: groups, store: configuration.tenantRateLimitStore ?? configuration.rateLimitStore,
                clock: configuration.clock, logger: configuration.logger)
        }
        self.views = TenantFeatureViews(clock: configuration.clock)
        // The lines of the tools are what bounds it: each as deep as the tool's queue.
        self.exclusive = KeyedMutex(queue: .init(depth: 1_000_000), clock: configuration.clock)
        self.sessions = SessionRegistry(configuration: configuration)
        self.sessionSlots = FairLimiter(
            limit: configuration.maximumConnections,
            queue: .init(depth: configuration.connectionQueueDepth, deadline: configuration.connectionQueueDeadline), name: "the session table", clock: configuration.clock)
        self.subscriptions = SubscriptionTable(limit: configuration.maximumSubscriptions)
        self.serverInfo = configuration.info.encoded()
        self.observer = ServerObserver(configuration)
        self.tracesSteps = configuration.tracer != nil
        self.corruptRecords = CorruptRecords(configuration)
        self.claimReturns = ClaimReturns(configuration)
        self.resilientRates = configuration.rateLimitStore.map {
            $0 as? ResilientRateLimitStore ?? ResilientRateLimitStore($0, whenDegraded: .deny, clock: configuration.clock)
        }
        let shared = configuration.sessionStore == nil ? nil : configuration.eventStore as? any SharedEventStore
        let instance = ServerInstance(isShared: configuration.sessionStore != nil)
        self.instance = instance
        self.presence = shared.map {
            InstancePresence(
                id: instance.id, store: $0, duration: configuration.leaseDuration, clock: configuration.clock, logger: configuration.logger)
        }
        self.workers = WorkerSlot(pool: configuration.workers, clock: configuration.clock)
        configuration.tenants?.onChange { [weak self] change in self?.tellTenants(change) }
    }

    /// Makes a server with default limits.
    public convenience init(name: String, version: String, instructions: String? = nil, @FeatureBuilder _ features: () -> [any Feature]) throws {
        try self.init(configuration: ServerConfiguration(name: name, version: version, instructions: instructions), features)
    }

    /// What is offered now.
    var features: FeatureSnapshot { featureState.withLock { $0 } }

    func encodingContext(_ revision: ProtocolRevision) -> EncodingContext {
        EncodingContext(revision: revision, serverInfo: serverInfo)
    }

    // MARK: Features that come and go

    /// Adds features while serving and tells the clients that listen (`list_changed`). All or none are added.
    public func addFeatures(@FeatureBuilder _ features: () -> [any Feature]) throws {
        let added = features()
        try change { set in for feature in added { try feature.register(in: &set) } }
    }

    /// Removes a tool and tells the clients that listen; false if there is none of this name. Calls in flight finish.
    @discardableResult
    public func removeTool(named name: String) -> Bool {
        change { $0.removeTool(named: name) }
    }

    /// Removes a resource and tells the clients that listen; false if there is none with this URI.
    @discardableResult
    public func removeResource(uri: String) -> Bool {
        change { $0.removeResource(uri: uri) }
    }

    /// Removes a prompt and tells the clients that listen; false if there is none of this name.
    @discardableResult
    public func removePrompt(named name: String) -> Bool {
        change { $0.removePrompt(named: name) }
    }

    private func change<Result>(_ body: (inout FeatureSet) throws -> sending Result) rethrows -> Result {
        let (result, before, after) = try featureState.withLock { snapshot in
            var features = snapshot.features
            let result = try body(&features)
            let next = FeatureSnapshot(features: features, generation: snapshot.generation + 1)
            let before = snapshot
            snapshot = next
            return (result, before, next)
        }
        for kind in before.changes(to: after) {
            tellListChanged(kind) { principal in
                self.view(of: before, for: principal).changes(to: self.view(of: after, for: principal)).contains(kind)
            }
            publish(.listChanged(kind))
        }
        return result
    }

    // MARK: Serving

    /// Serves on the transports until all of them have ended; if one fails, the others are ended and its error is thrown.
    public func serve(on transports: [any ServerTransport]) async throws {
        lifecycle.withLock { $0.transports += transports }
        defer { shutDown() }
        let instances = await listenToInstances()
        defer { instances?.cancel() }
        await presence?.refresh()
        // Both end with this scope, by cancellation.
        async let _ = presence?.run()
        async let _ = keepInTouch(isListening: instances != nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for transport in transports { group.addTask { try await transport.run(self) } }
            try await group.waitForAll()
        }
        await workers.drain(deadline: configuration.clock.now + .seconds(10))
    }

    /// Drains: no new work is taken, what is in flight finishes, streams end cleanly, and `serve` returns.
    ///
    /// What still runs when `deadline` has passed is cancelled. Signals and returns.
    public func beginGracefulShutdown(deadline: Duration = .seconds(30)) {
        let transports = lifecycle.withLock { $0.beginDraining() }
        guard let transports else { return }
        configuration.clock.schedule(after: deadline) { [weak self] in self?.cancelEverything() }
        endSubscriptions()
        for session in sessions.all {
            if case .streams(let streams) = session.delivery { streams.disconnect(streams.serverStream) }
        }
        for transport in transports { transport.beginGracefulShutdown() }
    }

    /// Whether the server has begun to shut down.
    public var isDraining: Bool { lifecycle.withLock { $0.isDraining } }

    private func cancelEverything() {
        let unfinished = calls.all
        guard !unfinished.isEmpty else { return }
        configuration.logger.warning("calls were stopped: the time to drain is over", metadata: ["calls": "\(unfinished.count)"])
        for call in unfinished { call.stop() }
    }

    private func shutDown() {
        for session in sessions.all { expire(session) }
        claimReturns.shutDown()
        admission.shutDown()
    }

    /// What the server holds now; for health, metrics and tests that nothing is left behind.
    public var snapshot: ServerSnapshot {
        ServerSnapshot(
            sessions: sessions.count, callsInFlight: calls.count, admission: admission.snapshot,
            pendingBytes: admission.chargedBytes, subscriptions: subscriptions.count, storedEventBytes: configuration.eventStore.storedBytes)
    }
}

/// Whether the server still takes work, and what it has to end when it stops.
struct ServerLifecycle {
    var transports: [any ServerTransport] = []
    private(set) var isDraining = false

    /// The transports to drain, for the first caller only.
    mutating func beginDraining() -> [any ServerTransport]? {
        guard !isDraining else { return nil }
        isDraining = true
        return transports
    }
}
