import InterlockConcurrency

/// The safety a tool declares, as data; a policy is one line where the tool is declared.
struct ToolPolicies: Sendable {
    var concurrency: Int?
    var queueDepth = 100
    var queueDeadline: Duration?
    var timeout: Duration?
    var onWorkers = false
    var neverInline = false
    var rate: (limits: [RateLimit], scope: PolicyScope)?
    var breaker: CircuitBreakerConfiguration?
    var cache: (entries: Int, ttl: Duration, staleFor: Duration, scope: PolicyScope)?
    var coalesces: PolicyScope?
    var retry: RetryPolicy?
    var priority: ShedPriority?
}
