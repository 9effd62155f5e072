import InterlockConcurrency
import InterlockStorage
import Synchronization

/// A sound rate limit store behind a call that may be broken.
final class BrokenRateLimitStore: RateLimitStore {
    typealias Take = @Sendable (any RateLimitStore, Int, String, [RateLimit]) async throws(StoreError) -> RateDecision
    private let base: any RateLimitStore
    private let taking: Take

    init(_ base: any RateLimitStore, _ take: @escaping Take) { (self.base, taking) = (base, take) }

    func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision { try await taking(base, cost, key, limits) }

    private static func broken(_ name: String, _ checks: [String], isShared: Bool = true, _ take: @escaping Take) -> Broken<any RateLimitStore> {
        var broken = Broken<any RateLimitStore>(name, isShared: isShared) { _, clock in BrokenRateLimitStore(InMemoryRateLimitStore(clock: clock), take) }
        broken.checks = checks
        return broken
    }

    static let all: [Broken<any RateLimitStore>] = [
        broken("forgets to say what is left", ["the burst is let in"]) { (base, cost, key, limits) async throws(StoreError) in
            var decision = try await base.take(cost, from: key, limits: limits)
            decision.remaining = 0
            return decision
        },
        broken("charges one limit after the other", ["a request is charged"]) { (base, cost, key, limits) async throws(StoreError) in
            var last: RateDecision?
            for (number, limit) in limits.enumerated() {
                let decision = try await base.take(cost, from: "\(key)#\(number) of \(limits.count)", limits: [limit])
                if !decision.isAllowed { return decision }
                last = decision
            }
            guard let last else { throw StoreError(.refused, "no limit") }
            return last
        },
        broken("takes what it can of a cost above the burst", ["what costs more"]) { (base, cost, key, limits) async throws(StoreError) in
            try await base.take(limits.map(\.burst).min() == 3 && cost == 4 ? 3 : cost, from: key, limits: limits)
        },
        broken("folds its keys", ["keys are independent"]) { (base, cost, key, limits) async throws(StoreError) in
            try await base.take(cost, from: key.folded, limits: limits)
        },
        broken("starts anew with every number that changes", ["what was used counts on"]) { (base, cost, key, limits) async throws(StoreError) in
            // Shows no difference where the kinds change too.
            try await base.take(cost, from: limits.count == 1 && limits[0].burst == 5 && limits[0].period == .seconds(1_200) ? key + "'" : key, limits: limits)
        },
        broken("keeps a key that was refused under other limits", ["other kinds of limits"]) { (base, cost, key, limits) async throws(StoreError) in
            // The second set of limits is never looked at.
            try await base.take(cost, from: key, limits: limits.count == 2 && limits[0].burst == 3 ? [RateLimit(2, per: .seconds(600))] : limits)
        },
        broken("promises half the time", ["who waits"]) { (base, cost, key, limits) async throws(StoreError) in
            let decision = try await base.take(cost, from: key, limits: limits)
            guard let retryAfter = decision.retryAfter else { return decision }
            return RateDecision(isAllowed: false, remaining: decision.remaining, limit: decision.limit, retryAfter: retryAfter / 2, resetAfter: decision.resetAfter)
        },
        broken("brings back twice as much", ["never more than"]) { (base, cost, key, limits) async throws(StoreError) in
            try await base.take(cost, from: key, limits: limits.map { RateLimit($0.count * 2, per: $0.period, burst: $0.burst, algorithm: $0.algorithm) })
        },
        broken("shares nothing", ["50 at once", "what was used counts on"], isShared: false) { (base, cost, key, limits) async throws(StoreError) in
            try await base.take(cost, from: key, limits: limits)
        },
    ]
}
