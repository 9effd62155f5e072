internal import InterlockTransport
internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension TransportError {
    /// There is no connection to a server: why, and what to look at.
    ///
    /// - Parameter origin: scheme, host and port, as the user may have them; nothing of a URL that could be secret.
    static func cannotConnect(to origin: String, _ error: any Error) -> TransportError {
        error as? TransportError ?? TransportError(.unreachable, "cannot connect to \(origin): \(reason(error))", cause: error)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            // Each address of the name has failed in its own way, mostly the same one.
            var reasons: [String] = []
            for reason in error.connectionErrors.map({ self.reason($0.error) }) where !reasons.contains(reason) { reasons.append(reason) }
            if !reasons.isEmpty { return reasons.joined(separator: "; ") }
            return "the name \(error.host) has no address: check how it is spelled, and that this machine can resolve names"
        case let error as IOError:
            let words = String(cString: strerror(error.errnoCode))
            return switch error.errnoCode {
            case ECONNREFUSED: "nothing listens there (\(words)): start the server, or check the port"
            case ETIMEDOUT: "nobody answers there (\(words)): check the address, and what filters connections on the way"
            case ENETUNREACH, EHOSTUNREACH: "there is no way there (\(words)): check the address and this machine's network"
            default: words
            }
        case ChannelError.connectTimeout(let limit):
            return "nobody has answered there in \(limit.nanoseconds / 1_000_000) ms: check the address, and what filters connections on the way"
        default: return "\(error)"
        }
    }
}
