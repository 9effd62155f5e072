import InterlockConcurrency
import InterlockObservability
import InterlockServer

extension AdminMetrics {
    /// The metrics of one tool: which there are depends on its policies, which do not change while it is offered.
    func export(_ tool: ToolReport) {
        let name = tool.name
        for metric in Self.metrics(of: tool) {
            let value: @Sendable (ServerReport) -> Double? = { report in
                report.tools.first { $0.name == name }.flatMap { metric.value($0) }
            }
            let labels = [MetricLabel("tool", name)] + metric.labels
            if metric.isCounter { counter(metric.name, metric.help, labels: labels, value) } else { gauge(metric.name, metric.help, labels: labels, value) }
        }
    }

    /// One metric of a tool.
    struct ToolMetric: Sendable {
        var name: String
        var help: String
        var labels: [MetricLabel] = []
        var isCounter = false
        var value: @Sendable (ToolReport) -> Double?
    }

    static func metrics(of tool: ToolReport) -> [ToolMetric] {
        [
            ToolMetric(name: "interlock_tool_running", help: "Calls of the tool whose handler has begun.") { Double($0.calls.running) },
            ToolMetric(name: "interlock_tool_waiting", help: "Calls of the tool that wait.") { Double($0.calls.waiting) },
        ] + tool.policies.flatMap(metrics) + tool.policies.flatMap(events)
    }

    private static func metrics(of policy: PolicyReport) -> [ToolMetric] {
        switch policy {
        case .concurrency, .adaptiveConcurrency:
            [
                limiter("interlock_limiter_active", "Permits of the tool's concurrency in use.") { $0.active },
                limiter("interlock_limiter_limit", "Permits of the tool's concurrency.") { $0.limit },
                limiter("interlock_limiter_waiting", "Calls that wait for such a permit.") { $0.waiting },
            ]
        case .rate:
            [("allowed", true), ("refused", false)].map { decision, isAllowed in
                ToolMetric(
                    name: "interlock_rate_decisions_total", help: "Calls that the tool's rate let through, or refused.",
                    labels: [MetricLabel("decision", decision)], isCounter: true
                ) { tool in
                    for case .rate(_, _, let rate) in tool.policies { return Double(isAllowed ? rate.allowed : rate.refused) }
                    return nil
                }
            }
        case .breaker:
            CircuitBreaker.State.allCases.map { state in
                ToolMetric(
                    name: "interlock_breaker_state", help: "1 for the state the tool's circuit breaker is in, 0 for the others.",
                    labels: [MetricLabel("state", state.rawValue)]
                ) { $0.breaker.map { $0.state == state ? 1 : 0 } }
            }
        case .cache:
            [("hit", true), ("miss", false)].map { result, isHit in
                ToolMetric(
                    name: "interlock_cache_lookups_total", help: "Look-ups in the tool's cache.", labels: [MetricLabel("result", result)], isCounter: true
                ) { tool in
                    for case .cache(let cache) in tool.policies {
                        return Double(isHit ? cache.snapshot.hits + cache.snapshot.staleHits : cache.snapshot.misses)
                    }
                    return nil
                }
            }
        case .exclusive, .queue, .coalesce, .onWorkers, .neverInline, .timeout, .retry, .hedge, .sheddable, .idempotent: []
        }
    }

    /// What a policy did, under the name by which code and configuration declare it.
    private static func events(of policy: PolicyReport) -> [ToolMetric] {
        counted(policy).map { event, _ in
            ToolMetric(
                name: "interlock_policy_events_total", help: "What the policies of tools did.",
                labels: [MetricLabel("policy", policy.name), MetricLabel("event", event)], isCounter: true
            ) { tool in
                tool.policies.first { $0.name == policy.name }.flatMap { now in counted(now).first { $0.event == event }.map { Double($0.count(tool.events)) } }
            }
        }
    }

    private static func counted(_ policy: PolicyReport) -> [(event: String, count: @Sendable (PolicyEvents) -> Int)] {
        switch policy {
        case .exclusive: [("refused", { $0.lockRefusals })]
        case .concurrency(let limiter, _), .adaptiveConcurrency(let limiter, _, _):
            [("granted", { _ in limiter.granted }), ("refused", { _ in limiter.refused }), ("expired", { _ in limiter.expired })]
        case .queue: []
        case .rate(_, _, let rate): [("allowed", { _ in rate.allowed }), ("refused", { _ in rate.refused }), ("shadowed", { $0.shadowRefusals })]
        case .breaker(_, let breaker): [("refused", { _ in breaker.refused }), ("failed", { _ in breaker.failed }), ("changed", { _ in breaker.transitions })]
        case .cache(let cache):
            [("hit", { _ in cache.snapshot.hits }), ("stale", { _ in cache.snapshot.staleHits }), ("miss", { _ in cache.snapshot.misses })]
        case .coalesce(_, let flights): [("started", { _ in flights.started }), ("joined", { _ in flights.joined })]
        case .onWorkers: [("ran", { $0.workerRuns }), ("refused", { $0.workerRefusals })]
        case .neverInline: []
        case .timeout: [("expired", { $0.timeouts })]
        case .retry(let retry):
            [
                ("retried", { _ in retry.snapshot.retries }), ("recovered", { _ in retry.snapshot.recovered }), ("failed", { _ in retry.snapshot.failed }),
                ("refused", { _ in retry.snapshot.budgetRefusals }),
            ]
        case .hedge(_, _, let hedge):
            [
                ("sent", { _ in hedge.hedges }), ("won", { _ in hedge.wonByHedge }), ("cancelled", { _ in hedge.attemptsCancelled }),
                ("refused", { _ in hedge.budgetRefusals }),
            ]
        case .sheddable: [("refused", { $0.shed })]
        case .idempotent: [("replayed", { $0.replays })]
        }
    }

    private static func limiter(_ name: String, _ help: String, _ value: @escaping @Sendable (LimiterSnapshot) -> Int) -> ToolMetric {
        ToolMetric(name: name, help: help) { tool in
            for policy in tool.policies {
                switch policy {
                case .concurrency(let limiter, _), .adaptiveConcurrency(let limiter, _, _): return Double(value(limiter))
                default: continue
                }
            }
            return nil
        }
    }
}
