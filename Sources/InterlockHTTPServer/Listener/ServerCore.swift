import InterlockConcurrency
import InterlockJSON
import InterlockTransport
import Logging
import Synchronization

/// What all connections of one running server share. Everything in it is constant or safe from any thread.
final class ServerCore: Sendable {
    let configuration: HTTPServerConfiguration
    let runtime: any ServerRuntime
    let gate: any RequestGate
    let clock: any SchedulingClock
    let logger: Logger
    let checks: HeadChecks
    let proxies: TrustedProxies
    let jsonLimits: JSONLimits
    let bodyBudget: BodyBudget
    let legacyStreams: LegacyStreams
    let admission: ConnectionAdmission
    private let draining = Atomic<Bool>(false)

    init(
        configuration: HTTPServerConfiguration, runtime: any ServerRuntime, gate: any RequestGate, routes: [HTTPRoute],
        clock: any SchedulingClock, logger: Logger
    ) throws(TransportError) {
        self.configuration = configuration
        self.runtime = runtime
        self.gate = gate
        self.clock = clock
        self.logger = logger
        checks = HeadChecks(configuration, routes: routes)
        proxies = try TrustedProxies(configuration.trustedProxies)
        jsonLimits = JSONLimits(maximumBytes: configuration.maximumBodyBytes)
        bodyBudget = BodyBudget(limit: configuration.bodyBudget)
        legacyStreams = LegacyStreams(makeID: LegacyStreams.randomID)
        admission = ConnectionAdmission(
            limit: configuration.maximumConnections, queueDepth: configuration.connectionQueueDepth,
            queueDeadline: configuration.connectionQueueDeadline)
    }

    /// Whether new requests are refused because the server ends.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    func startDraining() { draining.store(true, ordering: .relaxed) }
}
