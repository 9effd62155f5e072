/// When people are to be told: conditions that hold together for some time.
public struct AlertRule: Sendable, Hashable {
    /// How soon somebody should look.
    public enum Severity: String, Sendable, Hashable, CaseIterable {
        case info, warning, critical
    }

    /// What the alert is called; different from all other rules.
    public var name: String
    /// How soon somebody should look.
    public var severity: Severity
    /// What is wrong when it fires, in one sentence.
    public var summary: String
    /// What must hold, all of it.
    public var conditions: [AlertCondition]
    /// For how long it must hold without a break before the alert fires.
    public var duration: Duration

    /// Makes a rule. Without conditions it never fires.
    public init(_ name: String, severity: Severity = .warning, summary: String = "", for duration: Duration = .zero, when conditions: [AlertCondition]) {
        self.name = name
        self.severity = severity
        self.summary = summary
        self.conditions = conditions
        self.duration = max(.zero, duration)
    }
}
