import CoreMetrics
import InterlockConcurrency
import Synchronization

/// What became of the calls of each tenant: of so many tenants by name, those that call most of late, the rest together as `other`.
final class TenantInstruments: Sendable {
    private struct Instruments {
        var calls: [Counter]
        var count = 0
        var failures = 0
    }

    private struct State {
        var ranking = TenantRanking(limit: TenantInstruments.named)
        var tenants: [String: Instruments] = [:]
        var other: Instruments?
    }

    /// Tenants that have a label of their own.
    static let named = 50
    private let factory: (any MetricsFactory)?
    private let state = Mutex(State())

    init(factory: (any MetricsFactory)?) { self.factory = factory }

    func record(_ outcome: CallOutcome, tenant: String, now: MonotonicTime) {
        let (counter, gone): (Counter?, [Counter]) = state.withLock { state in
            let label = state.ranking.record(tenant, now: now)
            var gone: [Counter] = []
            for name in label.dropped {
                guard let dropped = state.tenants.removeValue(forKey: name) else { continue }
                gone += dropped.calls
                // Its metric ends, as a counter must not rise by what others counted; in the report the calls go on to count.
                var other = state.other ?? make("other")
                other.count += dropped.count
                other.failures += dropped.failures
                state.other = other
            }
            var instruments = (label.name.map { state.tenants[$0] } ?? state.other) ?? make(label.name ?? "other")
            instruments.count += 1
            if outcome != .ok { instruments.failures += 1 }
            if let name = label.name { state.tenants[name] = instruments } else { state.other = instruments }
            return (instruments.calls.isEmpty ? nil : instruments.calls[outcome.index], gone)
        }
        for counter in gone { counter.destroy() }
        counter?.increment()
    }

    private func make(_ tenant: String) -> Instruments {
        guard let factory else { return Instruments(calls: []) }
        return Instruments(calls: CallOutcome.allCases.map {
            Counter(label: "interlock_tenant_calls_total", dimensions: [("tenant", tenant), ("outcome", $0.rawValue)], factory: factory)
        })
    }

    /// By tenant: calls that ended, and those of them that did not end well; the rest under `nil`, if there is one.
    var figures: [(tenant: String?, calls: Int, failures: Int)] {
        state.withLock { state in
            state.tenants.map { ($0.key, $0.value.count, $0.value.failures) } + (state.other.map { [(nil, $0.count, $0.failures)] } ?? [])
        }
    }
}
