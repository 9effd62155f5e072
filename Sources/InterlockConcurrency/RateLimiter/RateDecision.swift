/// The answer of a rate limiter to one request.
public struct RateDecision: Sendable, Hashable {
    /// Whether the request may run. Always `true` in shadow mode.
    public var isAllowed: Bool
    /// Whether the request was over its limit; the opposite of ``isAllowed`` outside of shadow mode.
    public var isOverLimit: Bool
    /// Units the key may still use at once, by the rule that leaves the fewest.
    public var remaining: Int
    /// The burst of that rule.
    public var limit: Int
    /// Which rule that is, counted in the order the limiter was given them; for a refusal, the rule that refuses longest.
    public var rule: Int

    @usableFromInline var retryNanoseconds: Int64
    @usableFromInline var resetNanoseconds: Int64

    /// After which time the same request would be let in if nobody else asked: exact, not a moment too early or late.
    /// `nil` when it was within the limit, and when it asks for more than the burst and never will be.
    public var retryAfter: Duration? {
        isOverLimit && retryNanoseconds != .max ? .nanoseconds(retryNanoseconds) : nil
    }

    /// After which time everything the key has used will have come back.
    public var resetAfter: Duration { .nanoseconds(resetNanoseconds) }

    /// Makes a decision; for those who ask a limiter elsewhere.
    public init(isAllowed: Bool, remaining: Int, limit: Int, retryAfter: Duration? = nil, resetAfter: Duration = .zero) {
        self.init(
            isAllowed: isAllowed, isOverLimit: !isAllowed, remaining: remaining, limit: limit, rule: 0,
            retryNanoseconds: retryAfter?.wholeNanoseconds ?? .max, resetNanoseconds: resetAfter.wholeNanoseconds)
    }

    @inlinable
    init(
        isAllowed: Bool, isOverLimit: Bool, remaining: Int, limit: Int, rule: Int, retryNanoseconds: Int64,
        resetNanoseconds: Int64
    ) {
        self.isAllowed = isAllowed
        self.isOverLimit = isOverLimit
        self.remaining = remaining
        self.limit = limit
        self.rule = rule
        self.retryNanoseconds = retryNanoseconds
        self.resetNanoseconds = resetNanoseconds
    }
}
