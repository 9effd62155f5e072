/// What a doctor found, and what it could not tell.
public struct Diagnosis: Sendable {
    /// Ordered: the gravest first.
    public var findings: [DoctorFinding]
    /// What could not be told, each with the reason.
    public var undecided: [String]
    /// What was looked at and found in order.
    public var sound: [String]

    /// Whether nothing is wrong with what could be told; notes do not count.
    public var isHealthy: Bool { !findings.contains { $0.severity > .note } }
}
