import InterlockConcurrency
import InterlockStorage

/// The safety a tool declares, as data; a policy is one line where the tool is declared.
struct ToolPolicies: Sendable {
    /// Keys that a configuration names in place of the author's.
    var configuredKeys: ConfiguredKeys?
    var concurrency: Int? {
        // A limit that is set takes the place of one that is found.
        didSet { adaptation = nil }
    }
    /// How the limit of ``concurrency``, which is where it begins, follows how long calls take.
    private(set) var adaptation: ConcurrencyAdaptation?
    /// Of each line in which its calls wait.
    var queue = QueueConfiguration()
    var timeout: Duration?
    var onWorkers = false
    var neverInline = false
    var rate: (limits: [RateLimit], scope: PolicyScope)?
    /// For how long a caller beyond the rate is refused, even when its units come back sooner.
    var rateBlockTime: Duration?
    /// What holds of the rate while the store that instances share cannot say; `nil` for what holds of the server's others.
    var rateFallback: ResilientRateLimitStore.WhenDegraded?
    /// Counts who is beyond the rate, and refuses nobody.
    var rateIsShadow = false
    var breaker: CircuitBreakerConfiguration?
    var cache: (entries: Int, bytes: Int, ttl: Duration, staleFor: Duration, scope: PolicyScope)?
    var coalesces: PolicyScope?
    var retry: RetryPolicy?
    var hedge: Hedge?
    var priority: ShedPriority?
    var idempotency: IdempotencyPolicy?
    /// Whether locks and permits hold in this process or over all instances.
    var exclusiveScope = LockScope.process
    var concurrencyScope = LockScope.process

    mutating func adapt(_ adaptation: ConcurrencyAdaptation) {
        concurrency = adaptation.initial
        concurrencyScope = .process
        self.adaptation = adaptation
    }

    /// Whether nothing but the server's own limit stands before the handler, if the call has no keys.
    var waitsForNothing: Bool { concurrency == nil && !onWorkers && !isClusterWide }

    var isClusterWide: Bool { exclusiveScope == .cluster || concurrencyScope == .cluster && concurrency != nil }
}
