public import InterlockConcurrency

/// One policy of a tool: what was set, and where it stands.
public enum PolicyReport: Sendable, Hashable {
    /// One call at a time for each key.
    case exclusive(LockScope)
    /// At most so many calls at once, and how many run and wait.
    case concurrency(LimiterSnapshot, LockScope)
    /// As many calls at once as what is behind the tool can take: what has been found, and how many run and wait.
    case adaptiveConcurrency(LimiterSnapshot, minimum: Int, maximum: Int)
    /// How many calls may wait for the tool's permits, locks and worker threads, for how long, and who is refused when they are too many.
    case queue(QueueConfiguration)
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
    /// How often the handler is run when it throws, and what that was good for.
    case retry(RetryPolicyReport)
    /// How long the handler may take before it is run again beside itself, how often in all, and what that was good for.
    case hedge(after: Duration, attempts: Int, HedgeSnapshot)
    /// Switched off under overload.
    case sheddable(ShedPriority)
    /// Takes effect once for each key.
    case idempotent(keeping: Duration, holding: Duration)

    /// The name by which code and configuration declare it.
    public var name: String {
        switch self {
        case .exclusive: "exclusive"
        case .concurrency: "concurrency"
        case .adaptiveConcurrency: "adaptiveConcurrency"
        case .queue: "queue"
        case .rate: "rate"
        case .breaker: "breaker"
        case .cache: "cache"
        case .coalesce: "coalesce"
        case .onWorkers: "onWorkers"
        case .neverInline: "neverInline"
        case .timeout: "timeout"
        case .retry: "retry"
        case .hedge: "hedge"
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

/// The `retry` of a tool: what was set, and what came of it.
public struct RetryPolicyReport: Sendable, Hashable {
    /// Attempts in all.
    public var attempts: Int
    /// The wait before the second attempt, before jitter.
    public var first: Duration
    /// The longest wait, before jitter.
    public var longest: Duration
    /// Attempts, waits and how calls ended.
    public var snapshot: RetrySnapshot
}
