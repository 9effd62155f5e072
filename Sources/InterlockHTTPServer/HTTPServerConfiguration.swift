/// How an HTTP server listens, whom it lets in and where its bounds are.
///
/// Every value has a default that is safe on a developer's machine; a public server sets at least ``host``,
/// ``allowedHosts`` and ``allowedOrigins``, and is given a gate. Mistakes are reported by ``HTTPServerTransport/run(_:)`` before it listens.
public struct HTTPServerConfiguration: Sendable {
    /// The address to bind. Anything but a loopback address makes the server reachable from other machines, which takes a gate that asks who they are,
    /// or ``allowsUnauthenticatedAccess``.
    public var host = "127.0.0.1"

    /// Lets everybody in who reaches the server, from other machines too: for a server with something in front of it that authenticates its callers.
    ///
    /// Without it a server whose gate asks nobody for a credential refuses to listen anywhere but on loopback.
    public var allowsUnauthenticatedAccess = false

    /// The TCP port to bind; 0 lets the system choose, see ``HTTPServerTransport/listening()``.
    public var port = 8080

    /// The path of the one MCP endpoint, of both eras.
    public var path = "/mcp"

    /// Names accepted in the `Host` field besides the loopback names, as `name` (any port) or `name:port`; `*` accepts all.
    ///
    /// A `Host` the server does not know is how DNS rebinding looks, so it is refused with 403.
    public var allowedHosts: [String] = []

    /// Values accepted in the `Origin` field, as `scheme://host` or `scheme://host:port`; `*` accepts all.
    ///
    /// Origins on loopback names are accepted besides these when the server is bound to a loopback address.
    public var allowedOrigins: [String] = []

    /// Address ranges (`10.0.0.0/8`, `fd00::/8`, single addresses) whose `X-Forwarded-For` is believed.
    public var trustedProxies: [String] = []

    /// Whether browsers get the CORS fields that let a page of an allowed origin read the answers.
    public var corsEnabled = false

    /// Connections served at once; those beyond it wait in a queue of ``connectionQueueDepth``.
    public var maximumConnections = 10_000

    /// Connections that may wait to be served. Those beyond it are answered 503 at once.
    public var connectionQueueDepth = 1_000

    /// How long a connection waits in the queue before it is answered 503 with `Retry-After`.
    public var connectionQueueDeadline = Duration.seconds(5)

    /// How long a connection may stay open without a request.
    public var idleTimeout = Duration.seconds(600)

    /// How long a connection lives at most: after it, it ends with its next response, and open streams end cleanly.
    public var connectionTimeout = Duration.seconds(4 * 3_600)

    /// How long a graceful shutdown goes on serving connections that are kept alive, so that each hears `Connection: close` (`GOAWAY` in HTTP/2)
    /// with its next answer and none is closed under a request that is on its way; then idle ones are closed and the listener with them. Ends
    /// earlier when no connection is left; zero closes what is idle at once.
    public var keepAliveGrace = Duration.zero

    /// How long a request's head may take, from the connection or its first byte on; then 408.
    public var headerTimeout = Duration.seconds(10)

    /// How long a request's body may take, from the end of its head on; then 408.
    public var bodyTimeout = Duration.seconds(30)

    /// The largest request body in bytes; beyond it 413, from `Content-Length` alone where that is sent.
    public var maximumBodyBytes = 4 << 20

    /// The largest request head in bytes; beyond it 431.
    public var maximumHeaderBytes = 64 << 10

    /// Bytes that the request bodies of all connections may hold together; beyond it 503 with `Retry-After`.
    public var bodyBudget = 256 << 20

    /// Unsent bytes that one event stream may hold before its sender is told to wait.
    public var unsentBudget = 1 << 20

    /// How long a peer may take none of the bytes it was sent before it is disconnected.
    public var writeDeadline = Duration.seconds(30)

    /// How long an exchange or stream may be silent before a comment line shows the peer, and every proxy between, that it lives.
    public var heartbeatInterval = Duration.seconds(15)

    /// Threads that serve connections; `nil` is one per core.
    public var eventLoopThreads: Int?

    /// The path of the HTTP+SSE pair of revision 2024-11-05; `nil` switches it off. Its messages are posted to ``legacyMessagesPath``.
    public var legacySSEPath: String? = "/sse"

    /// Where clients of the HTTP+SSE pair post; the stream tells them, with their connection's id.
    public var legacyMessagesPath = "/messages"

    /// The bounds of one HTTP/2 connection.
    public var http2 = HTTP2Limits()

    /// Certificate and key; `nil` serves plain HTTP. Needs the package trait `TLS`.
    public var tls: TLSFiles?

    /// All the defaults.
    public init() {}

    /// The defaults at another address.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
