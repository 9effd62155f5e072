import InterlockConcurrency
import InterlockStorage
import Logging
import Synchronization

/// Rate limits of tenants that hold over all instances, in a store that may fail.
///
/// A refusal of the store is remembered for as long as it holds, for calls that cost as much, until other terms are in
/// force: a tenant that hammers costs the store one question per period. Only a store that fails leads to what the policy
/// says for that case; its ordinary refusals never do, nor does a caller that leaves.
struct SharedTenantRates: Sendable {
    private final class Health: Sendable {
        let failures = Atomic<Int>(0)
        let isDegraded = Atomic<Bool>(false)
    }

    private let store: any RateLimitStore
    private let logger: Logger
    private let health = Health()

    init(_ store: any RateLimitStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Questions the store did not answer.
    var failures: Int { health.failures.load(ordering: .relaxed) }
    /// Whether the last question was not answered.
    var isDegraded: Bool { health.isDegraded.load(ordering: .relaxed) }

    /// A refusal that is known to hold still; decides most of a flood without asking anybody.
    func knownRefusal(_ state: TenantState, tool: String?, units: Int) -> TenantRefusal? {
        let now = state.clock.now
        let (terms, known) = state.termsAndRefusals
        if let tool, let limits = terms.policy.toolRateLimits[tool], !limits.isEmpty, let decision = known.decision(on: 1, tool: tool, now: now) {
            return Self.refusal(.overToolLimit, decision, limits)
        }
        guard units > 0, let decision = known.decision(on: units, tool: nil, now: now) else { return nil }
        return Self.refusal(.overTenantLimit, decision, terms.policy.rateLimits)
    }

    /// Asks the store: for the tool first, then for the tenant. A call that only the tenant's limit refuses stays charged to the tool.
    ///
    /// - Throws: when the caller's task was cancelled meanwhile, which says nothing of the store.
    func take(_ state: TenantState, tool: String?, units: Int) async throws(CancellationError) -> TenantRefusal? {
        let terms = state.terms
        let asked = state.clock.now
        do throws(StoreError) {
            if let tool, let limits = terms.policy.toolRateLimits[tool], !limits.isEmpty {
                let decision = try await store.take(1, from: Self.key(state.name, tool: tool), limits: limits)
                if !decision.isAllowed {
                    state.remember(decision, of: 1, tool: tool, under: terms, asked: asked)
                    return refused(.overToolLimit, decision, limits)
                }
            }
            if units > 0, !terms.policy.rateLimits.isEmpty {
                let decision = try await store.take(units, from: Self.key(state.name), limits: terms.policy.rateLimits)
                if !decision.isAllowed {
                    state.remember(decision, of: units, tool: nil, under: terms, asked: asked)
                    return refused(.overTenantLimit, decision, terms.policy.rateLimits)
                }
            }
            if health.isDegraded.exchange(false, ordering: .relaxed) { logger.notice("the rate limit store answers again") }
            return nil
        } catch {
            return try failed(error, state, terms, tool: tool, units: units)
        }
    }

    private func failed(
        _ error: StoreError, _ state: TenantState, _ terms: TenantTerms, tool: String?, units: Int
    ) throws(CancellationError) -> TenantRefusal? {
        if let cancellation = error.cause as? CancellationError { throw cancellation }
        health.failures.wrappingAdd(1, ordering: .relaxed)
        if !health.isDegraded.exchange(true, ordering: .relaxed) {
            logger.error("the rate limit store does not answer; tenants are served by their whenStoreFails", metadata: ["error": "\(error)"])
        }
        switch terms.policy.whenStoreFails {
        case .allow: return nil
        case .deny: return TenantRefusal(.storeUnavailable, retryAfter: .seconds(1))
        case .local: return state.take(tool: tool, units: units)
        }
    }

    private func refused(_ reason: TenantRefusal.Reason, _ decision: RateDecision, _ limits: [RateLimit]) -> TenantRefusal {
        if health.isDegraded.exchange(false, ordering: .relaxed) { logger.notice("the rate limit store answers again") }
        return Self.refusal(reason, decision, limits)
    }

    private static func refusal(_ reason: TenantRefusal.Reason, _ decision: RateDecision, _ limits: [RateLimit]) -> TenantRefusal {
        TenantRefusal(reason, decision, policyField: TenantTerms.policyField(limits, named: reason == .overToolLimit ? "tool" : "tenant"))
    }

    /// The key in the store: the tenant between the first braces, so that a cluster keeps a tenant's keys together, and
    /// escaped, so that no two tenants share one.
    static func key(_ tenant: String?, tool: String? = nil) -> String {
        let tag = tenant.map { "t:" + escaped($0) } ?? "none"
        return tool.map { "{\(tag)}:tool:\(escaped($0))" } ?? "{\(tag)}"
    }

    private static func escaped(_ name: String) -> String {
        name.replacing("%", with: "%25").replacing("{", with: "%7B").replacing("}", with: "%7D")
    }
}
