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
    let tracesSteps: Bool
    let clock: any SchedulingClock
    let logger: Logger
    let checks: HeadChecks
    let proxies: TrustedProxies
    let jsonLimits: JSONLimits
    let bodyBudget: BodyBudget
    let legacyStreams: LegacyStreams
    let admission: ConnectionAdmission
    /// Fields of every response, as long as they hold.
    let standingFields: (@Sendable () -> [(name: String, value: String)])?
    private let draining = Atomic<Bool>(false)
    private let windingDown = Atomic<Bool>(false)

    init(
        configuration: HTTPServerConfiguration, runtime: any ServerRuntime, gate: any RequestGate, routes: [HTTPRoute],
        standingFields: (@Sendable () -> [(name: String, value: String)])?, clock: any SchedulingClock, logger: Logger
    ) throws(TransportError) {
        self.standingFields = standingFields
        self.configuration = configuration
        self.runtime = runtime
        self.gate = gate
        tracesSteps = runtime.tracesSteps
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

    /// Whether each response is the last of its connection, because the server ends or is about to.
    var endsConnections: Bool { windingDown.load(ordering: .relaxed) || isDraining }

    func startWindingDown() { windingDown.store(true, ordering: .relaxed) }

    func startDraining() { draining.store(true, ordering: .relaxed) }
}
