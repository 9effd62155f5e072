public import InterlockTransport

extension Probe {
    /// How to reach the server, and what is known of it beforehand.
    public struct Target: Sendable {
        /// Host and port to look up and connect to; nil for a server that is started.
        public var host: String?
        public var port: Int
        /// Whether the URL asks for TLS, and whether this build has it.
        public var isSecure: Bool
        public var hasTLS: Bool
        /// Whether a credential is given.
        public var hasCredential: Bool
        /// A new transport, with the credential or without.
        public var connect: @Sendable (_ withCredential: Bool) -> any ClientTransport
        /// Whether a refusal carries `WWW-Authenticate`.
        public var hasChallenge: @Sendable (TransportError) -> Bool
        /// Shakes hands over TLS within a time, and says how long that alone took; `nil` leaves it to the first request.
        public var secure: (@Sendable (_ timeout: Duration) async throws -> (took: Duration, detail: String))?
        /// Looks up a name; may block its thread for as long as it likes.
        var resolve: @Sendable (_ host: String, _ port: Int) throws -> [[UInt8]] = { try NetworkProbe.resolve($0, port: $1) }

        /// Describes a target.
        public init(
            host: String? = nil, port: Int = 0, isSecure: Bool = false, hasTLS: Bool = false, hasCredential: Bool = false,
            hasChallenge: @escaping @Sendable (TransportError) -> Bool = { _ in false },
            secure: (@Sendable (_ timeout: Duration) async throws -> (took: Duration, detail: String))? = nil,
            connect: @escaping @Sendable (_ withCredential: Bool) -> any ClientTransport
        ) {
            self.host = host
            self.port = port
            self.isSecure = isSecure
            self.hasTLS = hasTLS
            self.hasCredential = hasCredential
            self.hasChallenge = hasChallenge
            self.secure = secure
            self.connect = connect
        }
    }
}
