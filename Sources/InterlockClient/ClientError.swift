public import InterlockTransport

/// A failure on this side of the conversation: what the server answered is a ``InterlockProtocol/ProtocolError`` instead.
public struct ClientError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Wrapped: String {
            case timedOut, closed, unreachable, unauthorized, transport, invalidResponse, incompatible, unsupported, inputFailed, limitExceeded, misuse
        }
        private let wrapped: Wrapped
        /// No response came within the time allowed; the request was cancelled.
        public static let timedOut = Code(wrapped: .timedOut)
        /// The connection has ended, by the server or by ``Client/close()``.
        public static let closed = Code(wrapped: .closed)
        /// No connection could be made.
        public static let unreachable = Code(wrapped: .unreachable)
        /// The server wants a credential, or another one.
        public static let unauthorized = Code(wrapped: .unauthorized)
        /// The transport failed in some other way; ``ClientError/transportError`` says how.
        public static let transport = Code(wrapped: .transport)
        /// The server's answer does not have the shape the specification gives it.
        public static let invalidResponse = Code(wrapped: .invalidResponse)
        /// Server and client have no revision in common.
        public static let incompatible = Code(wrapped: .incompatible)
        /// The negotiated revision or the server does not have what was asked for.
        public static let unsupported = Code(wrapped: .unsupported)
        /// The server asked for input that a handler of this client did not give.
        public static let inputFailed = Code(wrapped: .inputFailed)
        /// A limit of this client was reached: rounds, pages, pending requests.
        public static let limitExceeded = Code(wrapped: .limitExceeded)
        /// The client was used against its contract.
        public static let misuse = Code(wrapped: .misuse)
        public var description: String { wrapped.rawValue }
    }

    /// What kind of failure it is.
    public var code: Code
    /// What was wrong, where, and what to do about it.
    public var message: String
    /// What lies underneath; for logs.
    public var cause: (any Error)?

    /// Makes an error; for whoever wraps this client.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { "\(code): \(message)" }

    /// The transport's own report, where there is one: it may know when to try again.
    public var transportError: TransportError? { cause as? TransportError }

    /// A transport's failure as this client reports it.
    init(_ error: TransportError) {
        let code: Code = switch error.code {
        case .closed: .closed
        case .timedOut: .timedOut
        case .unreachable, .refused: .unreachable
        case .unauthorized: .unauthorized
        case .misuse: .misuse
        case .badResponse: .invalidResponse
        default: .transport
        }
        self.init(code, error.message, cause: error)
    }
}
