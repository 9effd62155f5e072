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
    /// Of calls, stalls and growth, what was asked and nothing could be said of.
    public var untold: [DoctorSubject] = []

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
    /// Whether enough could be told to call a server healthy: something at all, and something of calls, stalls and growth where they were asked.
    public var isConclusive: Bool { !isHealthy || (!sound.isEmpty && untold.isEmpty) }

    /// What is said in place of "healthy" where too little could be told.
    package var inconclusive: String {
        let names = untold.map(\.rawValue)
        let listed = names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
        return sound.isEmpty ? "nothing could be told" : "nothing is wrong with what could be told, but \(listed) could not be"
    }

    mutating func disturb(_ code: DoctorFinding.Code, _ reason: String) {
        undecided.append(reason)
        disturbed.append(Disturbance(code, reason))
    }
}
