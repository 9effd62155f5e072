import InterlockConcurrency

/// The tenants in memory, at most as many as its bound: pure but for what their states say of themselves.
///
/// When the bound is reached, the next 16 in turn are looked at: the first idle one that has recovered goes, else of
/// those that hold nothing the one that recovers first. When all 16 hold sessions or requests, nobody goes.
struct TenantTable: Sendable {
    private static let sample = 16

    private var states: [TenantKey: TenantState] = [:]
    private var turns = LinkedSlab<TenantState>()
    private var order = LinkedSlab<TenantState>.List()
    private(set) var evictedIdle = 0
    private(set) var evictedLive = 0
    private(set) var refused = 0
    private let maximum: Int

    init(maximum: Int) {
        self.maximum = max(1, maximum)
    }

    var count: Int { states.count }

    subscript(_ tenant: String?) -> TenantState? { states[TenantKey(tenant)] }

    /// Adds a tenant that is not there; `nil` when there is no place for it.
    mutating func insert(_ tenant: String?, _ make: () -> TenantState) -> TenantState? {
        guard states.count < maximum || evictOne() else {
            refused += 1
            return nil
        }
        let state = make()
        states[TenantKey(tenant)] = state
        _ = turns.append(state, to: &order)
        return state
    }

    private mutating func evictOne() -> Bool {
        var best: (ticket: LinkedSlab<TenantState>.Ticket, recovery: Duration)?
        for _ in 0..<min(Self.sample, order.count) {
            guard let ticket = turns.first(of: order), let state = turns[ticket] else { break }
            turns.rotate(&order)
            if state.isHeld { continue }
            let recovery = state.recovery
            if recovery < best?.recovery ?? .seconds(Int64.max) { best = (ticket, recovery) }
            if recovery <= .zero { break }
        }
        guard let best, let state = turns.remove(best.ticket, from: &order) else { return false }
        if best.recovery <= .zero { evictedIdle += 1 } else { evictedLive += 1 }
        states[TenantKey(state.name)] = nil
        return true
    }
}
