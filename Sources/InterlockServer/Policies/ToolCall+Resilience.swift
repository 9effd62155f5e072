import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockStorage

// What comes before a call takes locks and places, in this order: `sheddable`, `rate`, `cache`, `coalesce`, `breaker`.
extension ToolCall {
    func throughPolicies(_ resilience: ResiliencePolicies) async throws -> CallToolResult {
        try shed(resilience)
        try await charge(resilience)
        if let cache = resilience.cache {
            return try await shared("wait cache") { [self] wait in
                try await cache.results.value(for: key(cache.scope)) {
                    wait?.end()
                    return try await self.kept(resilience)
                }
            }
        }
        if let flights = resilience.flights {
            return try await shared("wait coalesce") { [self] wait in
                try await flights.results.value(for: key(flights.scope)) {
                    wait?.end()
                    return try await self.bounded(resilience)
                }
            }
        }
        return try await judged(resilience)
    }

    private func shed(_ resilience: ResiliencePolicies) throws(AcquireError) {
        guard let priority = resilience.priority else { return }
        let (depth, waiting) = (call.server.configuration.maximumQueued, call.server.admission.snapshot.waiting)
        guard waiting * 100 >= depth * priority.rawValue, waiting > 0 else { return }
        tool.tally.countShed()
        throw AcquireError(
            code: .queueFull, message: "the server is busy and '\(tool.definition.name)' is switched off first", retryAfter: .seconds(1))
    }

    private func charge(_ resilience: ResiliencePolicies) async throws {
        guard let (limiter, scope) = resilience.rate, let limits = tool.policies.rate?.limits else { return }
        let key = PolicyKey(scope, call.request.caller)
        let store = call.server.configuration.rateLimitStore
        if let blockTime = tool.policies.rateBlockTime, store != nil { try refuseIfBlocked(limiter, key, blockTime) }
        let decision = if let store {
            try await step("wait rate") {
                let name = "{rate:\(tool.definition.name)}:\(key.text(on: call.server.instance))"
                guard let fallback = tool.policies.rateFallback, let resilient = call.server.resilientRates else {
                    return try await store.take(1, from: name, limits: limits)
                }
                return try await resilient.take(1, from: name, limits: limits, whenDegraded: fallback)
            }
        } else {
            limiter.take(for: key)
        }
        guard !decision.isAllowed else { return }
        if tool.policies.rateIsShadow { return tool.tally.countShadowRefusal() }
        if let blockTime = tool.policies.rateBlockTime, store != nil { limiter.block(key, for: blockTime) }
        throw AcquireError(code: .rateLimited, message: "the limit of \(decision.limit) is used up", retryAfter: decision.retryAfter)
    }

    /// A block is each instance's own: it spares the store those who do not stop.
    private func refuseIfBlocked(_ limiter: RateLimiter<PolicyKey>, _ key: PolicyKey, _ blockTime: Duration) throws(AcquireError) {
        let block = limiter.take(for: key, cost: 0)
        guard !block.isAllowed else { return }
        throw AcquireError(code: .rateLimited, message: "the limit of \(block.limit) was used up; callers that go on are blocked for \(blockTime)", retryAfter: block.retryAfter)
    }

    /// Runs what many calls may wait for: one of them runs, for which the wait is over then, and the others wait for what comes of it.
    private func shared(_ name: String, _ body: (OpenWait?) async throws -> CallToolResult) async throws -> CallToolResult {
        let wait = beginWait(name)
        defer { wait?.end() }
        do {
            return try await body(wait)
        } catch let unshared as UnsharedResult {
            return unshared.result
        }
    }

    /// One run for all who wait, under the tool's timeout from the handler's start: no caller waits longer, whenever it came.
    private func bounded(_ resilience: ResiliencePolicies) async throws -> CallToolResult {
        guard tool.policies.timeout != nil else { return try await judged(resilience) }
        return try await SharedRun().result { run in
            try await ToolCall(self.call, self.tool, self.prepared, self.inputs, commit: self.commit, run: run).judged(resilience)
        }
    }

    private func kept(_ resilience: ResiliencePolicies) async throws -> CallToolResult {
        let result = try await bounded(resilience)
        if result.isError { throw UnsharedResult(result: result) }
        return result
    }

    private func judged(_ resilience: ResiliencePolicies) async throws -> CallToolResult {
        guard let breaker = resilience.breaker else { return try await exclusively() }
        return try await breaker.run { try await exclusively() }
    }

    private func key(_ scope: PolicyScope) -> ResiliencePolicies.ResultKey {
        ResiliencePolicies.ResultKey(
            owner: PolicyKey(scope, call.request.caller), arguments: prepared.arguments.value().sortedByKey.description, revision: call.request.caller.revision)
    }
}
