/// How a check that found nothing wrong has ended.
public enum ConformanceOutcome: Sendable, Hashable, CustomStringConvertible {
    /// The rule holds.
    case passed
    /// The subject has declared that it cannot do what the rule is about; the reason is for people.
    case skipped(String)

    public var description: String {
        switch self {
        case .passed: "passed"
        case .skipped(let reason): "skipped: \(reason)"
        }
    }
}
