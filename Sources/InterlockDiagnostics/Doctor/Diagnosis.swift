/// What a doctor found, and what it could not tell.
public struct Diagnosis: Sendable {
    /// Ordered: the gravest first.
    public var findings: [DoctorFinding]
    /// What could not be told, each with the reason.
    public var undecided: [String]
    /// What was looked at and found in order.
    public var sound: [String]
    /// Of ``undecided``, what a busy machine kept from being told, with what it looked like.
    public var disturbed: [Disturbance] = []

    /// Something that was seen, and that the machine may have brought about.
    public struct Disturbance: Sendable, Hashable {
        /// What it would be if the server had done it.
        public var code: DoctorFinding.Code
        public var reason: String

        public init(_ code: DoctorFinding.Code, _ reason: String) {
            self.code = code
            self.reason = reason
        }
    }

    /// Whether nothing is wrong with what could be told; notes do not count.
    public var isHealthy: Bool { !findings.contains { $0.severity > .note } }

    mutating func disturb(_ code: DoctorFinding.Code, _ reason: String) {
        undecided.append(reason)
        disturbed.append(Disturbance(code, reason))
    }
}
