/// A known pattern that was seen in a profile, with its evidence.
public struct ProfileHint: Sendable, Hashable {
    /// What programs tell hints apart by.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        case schemaPerCall = "schema-per-call"
        case largePayloads = "large-payloads"
        case hashOnPool = "hash-on-pool"
        case unboundedRegex = "unbounded-regex"
        case deepCopies = "deep-copies"
    }

    public var code: Code
    /// Of the samples it was looked for in, from 0 to 1.
    public var share: Double
    /// Samples in which it was seen.
    public var samples: Int
    /// The function it was seen by, in the stack that showed it most often.
    public var frame: StackFrame
    /// What it is.
    public var sentence: String
    /// What to do.
    public var advice: String
}
