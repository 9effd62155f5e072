public import InterlockTransport

extension Probe {
    /// How to reach the server, and what is known of it beforehand.
    public struct Target: Sendable {
        /// Host and port to look up and connect to; nil for a server that is started.
        public var host: String?
        public var port: Int
        /// Whether the URL asks for TLS.
        public var isSecure: Bool
        /// Whether a credential is given.
        public var hasCredential: Bool
        /// A new transport, with the credential or without.
        public var connect: @Sendable (_ withCredential: Bool) -> any ClientTransport
        /// The `WWW-Authenticate` field of a refusal; `nil` where it has none.
        public var challenge: @Sendable (TransportError) -> String?
        /// Reads how a credential is to be had, of a server that refuses those without; `nil` leaves that out.
        public var authorization: AuthorizationDiscovery?
        /// Shakes hands over TLS within a time, and says how long that alone took; `nil` leaves it to the first request.
        public var secure: (@Sendable (_ timeout: Duration) async throws -> (took: Duration, detail: String))?
        /// Looks up a name; may block its thread for as long as it likes.
        var resolve: @Sendable (_ host: String, _ port: Int) throws -> [[UInt8]] = { try NetworkProbe.resolve($0, port: $1) }

        /// Describes a target.
        public init(
            host: String? = nil, port: Int = 0, isSecure: Bool = false, hasCredential: Bool = false,
            challenge: @escaping @Sendable (TransportError) -> String? = { _ in nil }, authorization: AuthorizationDiscovery? = nil,
            secure: (@Sendable (_ timeout: Duration) async throws -> (took: Duration, detail: String))? = nil,
            connect: @escaping @Sendable (_ withCredential: Bool) -> any ClientTransport
        ) {
            self.host = host
            self.port = port
            self.isSecure = isSecure
            self.hasCredential = hasCredential
            self.challenge = challenge
            self.authorization = authorization
            self.secure = secure
            self.connect = connect
        }
    }
}
