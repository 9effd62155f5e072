import InterlockConcurrency
import Synchronization

/// What one tenant uses at present: its rate limits, its lane in the queue, its sessions and bytes.
///
/// Made when the tenant is first seen; its ``TenantStates`` forgets it when it is idle and its place is needed.
final class TenantState: Sendable {
    private struct Live {
        var terms: TenantTerms
        var tools: [String: RateLimiter<Int>] = [:]
        /// The last refusal for the tenant's own limits, whose answers serve for its whole second.
        var last: (figures: RefusalFigures, refusal: TenantRefusal)?
        /// What a shared store refused under these terms.
        var refusals = KnownRefusals()
    }

    /// One limiter is one key: each tenant has limits of its own.
    private static let key = 0

    let name: String?
    /// Its lane in the server's queue, with its weight and its own limit.
    let lane: GroupLimiter<UInt64>.Group?
    /// Sessions that live with their connection here, or that no store counts: these are bounded here.
    let sessions = Atomic<Int>(0)
    /// Sessions of a store that are live here: the store counts them, over all instances.
    let keptSessions = Atomic<Int>(0)
    let pendingBytes = Atomic<Int>(0)
    private let rates: RateLimiter<Int>
    private let live: Mutex<Live>
    let clock: any SchedulingClock
    /// Whether the limits here stand in for a shared store and are a part of the whole ones.
    private let isFallback: Bool

    init(_ name: String?, _ terms: TenantTerms, lane: GroupLimiter<UInt64>.Group?, isFallback: Bool, clock: any SchedulingClock) {
        self.name = name
        self.lane = lane
        self.clock = clock
        self.isFallback = isFallback
        rates = RateLimiter(Self.limits(terms.policy.rateLimits, terms, isFallback), maxKeys: 1, name: "the tenant's rate", clock: clock)
        live = Mutex(Live(terms: terms))
        live.withLock { fillTools(&$0) }
    }

    var terms: TenantTerms { live.withLock { $0.terms } }

    /// The terms in force, and what a shared store is known to refuse under them.
    var termsAndRefusals: (TenantTerms, KnownRefusals) { live.withLock { ($0.terms, $0.refusals) } }

    /// Keeps a refusal of a shared store, unless other terms are in force by now.
    ///
    /// - Parameter tool: `nil` for the tenant's own limits.
    func remember(_ refusal: RateDecision, of units: Int, tool: String?, under terms: TenantTerms, asked: MonotonicTime) {
        live.withLock { live in
            guard live.terms === terms else { return }
            live.refusals.remember(refusal, of: units, tool: tool, asked: asked)
        }
    }

    /// Sessions of both kinds now.
    var sessionCount: Int { sessions.load(ordering: .relaxed) + keptSessions.load(ordering: .relaxed) }

    /// Whether it has sessions, requests or waiters, and must not be forgotten.
    var isHeld: Bool {
        if sessionCount > 0 || pendingBytes.load(ordering: .relaxed) > 0 { return true }
        guard let lane = lane?.snapshot else { return false }
        return lane.active > 0 || lane.waiting > 0
    }

    /// When all it has used of its limits will have come back.
    var recovery: Duration {
        let tools = live.withLock { Array($0.tools.values) }
        return tools.reduce(rates.peek(for: Self.key, cost: 0).resetAfter) { max($0, $1.peek(for: Self.key, cost: 0).resetAfter) }
    }

    /// Puts newer terms in force. What was used counts on where the limits keep their number and kind; a shared store is asked anew.
    func adopt(_ terms: TenantTerms) {
        let isNew = live.withLock { live in
            guard terms.generation > live.terms.generation else { return false }
            live.terms = terms
            live.refusals = KnownRefusals()
            rates.setLimits(Self.limits(terms.policy.rateLimits, terms, isFallback))
            fillTools(&live)
            return true
        }
        guard isNew, let lane else { return }
        // The lane is told outside the lock, so another thread may be doing it with other terms: the latest have the last word.
        var told: TenantTerms
        repeat {
            told = self.terms
            lane.setWeight(told.policy.weight)
            lane.setLimit(told.policy.maximumInFlight)
        } while told !== self.terms
    }

    /// Charges units to the tenant and a call to the tool, or nothing at all when either is over its limit.
    ///
    /// - Parameter units: none when all of the tenant's own part has been charged before.
    func take(tool: String?, units: Int) -> TenantRefusal? {
        let (terms, toolRates) = live.withLock { live in
            (live.terms, live.tools.isEmpty ? nil : tool.flatMap { live.tools[$0] })
        }
        let now = clock.now
        if let tool, let toolRates {
            let decision = toolRates.take(for: Self.key, now: now)
            guard decision.isAllowed else {
                let policyField = TenantTerms.policyField(terms.policy.toolRateLimits[tool] ?? [], named: "tool")
                return TenantRefusal(.overToolLimit, decision, policyField: policyField)
            }
        }
        guard units > 0, !terms.policy.rateLimits.isEmpty else { return nil }
        let decision = rates.take(for: Self.key, cost: units, now: now)
        if decision.isAllowed { return nil }
        toolRates?.giveBack(for: Self.key)
        return refusal(decision, terms)
    }

    private func refusal(_ decision: RateDecision, _ terms: TenantTerms) -> TenantRefusal {
        let figures = RefusalFigures(
            rule: decision.rule, remaining: decision.remaining, retrySeconds: decision.retryAfter?.secondsRoundedUp,
            resetSeconds: decision.resetAfter.secondsRoundedUp, generation: terms.generation)
        return live.withLock { live in
            if let last = live.last, last.figures == figures { return last.refusal.again(retryAfter: decision.retryAfter) }
            let refusal = TenantRefusal(.overTenantLimit, decision, policyField: terms.policyField)
            live.last = (figures, refusal)
            return refusal
        }
    }

    private func fillTools(_ live: inout Live) {
        let policy = live.terms.policy
        live.tools = live.tools.filter { policy.toolRateLimits[$0.key]?.isEmpty == false }
        for (tool, limits) in policy.toolRateLimits where !limits.isEmpty {
            let limits = Self.limits(limits, live.terms, isFallback)
            if let known = live.tools[tool] { known.setLimits(limits) } else {
                live.tools[tool] = RateLimiter(limits, maxKeys: 1, name: "the tenant's rate of a tool", clock: clock)
            }
        }
    }

    /// The limits of the policy, or of its part for this instance while a shared store fails.
    private static func limits(_ limits: [RateLimit], _ terms: TenantTerms, _ isFallback: Bool) -> [RateLimit] {
        guard isFallback, case .local(let fraction) = terms.policy.whenStoreFails, fraction < 1 else { return limits }
        return limits.map { limit in
            var part = limit
            part.count = max(1, Int(Double(limit.count) * fraction))
            part.burst = max(1, Int(Double(limit.burst) * fraction))
            return part
        }
    }
}
