import InterlockConcurrency

/// Judges snapshots by rules and says what is to be told. A pure value.
public struct AlertEvaluator: Sendable {
    private struct Entry: Sendable {
        var rule: AlertRule
        var machine: AlertStateMachine
        var values: [Double?]
        /// The wall time at which it began to fire.
        var startedAt: Int64 = 0

        var isFiring: Bool {
            if case .firing = machine.phase { true } else { false }
        }
    }

    private let service: String
    private var entries: [Entry]
    /// The history of every slope, shared by rules that look at the same one.
    private var slopes: [AlertExpression: MemorySlope] = [:]

    /// Makes an evaluator of rules.
    ///
    /// - Parameters:
    ///   - service: What notifications call the service.
    ///   - deduplication: How long a rule that was announced stays quiet when it fires again.
    public init(rules: [AlertRule], service: String, deduplication: Duration = .seconds(900)) {
        self.service = service
        entries = rules.map { rule in
            Entry(
                rule: rule, machine: AlertStateMachine(for: rule.duration, deduplication: deduplication),
                values: rule.conditions.map { _ in nil })
        }
        for rule in rules {
            for slope in rule.conditions.flatMap(\.expression.slopes) { slopes[slope.expression] = MemorySlope(over: slope.window) }
        }
    }

    /// Where all alerts stand, in the order of the rules.
    public var status: [AlertStatus] {
        entries.map { AlertStatus(rule: $0.rule, phase: $0.machine.phase, values: $0.values) }
    }

    /// Judges one snapshot, at the time it was taken.
    ///
    /// - Returns: what is to be told, in the order of the rules.
    public mutating func evaluate(_ snapshot: MetricsSnapshot) -> [AlertNotification] {
        for expression in slopes.keys {
            guard case .slope(let selector, _) = expression, let sum = AlertExpression.sum(selector, in: snapshot) else { continue }
            slopes[expression]?.add(sum, at: snapshot.time)
        }
        // Estimated at most once each, however many rules look at it.
        let estimates = slopes.mapValues { $0.estimate()?.low }
        return entries.indices.compactMap { judge($0, snapshot, estimates) }
    }

    private mutating func judge(_ index: Int, _ snapshot: MetricsSnapshot, _ slopes: [AlertExpression: Double?]) -> AlertNotification? {
        let rule = entries[index].rule
        guard !rule.conditions.isEmpty else { return nil }
        let values = rule.conditions.map { $0.expression.evaluate(snapshot) { slopes[$0] ?? nil } }
        entries[index].values = values
        let verdict = AlertCondition.all(zip(rule.conditions, values).map { $0.judge($1) })
        let wasFiring = entries[index].isFiring
        let announcement = entries[index].machine.observe(verdict, now: snapshot.time)
        if entries[index].isFiring, !wasFiring { entries[index].startedAt = snapshot.wallTime }
        guard let announcement else { return nil }
        return AlertNotification(
            rule: rule, values: values, startedAt: entries[index].startedAt, endedAt: announcement == .resolved ? snapshot.wallTime : nil,
            service: service)
    }
}
