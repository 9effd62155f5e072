public import InterlockConcurrency
import InterlockJSON
import Synchronization

/// Rate limits of this process alone, each set of limits with a ``RateLimiter`` of its own.
///
/// Memory is bounded: at most `maximumLimitSets` sets of limits, which come from configuration and not from clients, with
/// at most `maximumKeys` keys each. Keys that have recovered make place first; under a flood of others the one that would
/// recover first goes, and may then exceed its limit. One set too many is refused with ``StoreError/Code/full``.
public final class InMemoryRateLimitStore: RateLimitStore {
    private let limiters = Mutex<[[RateLimit]: RateLimiter<ExactName>]>([:])
    private let maximumKeys: Int
    private let maximumLimitSets: Int
    private let clock: any SchedulingClock

    /// - Parameters:
    ///   - maximumKeys: Keys that are kept at a time for each set of limits.
    ///   - maximumLimitSets: Different sets of limits that are kept.
    ///   - clock: Decides what has come back.
    public init(maximumKeys: Int = 100_000, maximumLimitSets: Int = 64, clock: any SchedulingClock = SystemClock.shared) {
        precondition(
            maximumKeys > 0 && maximumLimitSets > 0,
            "InMemoryRateLimitStore(maximumKeys: \(maximumKeys), maximumLimitSets: \(maximumLimitSets)): both must be positive")
        self.maximumKeys = maximumKeys
        self.maximumLimitSets = maximumLimitSets
        self.clock = clock
    }

    public func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
        try RateLimit.check(limits, cost: cost)
        let name = ExactName(text: key)
        // Of limits of the same kinds one limiter at a time knows a key, so finding, moving and taking are one step.
        return try limiters.withLock { (limiters) throws(StoreError) in
            let limiter = try self.limiter(for: limits, among: &limiters)
            if limiters.count > 1, !limiter.knows(name) {
                let kinds = limits.map(\.algorithm)
                _ = limiters.first { $0.key != limits && $0.key.map(\.algorithm) == kinds && limiter.adopt(name, from: $0.value) }
            }
            return limiter.take(for: name, cost: cost)
        }
    }

    /// Keys dropped although they had something used up, over all sets; raise `maximumKeys` if it grows.
    public var evictedLive: Int { limiters.withLock { $0.values.reduce(0) { $0 + $1.snapshot.evictedLive } } }

    private func limiter(
        for limits: [RateLimit], among limiters: inout [[RateLimit]: RateLimiter<ExactName>]
    ) throws(StoreError) -> RateLimiter<ExactName> {
        if let known = limiters[limits] { return known }
        guard limiters.count < maximumLimitSets else {
            throw StoreError(
                .full, "the rate limits in memory know \(limiters.count) different sets of limits already; take them from configuration, not from requests, or raise maximumLimitSets")
        }
        let limiter = RateLimiter<ExactName>(limits, maxKeys: maximumKeys, queue: .init(depth: 0), name: "rate limit store", clock: clock)
        limiters[limits] = limiter
        return limiter
    }
}

extension RateLimit {
    /// Throws ``StoreError/Code/refused`` unless a store can be asked this.
    package static func check(_ limits: [RateLimit], cost: Int) throws(StoreError) {
        if limits.isEmpty { throw StoreError(.refused, "a rate was taken without a limit; give at least one") }
        if cost < 1 { throw StoreError(.refused, "a rate was taken with the cost \(cost); a cost is 1 or more") }
    }
}
