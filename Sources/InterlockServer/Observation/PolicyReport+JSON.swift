import InterlockConcurrency
import InterlockJSON

extension PolicyReport {
    /// `{"name", "settings": {…}, "state": {…}}`, without the last where a policy keeps no state.
    func write(_ json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            $0.key("settings")
            $0.object { writeSettings(&$0) }
            if hasState {
                $0.key("state")
                $0.object { writeState(&$0) }
            }
        }
    }

    private var hasState: Bool {
        switch self {
        case .concurrency, .adaptiveConcurrency, .rate, .breaker, .cache, .coalesce, .retry, .hedge: true
        case .exclusive, .queue, .onWorkers, .neverInline, .timeout, .sheddable, .idempotent: false
        }
    }

    private func writeSettings(_ json: inout JSONWriter) {
        switch self {
        case .exclusive(let scope): json.member("scope", scope.name)
        case .concurrency(let limiter, let scope):
            json.member("limit", limiter.limit)
            json.member("scope", scope.name)
        case .adaptiveConcurrency(_, let minimum, let maximum):
            json.member("minimum", minimum)
            json.member("maximum", maximum)
        case .queue(let queue):
            json.member("depth", queue.depth)
            if let deadline = queue.deadline { json.member("deadline", deadline) }
            json.member("whenFull", queue.whenFull.name)
        case .rate(let limits, let scope, _):
            json.member("per", scope.name)
            json.key("limits")
            json.array(limits) { limit, json in
                json.object {
                    $0.member("count", limit.count)
                    $0.member("period", limit.period)
                    $0.member("burst", limit.burst)
                }
            }
        case .breaker(let configuration, _):
            json.member("failureRate", configuration.failureRate)
            json.member("minimumCalls", configuration.minimumCalls)
            json.member("openDuration", configuration.openDuration)
        case .cache(let cache):
            json.member("entries", cache.entries)
            json.member("ttl", cache.ttl)
            json.member("staleFor", cache.staleFor)
            json.member("per", cache.scope.name)
        case .coalesce(let scope, _): json.member("per", scope.name)
        case .onWorkers, .neverInline: break
        case .timeout(let limit): json.member("limit", limit)
        case .retry(let retry):
            json.member("attempts", retry.attempts)
            json.member("first", retry.first)
            json.member("longest", retry.longest)
        case .hedge(let delay, let attempts, _):
            json.member("after", delay)
            json.member("attempts", attempts)
        case .sheddable(let priority): json.member("queueShare", Double(priority.rawValue) / 100)
        case .idempotent(let keeping, let holding):
            json.member("keeping", keeping)
            json.member("holding", holding)
        }
    }

    private func writeState(_ json: inout JSONWriter) {
        switch self {
        case .concurrency(let limiter, _), .adaptiveConcurrency(let limiter, _, _):
            json.member("limit", limiter.limit)
            json.member("active", limiter.active)
            json.member("waiting", limiter.waiting)
            json.member("refused", limiter.refused)
            json.member("expired", limiter.expired)
            json.member("waitP99", limiter.waits.quantile(0.99))
        case .rate(_, _, let rate):
            json.member("allowed", rate.allowed)
            json.member("refused", rate.refused)
            json.member("keys", rate.keys)
        case .breaker(_, let breaker):
            json.member("state", breaker.state.rawValue)
            json.member("windowCalls", breaker.windowCalls)
            json.member("windowFailures", breaker.windowFailures)
            json.member("failed", breaker.failed)
            json.member("refused", breaker.refused)
            json.member("transitions", breaker.transitions)
        case .cache(let cache):
            json.member("hits", cache.snapshot.hits + cache.snapshot.staleHits)
            json.member("misses", cache.snapshot.misses)
            json.member("entries", cache.snapshot.entries)
        case .coalesce(_, let flights):
            json.member("joined", flights.joined)
            json.member("started", flights.started)
            json.member("waiting", flights.waiting)
        case .retry(let retry):
            json.member("retried", retry.snapshot.retries)
            json.member("recovered", retry.snapshot.recovered)
            json.member("failed", retry.snapshot.failed)
            json.member("budgetRefusals", retry.snapshot.budgetRefusals)
            json.member("waitP99", retry.snapshot.waits.quantile(0.99))
        case .hedge(_, _, let hedge):
            json.member("sent", hedge.hedges)
            json.member("won", hedge.wonByHedge)
            json.member("cancelled", hedge.attemptsCancelled)
            json.member("budgetRefusals", hedge.budgetRefusals)
        case .exclusive, .queue, .onWorkers, .neverInline, .timeout, .sheddable, .idempotent: break
        }
    }
}

extension LockScope {
    fileprivate var name: String {
        switch self {
        case .process: "process"
        case .cluster: "cluster"
        }
    }
}

extension PolicyScope {
    fileprivate var name: String {
        switch self {
        case .everyone: "everyone"
        case .caller: "caller"
        }
    }
}
