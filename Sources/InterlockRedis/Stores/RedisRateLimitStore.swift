public import InterlockConcurrency
internal import InterlockJSON
public import InterlockStorage
import Synchronization

/// Rate limits in Redis, over all instances that use the same prefix: one script decides over all rules of a key, by the server's clock.
///
/// While a key is known to be over its limit it is refused here, without a question to the server. Keys expire a moment after all they have used
/// has come back; that moment is drawn at random, so that many keys do not expire at once.
public final class RedisRateLimitStore: RateLimitStore {
    private struct KnownRefusal: Sendable {
        let cost: Int
        let limits: [RateLimit]
        let decision: RateDecision
        let until: MonotonicTime
        let resetAt: MonotonicTime
    }

    private let client: RedisClient
    private let keys: KeySpace
    private let known: LRUCache<ExactName, KnownRefusal>
    private let scriptTime: (@Sendable () -> (seconds: Int64, microseconds: Int64))?
    private let refusals = Atomic<Int>(0)

    /// - Parameter rememberedRefusals: keys that are refused without asking, at most; those asked for longest ago are forgotten.
    public convenience init(_ client: RedisClient, rememberedRefusals: Int = 10_000) {
        self.init(client, rememberedRefusals: rememberedRefusals, scriptTime: nil)
    }

    /// - Parameter scriptTime: stands in for the server's clock; for tests.
    package init(_ client: RedisClient, rememberedRefusals: Int, scriptTime: (@Sendable () -> (seconds: Int64, microseconds: Int64))?) {
        self.client = client
        self.scriptTime = scriptTime
        keys = KeySpace(client.configuration.prefix)
        known = LRUCache(.entries(rememberedRefusals), name: "Redis rate refusals", clock: client.clock)
    }

    /// Requests refused without asking the server.
    public var refusedLocally: Int { refusals.load(ordering: .relaxed) }

    public func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
        try RateLimit.check(limits, cost: cost)
        let name = ExactName(text: key)
        let now = client.clock.now
        if let refusal = known.value(for: name), refusal.cost <= cost, refusal.limits == limits, refusal.until > now {
            refusals.add(1, ordering: .relaxed)
            var decision = RateDecision(
                isAllowed: false, remaining: refusal.decision.remaining, limit: refusal.decision.limit, retryAfter: refusal.until - now,
                resetAfter: max(.zero, refusal.resetAt - now))
            decision.rule = refusal.decision.rule
            return decision
        }
        let jitter = Int64(client.random.fraction() * 1_000)
        let arguments = try RateScript.arguments(cost, limits, now: scriptTime?(), jitter: jitter)
        let decision = try RateScript.decision(try await client.run(RateScript.taking, keys: [keys.key("rate", key)], arguments: arguments))
        if !decision.isAllowed, let retryAfter = decision.retryAfter {
            // Counted from before the question, so that nobody is refused here whom the server would let in.
            let refusal = KnownRefusal(cost: cost, limits: limits, decision: decision, until: now + retryAfter, resetAt: now + decision.resetAfter)
            known.set(refusal, for: name, ttl: retryAfter)
        }
        return decision
    }
}
