public import InterlockConcurrency

/// One tool at one moment: its policies with their settings and state, and its calls.
public struct ToolReport: Sendable, Hashable {
    /// The tool's name.
    public var name: String
    /// Its policies in the order in which a call meets them.
    public var policies: [PolicyReport]
    /// What they did that keep no state of their own.
    public var events: PolicyEvents
    /// Its calls under way; zero unless the server is observed.
    public var calls: CallsReport
    /// What became of its calls; `nil` before the first one has ended.
    public var figures: OperationFigures?

    /// Where its circuit breaker stands; `nil` if it has none.
    public var breaker: CircuitBreakerSnapshot? {
        for case .breaker(_, let snapshot) in policies { return snapshot }
        return nil
    }
}

extension RegisteredTool {
    /// The policies with their state now, in the order in which a call meets them.
    var policyReports: [PolicyReport] {
        var reports: [PolicyReport] = []
        if let policy = policies.idempotency { reports.append(.idempotent(keeping: policy.keeping, holding: policy.holding)) }
        if let resilience { reports += resilience.reports(policies) }
        if isExclusive { reports.append(.exclusive(policies.exclusiveScope)) }
        if let limiter, let adaptation = policies.adaptation {
            reports.append(.adaptiveConcurrency(limiter.snapshot.total, minimum: adaptation.minimum, maximum: adaptation.maximum))
        } else if let limiter {
            reports.append(.concurrency(limiter.snapshot.total, policies.concurrencyScope))
        }
        if limiter != nil || isExclusive || policies.onWorkers || policies.queue != ToolPolicies().queue {
            reports.append(.queue(policies.queue))
        }
        if policies.onWorkers { reports.append(.onWorkers) }
        if policies.neverInline { reports.append(.neverInline) }
        if let timeout = policies.timeout { reports.append(.timeout(timeout)) }
        if let retry = resilience?.retry {
            reports.append(.retry(RetryPolicyReport(
                attempts: retry.attempts, first: retry.backoff.first, longest: retry.backoff.longest, snapshot: retry.snapshot)))
        }
        if let hedge = resilience?.hedge { reports.append(.hedge(after: hedge.delay, attempts: hedge.attempts, hedge.snapshot)) }
        return reports
    }
}

extension ResiliencePolicies {
    /// Those that come before a call takes locks and places.
    fileprivate func reports(_ policies: ToolPolicies) -> [PolicyReport] {
        var reports: [PolicyReport] = []
        if let priority { reports.append(.sheddable(priority)) }
        if let rate, let limits = policies.rate?.limits { reports.append(.rate(limits, rate.scope, rate.limiter.snapshot)) }
        if let cache, let settings = policies.cache {
            reports.append(.cache(CachePolicyReport(
                entries: settings.entries, ttl: settings.ttl, staleFor: settings.staleFor, scope: cache.scope, snapshot: cache.results.snapshot)))
        }
        if let flights { reports.append(.coalesce(flights.scope, flights.results.snapshot)) }
        if let breaker, let settings = policies.breaker { reports.append(.breaker(settings, breaker.snapshot)) }
        return reports
    }
}
