public import InterlockTransport

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

/// A request for a route.
public struct HTTPRouteRequest: Sendable {
    /// The method as sent.
    public var method: String
    /// The request target as sent, path and query.
    public var target: String
    /// The header fields.
    public var headers: any HeaderFields
    /// The whole body.
    public var body: [UInt8]
}

/// The answer of a route.
public struct HTTPRouteResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Further header fields. `Content-Length` is added.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]

    /// Makes an answer from bytes.
    public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Makes an answer from text.
    public init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", text: String) {
        self.init(status: status, headers: [("content-type", contentType)], body: Array(text.utf8))
    }
}
