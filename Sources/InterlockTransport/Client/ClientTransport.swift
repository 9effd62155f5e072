public import InterlockJSON

/// A way for a client to reach one server.
///
/// `TransportConformance` in `InterlockTesting` says when an implementation, with its server's end, is done.
public protocol ClientTransport: AnyObject, Sendable {
    /// Whether ``ClientMessage/headers`` reach the server; where they do not, they are not written.
    var carriesHeaders: Bool { get }

    /// Connects, and delivers everything that arrives to `receiver` until closed. Call once, before any `send`.
    func start(_ receiver: any ClientReceiver) async throws

    /// Sends one message. Returns when it was handed to the connection (HTTP: when the response's head has arrived or the
    /// exchange failed). What comes back goes to the receiver.
    func send(_ message: ClientMessage) async throws

    /// Abandons a request: closes its response stream where that means cancellation (HTTP). Transports with one stream do nothing.
    func abandon(_ id: RequestID)

    /// Called once the era and session are known, so that later messages carry the right headers. Transports without headers do nothing.
    func negotiated(_ negotiation: ClientNegotiation)

    /// Opens the stream for messages that belong to no request (HTTP GET, legacy revisions); others do nothing.
    func openServerStream() async throws

    /// Ends the connection: what is in flight fails with ``TransportError/Code/closed``. Idempotent; returns when nothing is left (child reaped, sockets closed).
    func close() async
}

/// One message of a client on its way out.
public struct ClientMessage: Sendable {
    public var bytes: [UInt8]
    /// The request's id; `nil` for notifications and responses.
    public var id: RequestID?
    /// The method; `nil` for responses.
    public var method: String?
    /// Routing headers for HTTP (`Mcp-Method`, `Mcp-Name`, `Mcp-Param-*`, `MCP-Protocol-Version`); others ignore them.
    public var headers: [(name: String, value: String)]

    public init(bytes: [UInt8], id: RequestID?, method: String?, headers: [(name: String, value: String)] = []) {
        self.bytes = bytes
        self.id = id
        self.method = method
        self.headers = headers
    }
}

/// What the handshake, or its absence, settled.
public struct ClientNegotiation: Sendable, Hashable {
    public var revision: String
    public var isModern: Bool

    public init(revision: String, isModern: Bool) {
        self.revision = revision
        self.isModern = isModern
    }
}

/// The client as its transport sees it. Calls may come from any thread and return at once.
public protocol ClientReceiver: AnyObject, Sendable {
    /// A message arrived. `request` names the request on whose stream it came, where the transport can tell.
    func received(_ message: ScannedMessage, on request: RequestID?)
    /// The response to `request` will never come on this connection.
    func failed(_ request: RequestID, _ error: TransportError)
    /// The connection has ended; every request in flight fails with this.
    func disconnected(_ error: TransportError)
}
