import InterlockConcurrency
import InterlockObservability
import InterlockServer
import InterlockStorage
import Synchronization

extension AdminMetrics {
    func exportStores() {
        for store in sources.stores { export(store) }
    }

    private func export(_ store: any ObservedStore) {
        let (registry, name) = (sources.registry, MetricLabel("store", store.observedName))
        for reason in StoreOutage.Reason.allCases {
            registry.gauge(
                "interlock_store_degraded", help: "1 for the reason why the server works without this store, 0 for the others.",
                labels: [name, MetricLabel("reason", reason.rawValue)]
            ) { store.condition.outage?.reason == reason ? 1 : 0 }
        }
        let window = StoreLatencies(store, clock: sources.clock)
        for (text, share) in [("0.5", 0.5), ("0.99", 0.99)] {
            registry.gauge(
                "interlock_store_latency_seconds", help: "How long the store's operations took in the last minute.",
                labels: [name, MetricLabel("quantile", text)]
            ) { window.quantile(share).map { Double($0.wholeNanoseconds) / 1e9 } }
        }
        guard let traffic = store.condition.traffic else { return }
        func gauge(_ metric: String, _ help: String, labels: [MetricLabel] = [], _ value: @escaping @Sendable (StoreTraffic) -> Int?) {
            registry.gauge(metric, help: help, labels: [name] + labels) { store.condition.traffic.flatMap { value($0).map(Double.init) } }
        }
        func counter(_ metric: String, _ help: String, _ value: @escaping @Sendable (StoreTraffic) -> Int?) {
            registry.counter(metric, help: help, labels: [name]) { store.condition.traffic.flatMap { value($0).map(Double.init) } }
        }
        gauge("interlock_store_waiting", "Commands that wait for a connection or their turn.") { $0.waiting }
        for state in CircuitBreaker.State.allCases {
            gauge(
                "interlock_store_breaker_state", "1 for the state the store's circuit breaker is in, 0 for the others.",
                labels: [MetricLabel("state", state.rawValue)]
            ) { $0.breaker == state ? 1 : 0 }
        }
        counter("interlock_store_commands_total", "Commands that were sent to the store, or were to be.") { $0.commands }
        counter("interlock_store_refused_total", "Commands that the breaker kept away from the store.") { $0.refused }
        counter("interlock_store_failures_total", "Commands that got no answer in time, or no connection.") { $0.failures }
        guard traffic.connections != nil else { return }
        gauge("interlock_store_connections", "Connections to the store that stand.") { $0.connections?.standing }
        gauge("interlock_store_connections_wanted", "Connections to the store there should be.") { $0.connections?.wanted }
        counter("interlock_store_reconnects_total", "Connections to the store that were made anew.") { $0.connections?.reconnects }
    }

    func exportGates() {
        for gate in sources.gates {
            for reason in gate.refusals().keys.sorted() {
                sources.registry.counter(
                    "interlock_gate_refusals_total", help: "Requests that were refused by their head, before they were read.",
                    labels: [MetricLabel("gate", gate.name), MetricLabel("reason", reason)]
                ) { gate.refusals()[reason].map(Double.init) }
            }
        }
    }

    func exportConnections() {
        guard let connections = sources.connections else { return }
        let registry = sources.registry
        registry.gauge("interlock_http_connections_active", help: "HTTP connections that are served.") { connections().map { Double($0.active) } }
        registry.gauge("interlock_http_connections_limit", help: "HTTP connections there may be.") { connections().map { Double($0.limit) } }
        registry.gauge("interlock_http_connections_waiting", help: "HTTP connections that wait to be served.") { connections().map { Double($0.waiting) } }
    }
}

/// The last minute of a store's latencies, of which the store itself only knows the sum since the start.
final class StoreLatencies: Sendable {
    /// How much is covered, to within ``step``.
    static let window = Duration.seconds(60)
    /// The time between two histograms that are kept.
    static let step = Duration.seconds(5)

    private let store: any ObservedStore
    private let clock: any SchedulingClock
    /// One for each step of the window, oldest first; the first is as old as the window or the oldest there is.
    private let looks = Mutex<[(at: MonotonicTime, histogram: DurationHistogram)]>([])

    init(_ store: any ObservedStore, clock: any SchedulingClock) {
        self.store = store
        self.clock = clock
    }

    /// `nil` while nothing was asked of the store for as long as that.
    func quantile(_ share: Double) -> Duration? {
        let (now, histogram) = (clock.now, store.condition.latencies)
        return looks.withLock { looks in
            while looks.count > 1, looks[1].at <= now - Self.window { looks.removeFirst() }
            let interval = IntervalHistogram(from: looks.first?.histogram, to: histogram)
            if looks.last.map({ now - $0.at >= Self.step }) ?? true { looks.append((now, histogram)) }
            return interval.quantile(share)
        }
    }
}
