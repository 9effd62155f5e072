public import InterlockJSON

/// The server runtime as transports see it.
///
/// Calls that are not asynchronous return at once; all may come from any thread, and are answered through the stream or sink they name.
public protocol ServerRuntime: AnyObject, Sendable {
    /// Takes one message of a transport in which every message has a stream of its own (Streamable HTTP).
    func receive(_ exchange: Exchange)

    /// Takes a batch (2025-03-26 only); its answers come as one array, or as events of the stream.
    func receive(batch: [Result<ScannedMessage, JSONRPCScanError>], context: RequestContext, stream: any ResponseStream)

    /// Opens a session's stream for messages that belong to no request, or resumes one (HTTP GET, legacy revisions).
    /// Returns a refusal to answer with, or `nil` if the sink was taken: then send `200 text/event-stream` and keep it open.
    /// Events sent before the return must be kept and follow the head. May wait for a store; cancelled when the peer goes away.
    func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) async -> OutboundResponse?

    /// Ends the session named by the headers (HTTP DELETE, legacy revisions).
    /// May wait for a store.
    func endSession(_ context: RequestContext) async -> OutboundResponse

    /// Joins a duplex connection (stdio, in-memory, HTTP+SSE): one peer, one ordered way back.
    /// Throws ``TransportError`` when the server takes no more connections.
    func connect(_ connection: Connection, principal: Principal?, outbound: any EventSink) throws(TransportError) -> any ConnectedPeer

    /// Whether a real dispatch through the core succeeds now; what readiness reports.
    func isReady() async -> Bool

    /// Whether a transport is to give requests ``RequestSteps``, because somebody traces. The same for as long as the runtime lives.
    var tracesSteps: Bool { get }

    /// Told of each request that was refused by its head and never reaches ``receive(_:)``, where ``tracesSteps`` says that somebody traces.
    /// `head` has the steps, which say why; `response` is being sent. Must be quick.
    func refused(_ head: RequestHead, with response: OutboundResponse)
}

extension ServerRuntime {
    /// Nobody traces.
    public var tracesSteps: Bool { false }

    public func refused(_ head: RequestHead, with response: OutboundResponse) {}
}

/// The runtime's end of one duplex connection.
public protocol ConnectedPeer: AnyObject, Sendable {
    /// Takes the bytes of one incoming message (or batch). Messages of one connection are handed over in order, one call at a time.
    func receive(_ bytes: [UInt8])
    /// The peer closed its side or is gone. Calls in flight are cancelled unless `finishing` is set, in which case what was
    /// already received is finished and answered first (stdio at EOF).
    func disconnected(finishing: Bool)
    /// Suspends until no call of this connection is in flight.
    func drained() async
}
