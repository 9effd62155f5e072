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
    /// What became of the commands it was given, and of its connections; `nil` for a store that nothing stands before.
    public var traffic: StoreTraffic?

    /// Makes a condition.
    public init(outage: StoreOutage? = nil, latencies: DurationHistogram = DurationHistogram(), traffic: StoreTraffic? = nil) {
        self.outage = outage
        self.latencies = latencies
        self.traffic = traffic
    }
}

/// What became of the commands a store was given, at one moment. Counters run since the start.
public struct StoreTraffic: Sendable, Hashable {
    /// Commands that wait for a connection or for their turn.
    public var waiting: Int
    /// The state of the circuit breaker in front of it.
    public var breaker: CircuitBreaker.State
    /// Commands that were sent, or were to be.
    public var commands: Int
    /// Commands that the breaker kept away.
    public var refused: Int
    /// Commands that got no answer in time, or no connection.
    public var failures: Int
    /// Its connections; `nil` for a store that has none, such as a file.
    public var connections: StoreConnections?

    /// Makes the figures of one moment.
    public init(waiting: Int, breaker: CircuitBreaker.State, commands: Int, refused: Int, failures: Int, connections: StoreConnections? = nil) {
        self.waiting = waiting
        self.breaker = breaker
        self.commands = commands
        self.refused = refused
        self.failures = failures
        self.connections = connections
    }
}

/// The connections to a store at one moment.
public struct StoreConnections: Sendable, Hashable {
    /// Connections that stand.
    public var standing: Int
    /// Connections there should be.
    public var wanted: Int
    /// Connections that were made anew since the start.
    public var reconnects: Int

    /// Makes the figures of one moment.
    public init(standing: Int, wanted: Int, reconnects: Int) {
        self.standing = standing
        self.wanted = wanted
        self.reconnects = reconnects
    }
}
