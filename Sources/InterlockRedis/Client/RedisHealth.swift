public import InterlockConcurrency
public import InterlockStorage

/// How a Redis client stands at one moment. Counters run since it was made.
public struct RedisHealth: Sendable, Hashable {
    /// Connections that stand, over all nodes.
    public var connections: Int
    /// Connections there should be, over all nodes in use.
    public var wantedConnections: Int
    /// Commands that wait for a first connection, over all nodes.
    public var waiting: Int
    /// The state of the circuit breaker; with several nodes, the worst.
    public var breaker: CircuitBreaker.State
    /// Commands that were sent, or were to be, each of a pipeline by itself.
    public var commands: Int
    /// Commands that the breaker kept away.
    public var refused: Int
    /// Commands that got no answer within their budget, or no connection.
    public var failures: Int
    /// Connections that were made anew.
    public var reconnects: Int
    /// How long calls took, failed ones too and a pipeline as one.
    public var latencies: DurationHistogram
    /// Why there is no connection; `nil` while there is one or one is being made. Holds no secret.
    public var lastFailure: String?

    /// Since when and why callers must expect refusals: no connection, calls that are kept away, or answers that say so; `nil` while all is well.
    /// With several nodes, the outage that has lasted longest.
    public var outage: StoreOutage?

    /// Whether there is a connection.
    public var isConnected: Bool { connections > 0 }

    /// Whether callers must expect refusals. See ``outage``.
    public var isDegraded: Bool { outage != nil }

    /// The median of ``latencies``.
    public var p50: Duration? { latencies.quantile(0.5) }

    /// The 99th percentile of ``latencies``.
    public var p99: Duration? { latencies.quantile(0.99) }

    /// Adds another node's.
    mutating func merge(_ other: RedisHealth) {
        connections += other.connections
        wantedConnections += other.wantedConnections
        waiting += other.waiting
        if Self.severity(other.breaker) > Self.severity(breaker) { breaker = other.breaker }
        commands += other.commands
        refused += other.refused
        failures += other.failures
        reconnects += other.reconnects
        latencies.merge(other.latencies)
        lastFailure = lastFailure ?? other.lastFailure
        outage = [outage, other.outage].compactMap(\.self).min { $0.since < $1.since }
    }

    private static func severity(_ state: CircuitBreaker.State) -> Int {
        switch state {
        case .disabled, .forcedClosed, .closed: 0
        case .halfOpen: 1
        case .open: 2
        case .forcedOpen: 3
        }
    }
}
