/// The exit codes of `interlock`, the same as those of the MCP Inspector.
enum CommandStatus: Int32, Sendable {
    case ok = 0
    /// The command line or a setting is wrong, or the server could not start.
    case usage = 1
    /// The server wants a credential, or another one.
    case unauthorized = 3
    /// No answer that makes sense came from the server.
    case unreachable = 4
    /// The server answered that it failed.
    case toolFailed = 5
    /// A check ran and learned nothing: nobody answered it, or nothing could be decided. Neither good news nor bad.
    case nothingChecked = 6

    /// What the JSON error line calls it.
    var name: String {
        switch self {
        case .ok: "ok"
        case .usage: "usage"
        case .unauthorized: "unauthorized"
        case .unreachable: "unreachable"
        case .toolFailed: "tool_error"
        case .nothingChecked: "nothing_checked"
        }
    }
}
