import InterlockConcurrency

/// Refusals of a shared store that hold still: the last for the tenant's own limits, and the last for each tool.
///
/// Pure. A refusal says nothing of a call that costs less, and nothing under other limits: with those begin anew.
/// As many are kept as tools have limits, and one.
struct KnownRefusals: Sendable {
    private struct Refusal {
        let units: Int
        let decision: RateDecision
        let until: MonotonicTime
        let resetAt: MonotonicTime
    }

    private var own: Refusal?
    private var tools: [String: Refusal] = [:]

    /// What the store would say to a call of so many units, if that is known.
    ///
    /// - Parameter tool: `nil` for the tenant's own limits.
    func decision(on units: Int, tool: String?, now: MonotonicTime) -> RateDecision? {
        let known = if let tool { tools[tool] } else { own }
        guard let refusal = known, refusal.units <= units, refusal.until > now else { return nil }
        var decision = RateDecision(
            isAllowed: false, remaining: refusal.decision.remaining, limit: refusal.decision.limit, retryAfter: refusal.until - now,
            resetAfter: max(.zero, refusal.resetAt - now))
        decision.rule = refusal.decision.rule
        return decision
    }

    /// Keeps a refusal for its retry-after; one without has nothing that ends it and is not kept.
    ///
    /// - Parameter asked: before the question, so that nobody is refused whom the store would let in.
    mutating func remember(_ decision: RateDecision, of units: Int, tool: String?, asked: MonotonicTime) {
        guard !decision.isAllowed, let retryAfter = decision.retryAfter else { return }
        let refusal = Refusal(units: units, decision: decision, until: asked + retryAfter, resetAt: asked + decision.resetAfter)
        if let tool { tools[tool] = refusal } else { own = refusal }
    }
}
