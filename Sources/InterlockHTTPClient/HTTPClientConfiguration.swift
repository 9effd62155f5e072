/// The limits of the HTTP client.
public struct HTTPClientConfiguration: Sendable {
    /// The version of HTTP a client speaks.
    public enum Version: Sendable, Hashable {
        /// One request at a time on each of several connections.
        case http1
        /// All requests on one connection: by prior knowledge in clear text, by ALPN over TLS. The server must speak it.
        case http2
    }

    /// The version of HTTP.
    public var version: Version
    /// A file of PEM certificates to trust instead of the system's authorities, for servers of a private one; `nil` trusts the system's.
    public var certificateAuthorities: String?
    /// Connections for requests, over HTTP/2 streams, on as many connections as the server's limit of streams asks for; further requests wait for one in order.
    /// Long-lived streams and answers have connections beside these.
    public var maximumConnections: Int
    /// Requests that may wait for a connection; more are refused at once.
    public var maximumQueuedRequests: Int
    /// How long making a connection may take.
    public var connectTimeout: Duration
    /// How long an unused connection is kept.
    public var idleTimeout: Duration
    /// The most bytes of one message of the server.
    public var maximumMessageBytes: Int
    /// How often a stream that ended before its response is resumed without anything new having come (legacy).
    public var maximumResumptions: Int
    /// How long to wait before resuming when the server has not said.
    public var resumptionDelay: Duration
    /// The longest wait before resuming, whatever the server says.
    public var maximumResumptionDelay: Duration
    /// How long the server may take to end the session when the client closes (legacy).
    public var closeTimeout: Duration

    /// Sets the limits; the defaults suit one client with many calls in flight.
    public init(
        version: Version = .http1, certificateAuthorities: String? = nil, maximumConnections: Int = 64, maximumQueuedRequests: Int = 65_536, connectTimeout: Duration = .seconds(10),
        idleTimeout: Duration = .seconds(30), maximumMessageBytes: Int = 4 << 20, maximumResumptions: Int = 8,
        resumptionDelay: Duration = .seconds(1), maximumResumptionDelay: Duration = .seconds(60), closeTimeout: Duration = .seconds(2)
    ) {
        self.version = version
        self.certificateAuthorities = certificateAuthorities
        self.maximumConnections = maximumConnections
        self.maximumQueuedRequests = maximumQueuedRequests
        self.connectTimeout = connectTimeout
        self.idleTimeout = idleTimeout
        self.maximumMessageBytes = maximumMessageBytes
        self.maximumResumptions = maximumResumptions
        self.resumptionDelay = resumptionDelay
        self.maximumResumptionDelay = maximumResumptionDelay
        self.closeTimeout = closeTimeout
    }
}
