/// One more thing the server answers besides MCP: health, readiness, metrics.
///
/// Routes are answered while the server shuts down, without asking the request gate, and HEAD is answered by the GET route
/// without its body. They are matched by exact path; the MCP paths take precedence.
public struct HTTPRoute: Sendable {
    /// Answers one request. Cancelled when the peer goes away.
    public typealias Handler = @Sendable (HTTPRouteRequest) async -> HTTPRouteResponse

    /// The method, in capitals.
    public var method: String
    /// The exact path, without query.
    public var path: String
    /// Whether any `Host` is served, as probes that address the machine by number need.
    public var allowsAnyHost: Bool
    /// Answers one request.
    public var handler: Handler

    /// Makes a route.
    public init(_ method: String, _ path: String, allowsAnyHost: Bool = true, handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.allowsAnyHost = allowsAnyHost
        self.handler = handler
    }
}
