import InterlockConcurrency

/// One call that was slow: what, for whom, how long; never its arguments.
public struct CallRecord: Sendable, Hashable {
    /// The method, for example `tools/call`.
    public var operation: String
    /// The tool, prompt or resource; `nil` where the method names none.
    public var name: String?
    /// Whose it was, where the credential said.
    public var tenant: String?
    /// When it came, in milliseconds since the Unix epoch.
    public var startedAt: Int64
    /// How long it waited for locks, permits and its turn before its handler began.
    public var wait: Duration
    /// From its arrival to its answer.
    public var duration: Duration
    public var outcome: CallOutcome
    /// The trace it belongs to (W3C Trace Context), if it has one.
    public var traceID: String?
}
