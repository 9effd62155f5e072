public import InterlockConcurrency
public import InterlockStorage
public import Logging
import Synchronization

/// What the tenants use at present, and whether they may use more: rate limits, sessions, bytes, their lanes in the queue.
///
/// Bounded: at most so many tenants are in memory; see ``TenantStatesSnapshot`` for who goes. Everything is safe from any
/// thread, and a decision is a few short critical sections without a suspension, unless a shared store has to be asked.
public final class TenantStates: Sendable {
    /// The configuration that says how much is allowed.
    public let directory: TenantDirectory
    private let table: Mutex<TenantTable>
    private let limiter: GroupLimiter<UInt64>?
    private let shared: SharedTenantRates?
    let clock: any SchedulingClock
    private let refusals = RefusalCounts<TenantRefusal.Reason>()

    /// Makes a table in which no tenant has used anything.
    ///
    /// - Parameters:
    ///   - limiter: The server's limiter of calls, in which each tenant gets a lane with its weight and its own limit.
    ///   - store: Where rate limits are kept for all instances together; `nil` keeps them here.
    ///   - maximumTenants: Tenants in memory at a time, at least 1.
    ///   - clock: Decides what has come back; a shared store goes by its own.
    ///   - logger: Learns that the store fails and that it answers again.
    public init(
        directory: TenantDirectory, limiter: GroupLimiter<UInt64>? = nil, store: (any RateLimitStore)? = nil, maximumTenants: Int = 10_000,
        clock: any SchedulingClock = SystemClock.shared, logger: Logger = Logger(label: "interlock.tenants")
    ) {
        self.directory = directory
        self.limiter = limiter
        self.clock = clock
        shared = store.map { SharedTenantRates($0, logger: logger) }
        table = Mutex(TenantTable(maximum: maximumTenants))
    }

    // MARK: - Rates

    /// Charges one call of a tool, or with `nil` one request that is none, as far as it has not been charged.
    ///
    /// The tenant's own limits are charged the tool's cost, less what ``TenantGate`` took from them when the request
    /// came; the tool's limits one call. It is all or nothing, except that a shared store keeps the tool's call charged
    /// when only the tenant's limit refuses.
    public func take(tenant: String?, tool: String?, charge: TenantCharge) -> TenantAdmission {
        switch find(tenant) {
        case .failure(let refusal):
            return .refused(counted(refusal))
        case .success(let (state, terms)):
            if charge == .whole { return .admitted }
            let cost = tool.map { terms.policy.cost(of: $0) } ?? 1
            return take(state, tool: tool, units: max(0, charge == .request ? cost - 1 : cost))
        }
    }

    /// Charges a request by its head: the tool's whole cost where the head names one, else one unit.
    func takeRequest(of tenant: String?, tool: String?) -> TenantAdmission {
        take(tenant: tenant, tool: tool, charge: .nothing)
    }

    /// Whether the tenant is served at all; charges nothing.
    func check(_ tenant: String?) -> TenantRefusal? {
        switch find(tenant) {
        case .success: nil
        case .failure(let refusal): counted(refusal)
        }
    }

    private func take(_ state: TenantState, tool: String?, units: Int) -> TenantAdmission {
        guard let shared else { return state.take(tool: tool, units: units).map { .refused(counted($0)) } ?? .admitted }
        if let known = shared.knownRefusal(state, tool: tool, units: units) { return .refused(counted(known)) }
        return .later { [self] () async throws(CancellationError) -> TenantRefusal? in
            try await shared.take(state, tool: tool, units: units).map(counted)
        }
    }

    private func counted(_ refusal: TenantRefusal) -> TenantRefusal {
        refusals.count(refusal.reason)
        return refusal
    }

    // MARK: - Features

    /// Which features a tenant sees; none at all when it is refused.
    public func filter(of tenant: String?) -> TenantFeatureFilter? {
        directory.terms(of: tenant).flatMap { $0.policy.isEnabled ? $0.filter : nil }
    }

    // MARK: - Calls, sessions, bytes

    /// The tenant's lane in the queue: take a call's permit from it. `nil` without a limiter, and when the tenant is refused.
    ///
    /// Charge the call's bytes before and refund them after: what has bytes charged is never forgotten, so a tenant
    /// never has two lanes.
    public func lane(of tenant: String?) -> GroupLimiter<UInt64>.Group? {
        withState(of: tenant) { state, _ in state.lane } ?? nil
    }

    /// Charges the bytes of a request that runs or waits; `false` when they do not fit into the tenant's budget.
    ///
    /// - Parameter bytes: At least 1 is charged. Give the same number to ``refund(_:to:)`` when the request has ended.
    public func charge(_ bytes: Int, to tenant: String?) -> Bool {
        withState(of: tenant) { state, terms in
            Self.add(max(1, bytes), to: state.pendingBytes, atMost: terms.policy.maximumPendingBytes)
        } ?? false
    }

    /// Gives back what ``charge(_:to:)`` took.
    public func refund(_ bytes: Int, to tenant: String?) {
        table.withLock { _ = $0[tenant]?.pendingBytes.subtract(max(1, bytes), ordering: .relaxed) }
    }

    /// Counts a session; `false` when the tenant has as many as it may. Answer that with 503 and `Retry-After`.
    ///
    /// - Parameter isBounded: `false` for a session that a store counts over all instances, by ``SessionStore/create(_:within:)``: it is refused only to
    ///   a tenant that is not served at all, and takes no place of those that are bounded here.
    public func openSession(of tenant: String?, isBounded: Bool = true) -> Bool {
        withState(of: tenant) { state, terms in
            guard isBounded else { return Self.add(1, to: state.keptSessions, atMost: nil) }
            return Self.add(1, to: state.sessions, atMost: terms.policy.maximumSessions)
        } ?? false
    }

    /// Counts the end of a session that ``openSession(of:isBounded:)`` let in, as the same kind.
    public func closeSession(of tenant: String?, isBounded: Bool = true) {
        table.withLock { table in
            guard let state = table[tenant] else { return }
            _ = isBounded ? state.sessions.subtract(1, ordering: .relaxed) : state.keptSessions.subtract(1, ordering: .relaxed)
        }
    }

    /// Sessions of a tenant that are live here now, of both kinds.
    public func sessionCount(of tenant: String?) -> Int { table.withLock { $0[tenant]?.sessionCount ?? 0 } }

    /// Bytes of a tenant's requests that run or wait now.
    public func pendingBytes(of tenant: String?) -> Int { table.withLock { $0[tenant]?.pendingBytes.load(ordering: .relaxed) ?? 0 } }

    /// The state and the counters now.
    public var snapshot: TenantStatesSnapshot {
        let failure = directory.lastFailure?.description
        return table.withLock { table in
            TenantStatesSnapshot(
                tenants: table.count, evictedIdle: table.evictedIdle, evictedLive: table.evictedLive, refused: table.refused, refusals: refusals.all,
                storeFailures: shared?.failures ?? 0, isStoreDegraded: shared?.isDegraded ?? false, configurationFailure: failure)
        }
    }

    // MARK: - Inside

    private static func add(_ count: Int, to counter: borrowing Atomic<Int>, atMost maximum: Int?) -> Bool {
        let (_, after) = counter.add(count, ordering: .relaxed)
        if after <= maximum ?? .max { return true }
        counter.subtract(count, ordering: .relaxed)
        return false
    }

    private func find(_ tenant: String?) -> Result<(TenantState, TenantTerms), TenantRefusal> {
        let generation = directory.generation
        if let state = table.withLock({ $0[tenant] }) {
            let terms = state.terms
            if terms.generation >= generation { return terms.policy.isEnabled ? .success((state, terms)) : .failure(TenantRefusal(.disabled)) }
        }
        guard let terms = directory.terms(of: tenant) else { return .failure(TenantRefusal(.unknown)) }
        guard terms.policy.isEnabled else { return .failure(TenantRefusal(.disabled)) }
        let found = table.withLock { table in
            table[tenant] ?? table.insert(tenant) {
                TenantState(
                    tenant, terms, lane: limiter?.group(weight: terms.policy.weight, limit: terms.policy.maximumInFlight),
                    isFallback: shared != nil, clock: clock)
            }
        }
        guard let found else { return .failure(TenantRefusal(.tooManyTenants, retryAfter: .seconds(1))) }
        found.adopt(terms)
        return .success((found, terms))
    }

    /// Does something with a tenant's state while it cannot be forgotten; `nil` when the tenant is refused.
    private func withState<R: Sendable>(of tenant: String?, _ body: (TenantState, TenantTerms) -> R) -> R? {
        while case .success(let (state, terms)) = find(tenant) {
            let result: R? = table.withLock { $0[tenant] === state ? body(state, terms) : nil }
            if let result { return result }
        }
        return nil
    }
}
