/// A hazard at a place in the source.
public struct Finding: Sendable, Hashable, Codable {
    /// The file, as it was named to the audit.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in UTF-8 bytes.
    public let column: Int
    /// What kind of hazard.
    public let rule: AuditRule
    /// What was found, in terms of this source.
    public let found: String
    /// Why it is a hazard.
    public let hazard: String
    /// The line or the change that removes it.
    public let remedy: String
}
