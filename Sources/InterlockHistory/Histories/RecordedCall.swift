/// One call of a concurrent object as a client saw it: what it asked, when, and what it learned.
///
/// Instants are integers of any one clock (nanoseconds, or a counter that only grows); only their order matters. Two
/// calls whose intervals touch or overlap are concurrent: either may have taken effect first.
public struct RecordedCall<Input: Hashable & Sendable, Output: Hashable & Sendable>: Hashable, Sendable {
    /// What the client knows about how its call ended.
    public enum Outcome: Hashable, Sendable {
        /// The call came back with an answer, at this instant.
        case returned(Output, at: Int64)
        /// No answer came (timeout, lost connection, crash): the call may have taken effect at any instant since it was
        /// made, may still do so, or never will.
        case unknown
    }

    /// Who made the call, for the reader of a report; the checker gives it no meaning.
    public var client: String
    /// What was asked.
    public var input: Input
    /// The instant at or before which the call left the client.
    public var called: Int64
    /// How it ended.
    public var outcome: Outcome

    /// Makes a call by hand; a ``HistoryRecorder`` makes them from running code.
    public init(client: String, input: Input, called: Int64, outcome: Outcome) {
        self.client = client
        self.input = input
        self.called = called
        self.outcome = outcome
    }

    /// The answer, or `nil` if none came.
    public var output: Output? {
        if case .returned(let output, _) = outcome { output } else { nil }
    }

    /// The instant of the answer, or `nil` if none came.
    public var returned: Int64? {
        if case .returned(_, let instant) = outcome { instant } else { nil }
    }
}
