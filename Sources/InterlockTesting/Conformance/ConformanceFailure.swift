/// A rule of a contract that does not hold: what was expected, what came, and where the rule is written.
public struct ConformanceFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the check that found it.
    public let check: String
    /// What should have happened.
    public let expected: String
    /// What happened.
    public let found: String
    /// The rule that is broken, and where it is written.
    public let rule: String

    public var description: String { "\(check): expected \(expected), but found \(found). The rule: \(rule)" }
}
