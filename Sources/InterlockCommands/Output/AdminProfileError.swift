/// Why a server's admin listener gave no profile.
struct AdminProfileError: Error, Sendable, CustomStringConvertible {
    var description: String

    static func refused(status: Int) -> AdminProfileError {
        let reason =
            switch status {
            case 401, 403: "it wants a token: --admin-token, the one the server was started with"
            case 404, 405: "it has no profiler: a server of this version, with its admin listener on (`interlock serve --admin-port`), has"
            case 409, 429, 503: "it is being profiled already: wait for that to end"
            default: "it answered with HTTP status \(status)"
            }
        return AdminProfileError(description: "the admin listener gave no profile: \(reason)")
    }
}
