public import InterlockJSON

/// One thing that is asked of a server again and again, always the same.
public enum ProbeOperation: Sendable, Hashable, CustomStringConvertible {
    case call(tool: String, arguments: RawJSON)
    case listTools
    /// A call of a tool that does not exist.
    case failingCall
    /// A call of a tool with arguments that its schema refuses.
    case refusedCall(tool: String, arguments: RawJSON)
    /// A call that is cancelled when half of the time has gone that such a call takes: when it is on its way, and not answered yet.
    case cancelledCall(tool: String, arguments: RawJSON)
    /// A legacy session from `initialize` to its end.
    case session
    /// A legacy session that is begun and left, as most clients do: nobody ends it.
    case abandonedSession
    /// A connection of its own with one question.
    case connection

    public var description: String {
        switch self {
        case .call(let tool, _): tool
        case .listTools: "tools/list"
        case .failingCall: "calls that fail"
        case .refusedCall(let tool, _): "\(tool), refused"
        case .cancelledCall(let tool, _): "\(tool), cancelled"
        case .session: "sessions"
        case .abandonedSession: "sessions that nobody ends"
        case .connection: "connections"
        }
    }

    /// What one cycle is called in a sentence.
    public var unit: String {
        switch self {
        case .call, .failingCall, .refusedCall, .cancelledCall: "call"
        case .listTools: "list"
        case .session, .abandonedSession: "session"
        case .connection: "connection"
        }
    }
}
