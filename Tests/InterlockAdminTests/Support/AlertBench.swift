@testable import InterlockAdmin
import InterlockConcurrency
import InterlockJSON
import InterlockObservability
import InterlockSimulation
import Synchronization

/// A value that a test sets while others read it.
final class Dial<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value {
        get { mutex.withLock { $0 } }
        set { mutex.withLock { $0 = newValue } }
    }
}

/// The alerts that come with the server, judged over the metrics that the admin listener exports.
struct AlertBench {
    /// What a webhook was sent, as `name firing` and `name resolved`.
    private final class Receiver: AlertSink {
        let told = Mutex<[String]>([])

        func deliver(_ body: [UInt8], headers: [(name: String, value: String)]) async throws {
            let alert = try JSONValue(parsing: body)
            told.withLock { $0.append("\(alert["name"]?.string ?? "") \(alert["status"]?.string ?? "")") }
        }
    }

    private let monitor: AlertMonitor
    /// The registry's callbacks do not keep it.
    private let metrics: AdminMetrics
    private let receiver = Receiver()

    /// - Parameters:
    ///   - hasHysteresis: `false` for the control: an alert is over where it began.
    ///   - deduplication: how long an alert that was told of stays quiet.
    init(_ sources: AdminSources, hasHysteresis: Bool = true, deduplication: Duration = .seconds(900)) {
        let rules = AlertRule.stock().map { rule in
            var rule = rule
            if !hasHysteresis { for index in rule.conditions.indices { rule.conditions[index].clearThreshold = rule.conditions[index].threshold } }
            return rule
        }
        metrics = AdminMetrics(sources)
        metrics.export()
        monitor = AlertMonitor(rules: rules, service: "bank", deduplication: deduplication, registry: sources.registry, sink: receiver, clock: sources.clock)
    }

    func judge() { monitor.evaluate() }

    func rule(_ name: String) -> AlertRule? { monitor.status.first { $0.rule.name == name }?.rule }

    func isFiring(_ name: String) -> Bool {
        monitor.status.contains { status in
            if case .firing = status.phase { status.rule.name == name } else { false }
        }
    }

    /// Ends it, and says all that the webhook was sent; about one alert, if it is named.
    func told(of name: String? = nil) async -> [String] {
        monitor.beginShutdown()
        await monitor.run()
        return receiver.told.withLock { $0 }.filter { name == nil || $0.hasPrefix("\(name ?? "") ") }
    }
}
