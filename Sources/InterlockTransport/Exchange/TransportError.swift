/// A failure of the way a message travels; never a JSON-RPC error, never sent to a peer.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Wrapped: String { case closed, timedOut, refused, peerTooSlow, badResponse, unreachable, unauthorized, sessionNotFound, misuse }
        private let wrapped: Wrapped
        /// The connection has ended.
        public static let closed = Code(wrapped: .closed)
        /// Nothing came within the time that was allowed.
        public static let timedOut = Code(wrapped: .timedOut)
        /// The server takes no more connections.
        public static let refused = Code(wrapped: .refused)
        /// The peer did not read within the write deadline.
        public static let peerTooSlow = Code(wrapped: .peerTooSlow)
        /// The peer answered with something that is no answer of this protocol.
        public static let badResponse = Code(wrapped: .badResponse)
        /// No connection could be made.
        public static let unreachable = Code(wrapped: .unreachable)
        /// The server wants a credential (HTTP 401 or 403).
        public static let unauthorized = Code(wrapped: .unauthorized)
        /// The server does not know the session any more (HTTP 404): initialize again.
        public static let sessionNotFound = Code(wrapped: .sessionNotFound)
        /// The interface was used against its contract.
        public static let misuse = Code(wrapped: .misuse)
        public var description: String { wrapped.rawValue }
    }

    public var code: Code
    public var message: String
    /// When to try again, if that is known.
    public var retryAfter: Duration?
    /// The status of the HTTP response that says so, where it is one.
    public var httpStatus: Int?
    /// What lies underneath; for logs.
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil, httpStatus: Int? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.httpStatus = httpStatus
        self.cause = cause
    }

    public var description: String { "\(code): \(message)" }
}
