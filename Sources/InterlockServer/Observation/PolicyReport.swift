public import InterlockConcurrency

/// One policy of a tool: what was set, and where it stands.
public enum PolicyReport: Sendable, Hashable {
    /// One call at a time for each key.
    case exclusive(LockScope)
    /// At most so many calls at once, and how many run and wait.
    case concurrency(LimiterSnapshot, LockScope)
    /// How many calls may wait for the tool's permits and locks, and for how long.
    case queue(depth: Int, deadline: Duration?)
    /// How often it may be called, and what that let through and refused. With a shared store the counts are those of its local stand-in.
    case rate([RateLimit], PolicyScope, RateLimiterSnapshot)
    /// When it is left alone, and whether it is.
    case breaker(CircuitBreakerConfiguration, CircuitBreakerSnapshot)
    /// What is remembered.
    case cache(CachePolicyReport)
    /// Calls that share a run.
    case coalesce(PolicyScope, SingleFlightSnapshot)
    /// Runs on the worker threads.
    case onWorkers
    /// Never starts on the thread that read its request.
    case neverInline
    /// How long the handler may run.
    case timeout(Duration)
    /// How often the handler is run when it throws, and how long the waits between are, before jitter.
    case retry(attempts: Int, first: Duration, longest: Duration)
    /// Switched off under overload.
    case sheddable(ShedPriority)
    /// Takes effect once for each key.
    case idempotent(keeping: Duration, holding: Duration)

    /// The name by which code and configuration declare it.
    public var name: String {
        switch self {
        case .exclusive: "exclusive"
        case .concurrency: "concurrency"
        case .queue: "queue"
        case .rate: "rate"
        case .breaker: "breaker"
        case .cache: "cache"
        case .coalesce: "coalesce"
        case .onWorkers: "onWorkers"
        case .neverInline: "neverInline"
        case .timeout: "timeout"
        case .retry: "retry"
        case .sheddable: "sheddable"
        case .idempotent: "idempotent"
        }
    }
}

/// The `cache` of a tool: what was set, and where it stands.
public struct CachePolicyReport: Sendable, Hashable {
    /// Results kept at most.
    public var entries: Int
    /// How long a result is fresh.
    public var ttl: Duration
    /// How much longer it is served while a new one is fetched.
    public var staleFor: Duration
    /// Whose results are shared.
    public var scope: PolicyScope
    /// Hits, misses and what is in it.
    public var snapshot: LRUCacheSnapshot
}
