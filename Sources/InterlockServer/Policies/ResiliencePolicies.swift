import InterlockConcurrency
import InterlockJSON
import InterlockProtocol

/// The state of a tool's policies about the resource behind it.
final class ResiliencePolicies: Sendable {
    /// Names one result: whose, and for which arguments.
    struct ResultKey: Hashable, Sendable {
        var owner: PolicyKey
        /// In a form that is the same for the same members in any order.
        var arguments: String
        var revision: ProtocolRevision
    }

    let rate: (limiter: RateLimiter<PolicyKey>, scope: PolicyScope)?
    let breaker: CircuitBreaker?
    let cache: (results: LRUCache<ResultKey, CallToolResult>, scope: PolicyScope)?
    let flights: (results: SingleFlight<ResultKey, CallToolResult>, scope: PolicyScope)?
    let retry: RetryPolicy?
    let hedge: Hedge?
    let priority: ShedPriority?

    /// `nil` when a tool declares none of them, so that its calls look at none.
    init?(_ policies: ToolPolicies, tool name: String, clock: any SchedulingClock) {
        guard policies.rate != nil || policies.breaker != nil || policies.cache != nil || policies.coalesces != nil
            || policies.retry != nil || policies.hedge != nil || policies.priority != nil
        else { return nil }
        let name = "tool '\(name)'"
        rate = policies.rate.map { (RateLimiter($0.limits, blockTime: policies.rateBlockTime, name: name, clock: clock), $0.scope) }
        breaker = policies.breaker.map { CircuitBreaker($0, name: name, clock: clock, judge: Self.judge) }
        cache = policies.cache.map { cache in
            let bound = LRUCache<ResultKey, CallToolResult>.Bound.bytes(cache.bytes, entries: cache.entries) { $0.arguments.utf8.count + $1.approximateBytes }
            return (LRUCache(bound, ttl: cache.ttl, staleFor: cache.staleFor, name: name, clock: clock), cache.scope)
        }
        flights = policies.coalesces.map { (SingleFlight(name: name, clock: clock), $0) }
        retry = policies.retry.map { policy in
            var policy = policy
            let isRetryable = policy.isRetryable
            policy.isRetryable = { Self.judge($0) == .failure && isRetryable($0) }
            // The author's policy may stand at several tools.
            policy.metrics = RetryMetrics()
            return policy
        }
        hedge = policies.hedge.map { hedge in
            var hedge = hedge
            hedge.metrics = HedgeMetrics()
            return hedge
        }
        priority = policies.priority
    }

    /// What an error says about the resource: an answer for the model, a question to the user or the end of a wait says nothing bad.
    @Sendable
    static func judge(_ error: any Error) -> CircuitBreaker.ErrorVerdict {
        switch error {
        case is ToolError: .success
        case is CancellationError, is AcquireError, is HandlerGotNoTurn, is InputRequired, is ProtocolError: .ignored
        default: .failure
        }
    }
}

extension CallToolResult {
    /// What it takes up in memory, about: its text as JSON.
    fileprivate var approximateBytes: Int { encoded(for: EncodingContext(revision: .latest)).bytes.count }
}

/// A shared result that is no answer for others: it is handed to who waits and not kept.
struct UnsharedResult: Error {
    var result: CallToolResult
}
