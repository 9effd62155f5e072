public import InterlockConcurrency
public import InterlockObservability
public import InterlockProfiler
public import InterlockServer

/// What the admin listener looks at, and what it may do.
///
/// Everything is read while the server works, from any thread, about once a second; nothing here may wait or take long.
public struct AdminSources: Sendable {
    /// What the server tells about itself.
    public var report: @Sendable () -> ServerReport
    /// Whether a call would be served now.
    public var isReady: @Sendable () async -> Bool
    /// The metrics that are scraped.
    public var registry: MetricsRegistry
    /// What the process uses.
    public var process: ProcessMetrics?
    /// How late the cooperative pool takes up tasks; whoever makes the probe runs it.
    public var executor: ExecutorDelayProbe?
    /// Where the alerts stand.
    public var alerts: (@Sendable () -> [AlertStatus])?
    /// The stores the server depends on.
    public var stores: [any ObservedStore] = []
    /// Who decides about requests before they are read; with ``init(server:registry:clock:)`` the tenants of the server are there from the start.
    public var gates: [ObservedGate] = []
    /// The connections of the server's HTTP listener; `nil` without one, or while it does not listen.
    public var connections: (@Sendable () -> ObservedConnections?)?
    /// Measures; the one that the server and the probe go by.
    public var clock: any SchedulingClock

    /// The last stalls of the cooperative pool, oldest first; `nil` where nothing watches.
    public var stalls: (@Sendable () -> [StallRecord])?

    /// Takes a profile of this process, 1 to 60 seconds long, with so many samples for each second of processor time; `nil` answers
    /// 501. Cancelled when the client goes away.
    public var profile: (@Sendable (_ duration: Duration, _ rate: Int) async throws -> SampledProfile)?
    /// Reads the configuration again and says in a sentence what has changed; `nil` answers 501. What it throws is shown to who asked.
    public var reload: (@Sendable () async throws -> String)?

    /// Looks at a server, which must be observed (``ServerConfiguration/isObserved``) for figures of its calls.
    public init(server: Server, registry: MetricsRegistry, clock: any SchedulingClock = SystemClock.shared) {
        self.init(report: { server.report }, isReady: { await server.isReady() }, registry: registry, clock: clock)
        guard let tenants = server.tenants else { return }
        gates = [ObservedGate(name: "tenants") { Dictionary(uniqueKeysWithValues: tenants.snapshot.refusals.map { ($0.key.label, $0.value) }) }]
    }

    /// Looks at something that tells the same as a server.
    public init(
        report: @escaping @Sendable () -> ServerReport, isReady: @escaping @Sendable () async -> Bool, registry: MetricsRegistry,
        clock: any SchedulingClock = SystemClock.shared
    ) {
        self.report = report
        self.isReady = isReady
        self.registry = registry
        self.clock = clock
    }
}
