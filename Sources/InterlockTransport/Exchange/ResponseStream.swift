public import InterlockJSON
internal import InterlockProtocol

/// The stream of one exchange: any number of events, then one response.
///
/// Over HTTP the first `send` turns the answer into `text/event-stream`; an exchange that only finishes is answered as
/// `application/json`. On a duplex connection both go out as messages.
public protocol ResponseStream: EventSink {
    /// Ends the exchange with its response. Call exactly once; later calls are ignored. Never blocks.
    ///
    /// The response is queued even over the byte budget: it is the last thing on its stream.
    func finish(_ response: OutboundResponse)

    /// Registers the one action to run before a transport turns the answer into a stream by itself, to keep a silent connection alive.
    ///
    /// The action may send the stream's first event. Runs at most once, on the transport's own thread, holding no lock; never where answers are no
    /// streams. The default does nothing.
    func onKeepAlive(_ action: @escaping @Sendable () -> Void)
}

extension ResponseStream {
    public func onKeepAlive(_ action: @escaping @Sendable () -> Void) {}
}

/// The end of one exchange.
public struct OutboundResponse: Sendable {
    /// The JSON-RPC response; `nil` for an accepted notification or response, which has no answer.
    public var body: [UInt8]?
    /// The status of the HTTP binding while no event was sent; other transports ignore it.
    public var status: Int
    /// Further header fields of the HTTP binding (`Mcp-Session-Id`, `Retry-After`, `WWW-Authenticate`); others ignore them.
    public var headers: [(name: String, value: String)]
    /// The event's id if the stream has become server-sent events and can be resumed.
    public var eventID: String?

    public init(body: [UInt8]?, status: Int = 200, headers: [(name: String, value: String)] = [], eventID: String? = nil) {
        self.body = body
        self.status = status
        self.headers = headers
        self.eventID = eventID
    }

    /// A notification or response was taken: nothing to say (HTTP 202).
    public static let accepted = OutboundResponse(body: nil, status: 202)

    /// The answer to bytes that are no JSON-RPC message (HTTP 400; the id is kept where it could be read).
    public init(rejecting error: JSONRPCScanError) {
        self.init(body: JSONRPC.error(id: error.id, ProtocolError(code: ErrorCode(rawValue: error.code.rawValue), message: error.message)), status: 400)
    }
}
