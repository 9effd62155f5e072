/// A rule, where its alert stands, and the numbers it was judged by.
public struct AlertStatus: Sendable, Hashable {
    /// The rule.
    public var rule: AlertRule
    /// Where the alert stands.
    public var phase: AlertPhase
    /// The numbers of its conditions at the last evaluation, in their order.
    public var values: [Double?]
}
