/// Why a server's admin listener gave no profile.
struct AdminProfileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of reason it is.
    enum Code: Sendable, Hashable {
        /// It wants a token, or another one.
        case unauthorized
        /// It may not, or cannot, record now.
        case refused
        /// What it sent is no profile.
        case badAnswer
    }

    var code: Code
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// An answer with an error.
    ///
    /// - Parameter said: the reason the listener gave, where it gave one.
    init(status: Int, said: String?, presentsToken: Bool) {
        let reason =
            switch status {
            case 401 where presentsToken:
                "it does not take the token of --admin-token: give the token itself, the contents of the file the server was started with"
            case 401: "it wants a token: give --admin-token, with the contents of the file the server was started with"
            case 404, 405: "nothing there records profiles: --admin is the admin listener (`interlock serve --admin-port`), not the MCP endpoint"
            case 409 where said == nil, 429: "it is being profiled already: wait for that to end"
            default: said ?? "it answered with HTTP status \(status)"
            }
        self.init(status == 401 ? .unauthorized : .refused, "the admin listener gave no profile: \(reason)")
    }

    /// The exit code where ``code`` says more than that the process may not be sampled.
    var status: CommandStatus { code == .unauthorized ? .unauthorized : .unreachable }

    var description: String { message }
}
