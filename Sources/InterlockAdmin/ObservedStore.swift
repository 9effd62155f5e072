public import InterlockConcurrency
public import InterlockStorage

/// A store as an operator sees it: whether it answers, and how fast.
///
/// Adapters, or what wraps them, conform. Asked from any thread once a second, so the answer must be at hand: never ask the
/// store itself.
public protocol ObservedStore: Sendable {
    /// What metrics and people call it: `sessions`, `rate limits`; few different ones, as it becomes a label.
    var observedName: String { get }
    /// How it does now.
    var condition: StoreCondition { get }
}

/// How a store does.
public struct StoreCondition: Sendable, Hashable {
    /// Since when and why the server works without it, or with less than it needs of it; `nil` while all is well.
    public var outage: StoreOutage?
    /// How long its operations have taken since the start; what is shown is the last minute of it.
    public var latencies: DurationHistogram
    /// Its connections and what became of the commands on them; `nil` for a store without any.
    public var traffic: StoreTraffic?

    /// Makes a condition.
    public init(outage: StoreOutage? = nil, latencies: DurationHistogram = DurationHistogram(), traffic: StoreTraffic? = nil) {
        self.outage = outage
        self.latencies = latencies
        self.traffic = traffic
    }
}

/// The connections to a store at one moment, and what became of the commands on them. Counters run since the start.
public struct StoreTraffic: Sendable, Hashable {
    /// Connections that stand.
    public var connections: Int
    /// Connections there should be.
    public var wantedConnections: Int
    /// Commands that wait for the first connection.
    public var waiting: Int
    /// The state of the circuit breaker in front of it.
    public var breaker: CircuitBreaker.State
    /// Commands that were sent, or were to be.
    public var commands: Int
    /// Commands that the breaker kept away.
    public var refused: Int
    /// Commands that got no answer in time, or no connection.
    public var failures: Int
    /// Connections that were made anew.
    public var reconnects: Int

    /// Makes the figures of one moment.
    public init(
        connections: Int, wantedConnections: Int, waiting: Int, breaker: CircuitBreaker.State, commands: Int, refused: Int, failures: Int, reconnects: Int
    ) {
        self.connections = connections
        self.wantedConnections = wantedConnections
        self.waiting = waiting
        self.breaker = breaker
        self.commands = commands
        self.refused = refused
        self.failures = failures
        self.reconnects = reconnects
    }
}
