public import InterlockConcurrency
public import InterlockStorage

/// How the stores of one SQLite file stand at one moment. Counters run since it was opened.
public struct SQLiteHealth: Sendable, Hashable {
    /// Since when and why they do not what they should; `nil` while all is well.
    ///
    /// A transaction that was given up when its budget was over is none by itself; several are, when they open a breaker.
    public var outage: StoreOutage?
    /// How long transactions took, with their wait for other writers; failed ones too.
    public var latencies: DurationHistogram
    /// What is done with transactions of rates, sessions, state, claims and leases: the graver one, where two breakers differ.
    public var breaker: CircuitBreaker.State
    /// Transactions that wait for their turn, or are under way.
    public var waiting: Int
    /// Transactions that were asked for.
    public var transactions: Int
    /// Transactions that a breaker kept away from the file.
    public var refused: Int
    /// Transactions that got no answer in time.
    public var failures: Int
}
