internal import InterlockConcurrency
internal import InterlockStorage

extension StoreError {
    static func cancelled(_ place: String) -> StoreError {
        StoreError(.unavailable, "Redis at \(place): the caller was cancelled; whether the command took effect is not known", cause: CancellationError())
    }

    static func tooLate(_ place: String, _ command: String) -> StoreError {
        StoreError(.unavailable, "Redis at \(place): no reply to \(command) within its budget; whether it took effect is not known", outage: .timeout)
    }

    static let shutDown = StoreError(.unavailable, "the Redis client was shut down")

    /// Whether the caller left by itself, which says nothing about the server.
    var isCancellation: Bool { cause is CancellationError }

    /// What an error reply means.
    init(_ reply: RESPErrorReply, to command: String) {
        let code: Code
        let advice: String
        switch reply.code {
        case "NOAUTH", "WRONGPASS": (code, advice) = (.refused, "check user name and password")
        case _ where reply.isDenial: (code, advice) = (.refused, "give the user the right by ACL SETUSER")
        case "OOM": (code, advice) = (.full, "raise maxmemory, or store less")
        case "WRONGTYPE": (code, advice) = (.corrupt, "something else writes under this prefix; choose another")
        case "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "READONLY", "NOREPLICAS", "UNKILLABLE":
            (code, advice) = (.unavailable, "it should pass by itself")
        case "MISCONF": (code, advice) = (.refused, "the server cannot write to its disk")
        case "ERR" where reply.message.contains("max number of clients"): (code, advice) = (.unavailable, "raise maxclients, or lower poolSize")
        default: (code, advice) = (.refused, "the command is not possible here")
        }
        self.init(code, "Redis answered \(command) with '\(reply.message)': \(advice)", outage: StoreOutage.Reason(reply))
    }

    /// What kept a call away, or went wrong underneath, as a store says it.
    init(wrapping error: any Error, at place: String) {
        if let error = error as? StoreError {
            self = error
        } else if let error = error as? AcquireError, error.code == .circuitOpen {
            self.init(.unavailable, "Redis at \(place) has been failing; calls are kept away from it for a moment", cause: error, outage: .breakerOpen)
        } else {
            self.init(.unavailable, "Redis at \(place): \(error)", cause: error)
        }
    }
}

extension RESPErrorReply {
    /// Whether the user lacks a right. Redis 7.0 says `ERR` of what a script may not do, and only in words that it is the user's rights.
    fileprivate var isDenial: Bool { code == "NOPERM" || (code == "ERR" && message.contains("The user executing the script can't ")) }
}

extension StoreOutage.Reason {
    /// What an error reply says of the server as a whole; `nil` if it is about the command alone, or passes by itself within the call.
    init?(_ reply: RESPErrorReply) {
        switch reply.code {
        case "LOADING": self = .loading
        case "READONLY": self = .readOnly
        case "NOAUTH", "WRONGPASS": self = .auth
        case _ where reply.isDenial: self = .auth
        case "OOM": self = .full
        case "MASTERDOWN", "CLUSTERDOWN", "BUSY", "NOREPLICAS", "UNKILLABLE", "MISCONF": self = .other
        case "ERR" where reply.message.contains("max number of clients"): self = .other
        default: return nil
        }
    }
}
