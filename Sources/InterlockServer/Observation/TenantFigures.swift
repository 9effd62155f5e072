import CoreMetrics
import InterlockConcurrency
import Synchronization

/// What became of the calls of each tenant: of so many tenants by name, the rest together as `other`.
final class TenantInstruments: Sendable {
    private struct Instruments {
        var calls: [Counter]
        var count = 0
        var failures = 0
    }

    /// Tenants that have a label of their own.
    static let named = 50
    private let factory: (any MetricsFactory)?
    private let tenants = Mutex<[String: Instruments]>([:])

    init(factory: (any MetricsFactory)?) { self.factory = factory }

    func record(_ outcome: CallOutcome, tenant: String) {
        let counter: Counter? = tenants.withLock { tenants in
            let name = tenants[tenant] != nil || tenants.count < Self.named ? tenant : "other"
            var instruments = tenants[name] ?? make(name)
            instruments.count += 1
            if outcome != .ok { instruments.failures += 1 }
            tenants[name] = instruments
            return instruments.calls.isEmpty ? nil : instruments.calls[outcome.index]
        }
        counter?.increment()
    }

    private func make(_ tenant: String) -> Instruments {
        guard let factory else { return Instruments(calls: []) }
        return Instruments(calls: CallOutcome.allCases.map {
            Counter(label: "interlock_tenant_calls_total", dimensions: [("tenant", tenant), ("outcome", $0.rawValue)], factory: factory)
        })
    }

    /// By tenant: calls that ended, and those of them that did not end well.
    var figures: [String: (calls: Int, failures: Int)] { tenants.withLock { $0.mapValues { ($0.count, $0.failures) } } }
}
