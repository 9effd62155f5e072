/// A number and a threshold, with another threshold at which it is over, so that a number near the first does not flap.
public struct AlertCondition: Sendable, Hashable {
    /// On which side of the threshold trouble is.
    public enum Comparison: String, Sendable, Hashable {
        case above, below
    }

    /// How a number stands to the condition.
    public enum Verdict: Sendable, Hashable {
        /// Beyond the threshold.
        case holds
        /// Between the two thresholds: neither begins trouble nor ends it.
        case between
        /// On the good side of the clearing threshold.
        case clear
        /// There is no number.
        case unknown
    }

    /// What is compared.
    public var expression: AlertExpression
    /// On which side trouble is.
    public var comparison: Comparison
    /// From where on it holds, itself not included.
    public var threshold: Double
    /// Where it is over, itself included; on the good side of the threshold, or equal.
    public var clearThreshold: Double

    /// Makes a condition.
    ///
    /// - Parameter clearing: Where it is over; by default the threshold itself. One on the bad side counts as the threshold.
    public init(_ expression: AlertExpression, _ comparison: Comparison, _ threshold: Double, clearing: Double? = nil) {
        self.expression = expression
        self.comparison = comparison
        self.threshold = threshold
        let clearing = clearing ?? threshold
        clearThreshold = comparison == .above ? min(threshold, clearing) : max(threshold, clearing)
    }

    /// Judges a number.
    public func judge(_ value: Double?) -> Verdict {
        guard let value, !value.isNaN else { return .unknown }
        switch comparison {
        case .above: return value > threshold ? .holds : value <= clearThreshold ? .clear : .between
        case .below: return value < threshold ? .holds : value >= clearThreshold ? .clear : .between
        }
    }

    /// All of several conditions: holds when all hold, is over when one is over.
    static func all(_ verdicts: [Verdict]) -> Verdict {
        if verdicts.contains(.clear) { return .clear }
        if verdicts.contains(.unknown) { return .unknown }
        return verdicts.allSatisfy { $0 == .holds } ? .holds : .between
    }
}
