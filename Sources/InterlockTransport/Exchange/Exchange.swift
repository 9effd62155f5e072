public import InterlockJSON

/// One message from a peer, what the transport knows about it, and the stream its answer goes to.
///
/// The transport makes it, hands it to the runtime and forgets it. Nothing of it is ever looked up by
/// something the peer chose: the answer travels on `stream`, which belongs to this exchange alone.
public struct Exchange: Sendable {
    public var message: ScannedMessage
    public var context: RequestContext
    public var stream: any ResponseStream

    public init(message: ScannedMessage, context: RequestContext, stream: any ResponseStream) {
        self.message = message
        self.context = context
        self.stream = stream
    }
}
