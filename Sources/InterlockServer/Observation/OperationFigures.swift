public import InterlockConcurrency

/// What became of the calls of one operation, or one tool, since the server was made.
public struct OperationFigures: Sendable, Hashable {
    /// The method, for example `tools/call`.
    public var operation: String
    /// The tool, where the method calls one.
    public var tool: String?
    /// Calls that ended, by how.
    public var outcomes: [CallOutcome: Int]
    /// From arrival to answer.
    public var durations: DurationHistogram
    /// Waiting for locks, permits and a turn before the handler began.
    public var waits: DurationHistogram

    /// Calls that ended.
    public var count: Int { outcomes.values.reduce(0, +) }
}
