public import InterlockConcurrency
import InterlockProtocol
public import InterlockStorage

// What a tool declares about the resource behind it: how often it may be asked, when to leave it alone, what to remember.

extension Tool {
    /// At most this often; a call beyond it is answered with a tool error that says when to come back, before it waits for anything.
    ///
    /// Several limits hold together: a call is charged to all or to none. Each scope's key costs a few bytes while it is in use; at most 100,000 are kept.
    ///
    /// - Parameters:
    ///   - scope: who is counted together.
    ///   - blockTime: for how long a caller that went beyond is refused, even when its units come back sooner; on each instance for itself.
    ///   - isShadow: counts who is beyond the limit (``PolicyEvents/shadowRefusals``) and refuses nobody: to try a limit out.
    ///   - fallback: what holds of these limits while ``ServerConfiguration/rateLimitStore`` as a whole cannot answer; `nil` leaves that to the store, which
    ///     may have a rule for all tools. Without such a store it says nothing.
    public func rate(
        _ limits: RateLimit..., per scope: PolicyScope = .caller, blockTime: Duration? = nil, isShadow: Bool = false,
        fallback: ResilientRateLimitStore.WhenDegraded? = nil
    ) -> Tool {
        precondition(fallback?.isSensible ?? true, "rate(fallback:) on tool '\(definition.name)': the fraction must be above 0 and at most 1")
        precondition(!limits.isEmpty, "rate() on tool '\(definition.name)' needs at least one limit")
        var tool = self
        tool.policies.rate = (limits, scope)
        tool.policies.rateBlockTime = blockTime
        tool.policies.rateIsShadow = isShadow
        tool.policies.rateFallback = fallback
        return tool
    }

    /// Leaves what is behind the tool alone while it fails: see ``InterlockConcurrency/CircuitBreaker``.
    ///
    /// Judged are errors the handler throws and calls that time out. A ``ToolError`` is an answer, not a failure, and so is a result with `isError`.
    public func breaker(_ configuration: CircuitBreakerConfiguration = CircuitBreakerConfiguration()) -> Tool {
        var tool = self
        tool.policies.breaker = configuration
        return tool
    }

    /// Remembers results by their arguments: for tools whose answer depends on nothing else, and for `.caller` on who asks.
    ///
    /// One run serves all who ask for the same meanwhile; results with `isError` are not kept. `staleFor` longer an old result is still served, while
    /// a new one is fetched. A remembered result takes no lock and no place.
    ///
    /// - Parameters:
    ///   - entries: how many results are kept; the one used longest ago goes first.
    ///   - bytes: how much memory they may take up with their arguments, as JSON. One that is larger alone is not kept.
    public func cache(
        entries: Int = 1_000, bytes: Int = 16 << 20, ttl: Duration, staleFor: Duration = .zero, per scope: PolicyScope = .caller
    ) -> Tool {
        precondition(
            entries > 0 && bytes > 0 && ttl > .zero, "cache(entries: \(entries), bytes: \(bytes), ttl: \(ttl)) on tool '\(definition.name)': all must be positive")
        var tool = self
        tool.policies.cache = (entries, bytes, ttl, staleFor, scope)
        return tool
    }

    /// Calls with the same arguments that come while one runs share its result. Progress and messages go to the call that began it.
    public func coalesce(per scope: PolicyScope = .caller) -> Tool {
        var tool = self
        tool.policies.coalesces = scope
        return tool
    }

    /// Runs the handler again when it throws something that may pass. Only for handlers that may run twice.
    ///
    /// Not run again: ``ToolError``, questions to the user, protocol errors, cancellation. Waiting and all attempts share the tool's timeout. What came
    /// of it is counted for each tool by itself, in its report, and not in the metrics of `policy`.
    public func retry(_ policy: RetryPolicy) -> Tool {
        var tool = self
        tool.policies.retry = policy
        return tool
    }

    /// Runs the handler again beside itself when it takes long, and answers with whichever returns first; the other is cancelled.
    ///
    /// For a tool whose slowest calls hurt and whose upstream has several equal instances. The server does not start unless the tool is annotated as
    /// read-only or idempotent, and not with ``idempotent(keeping:holding:by:)``. The attempts share the call's locks, permits and timeout, and its progress
    /// goes out from both; a handler that asks the user something may ask twice. An attempt that throws what may pass begins the next at once. With
    /// ``retry(_:)`` each of its attempts is hedged.
    ///
    /// - Parameters:
    ///   - delay: how long the handler may take before it is run again; its 95th percentile is a good choice.
    ///   - attempts: in all, at least 2.
    ///   - budget: what keeps further runs to a share of all calls.
    public func hedge(after delay: Duration, attempts: Int = 2, budget: RetryBudget? = nil) -> Tool {
        precondition(
            delay >= .zero && attempts >= 2, "hedge(after: \(delay), attempts: \(attempts)) on tool '\(definition.name)' needs at least two attempts")
        var tool = self
        tool.policies.hedge = Hedge(after: delay, attempts: attempts, budget: budget)
        return tool
    }

    /// Switches the tool off first when the server is overloaded: its calls are answered "busy" once that part of the server's queue is in use.
    public func sheddable(priority: ShedPriority) -> Tool {
        var tool = self
        tool.policies.priority = priority
        return tool
    }
}
