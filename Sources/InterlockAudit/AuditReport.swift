/// What an audit of some files found.
public struct AuditReport: Sendable, Hashable, Codable {
    /// A finding that a comment in the source allows, with its reason.
    public struct Allowed: Sendable, Hashable, Codable {
        public let finding: Finding
        public let reason: String
    }

    /// Hazards, by file and line.
    public let findings: [Finding]
    /// Hazards that the source explains, by file and line.
    public let allowed: [Allowed]
    /// How many files were read.
    public let fileCount: Int
}
