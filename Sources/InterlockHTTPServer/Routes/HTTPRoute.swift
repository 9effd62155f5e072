/// One more thing the server answers besides MCP: health, readiness, metrics.
///
/// Routes are answered while the server shuts down, without asking the request gate, and HEAD is answered by the GET route
/// without its body. They are matched by exact path; the MCP paths take precedence.
public struct HTTPRoute: Sendable {
    /// Answers one request. Cancelled when the connection is lost, and by ``HTTPRoute/endsWithInput`` when the peer hangs up.
    public typealias Handler = @Sendable (HTTPRouteRequest) async -> HTTPRouteResponse

    /// The method, in capitals.
    public var method: String
    /// The exact path, without query.
    public var path: String
    /// Whether any `Host` is served, as probes that address the machine by number need.
    public var allowsAnyHost: Bool
    /// Whether a peer that closes its sending side (HTTP/1.1) is taken to be gone. That is how a client hangs up while it waits; it is
    /// also how a few say that they have no more to send. For handlers that take long, and are of no use to nobody.
    public var endsWithInput: Bool
    /// Answers one request.
    public var handler: Handler

    /// Makes a route.
    public init(_ method: String, _ path: String, allowsAnyHost: Bool = true, endsWithInput: Bool = false, handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.allowsAnyHost = allowsAnyHost
        self.endsWithInput = endsWithInput
        self.handler = handler
    }
}
