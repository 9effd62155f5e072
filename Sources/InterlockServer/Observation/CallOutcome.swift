/// How a call ended, as metrics call it.
public enum CallOutcome: String, Sendable, Hashable, CaseIterable {
    /// Answered with a result.
    case ok
    /// Answered with a result that says `isError`.
    case toolError = "tool_error"
    /// Answered with a JSON-RPC error.
    case protocolError = "protocol_error"
    /// Refused for want of room, by a rate, or by an open breaker.
    case busy
    /// Ended by its client, or with its connection or session.
    case cancelled
    /// Answered at its timeout.
    case timedOut = "timed_out"
    /// Ended because the server's time to drain was over.
    case stopped

    /// Its place in tables with a row for each.
    var index: Int {
        switch self {
        case .ok: 0
        case .toolError: 1
        case .protocolError: 2
        case .busy: 3
        case .cancelled: 4
        case .timedOut: 5
        case .stopped: 6
        }
    }
}
