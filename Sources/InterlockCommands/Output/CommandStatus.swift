/// The exit codes of `interlock`: up to 5 the same as those of the MCP Inspector.
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
    /// The server ended in good order and is to be started again, because it had grown larger than it may be; `EX_TEMPFAIL` of sysexits.
    /// Not 0, so that a supervisor that starts again what has failed does so.
    case startAgain = 75

    /// What the JSON error line calls it.
    var name: String {
        switch self {
        case .ok: "ok"
        case .usage: "usage"
        case .unauthorized: "unauthorized"
        case .unreachable: "unreachable"
        case .toolFailed: "tool_error"
        case .nothingChecked: "nothing_checked"
        case .startAgain: "start_again"
        }
    }
}
