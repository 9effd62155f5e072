public import InterlockJSON
import InterlockProtocol
public import InterlockTransport

/// Where a message came in.
enum MessageOrigin: Sendable {
    /// On a stream of its own (Streamable HTTP).
    case exchange
    /// On a connection shared by all messages of one peer.
    case duplex(DuplexPeer)
}

extension Server: ServerRuntime {
    public func receive(_ exchange: Exchange) {
        let size = exchange.message.params?.bytes.count ?? 0
        guard tracesSteps, exchange.context.steps == nil else {
            return receive(exchange.message, byteCount: size, from: .exchange, context: exchange.context, stream: exchange.stream)
        }
        var context = exchange.context
        context.steps = RequestSteps()
        receive(exchange.message, byteCount: size, from: .exchange, context: context, stream: exchange.stream)
    }

    public func refused(_ head: RequestHead, with response: OutboundResponse) { observer?.refused(head, with: response) }

    public func receive(batch: [Result<ScannedMessage, JSONRPCScanError>], context: RequestContext, stream: any ResponseStream) {
        receive(batch, from: .exchange, context: context, stream: stream)
    }

    public func connect(_ connection: Connection, principal: Principal?, outbound: any EventSink) throws(TransportError) -> any ConnectedPeer {
        if isDraining { throw TransportError(.refused, "the server is shutting down and takes no new connections") }
        return DuplexPeer(server: self, context: RequestContext(connection: connection, principal: principal), outbound: outbound)
    }

    /// Whether a call would be served now: a message goes through the scanner, the dispatch and the writer, and back.
    public func isReady() async -> Bool {
        guard !isDraining else { return false }
        return await ReadinessProbe.succeeds(on: self)
    }

    /// One message, whatever it is.
    func receive(_ message: ScannedMessage, byteCount: Int, from origin: MessageOrigin, context: RequestContext, stream: any ResponseStream) {
        switch message.kind {
        case .request:
            receiveRequest(message, byteCount: byteCount, from: origin, context: context, stream: stream)
        case .notification:
            receiveNotification(message, from: origin, context: context, stream: stream)
        case .response, .error:
            receiveResponse(message, from: origin, context: context, stream: stream)
        }
    }

    /// A batch (2025-03-26): every message by itself, their answers together.
    func receive(_ messages: [Result<ScannedMessage, JSONRPCScanError>], from origin: MessageOrigin, context: RequestContext, stream: any ResponseStream) {
        switch origin {
        case .duplex(let peer): receive(messages, speaking: peer.session?.revision, from: origin, context: context, stream: stream)
        case .exchange:
            guard let sessionID = context.headers?.first(RoutingHeaders.sessionId) else {
                return receive(messages, speaking: nil, from: origin, context: context, stream: stream)
            }
            // Looked for once for all; where its members look again it is there.
            withSession(sessionID, context: context) { [self] search in
                guard case .found(let session) = search else { return stream.finish(Self.refusal(of: search)) }
                receive(messages, speaking: session.revision, from: origin, context: context, stream: stream)
            }
        }
    }

    private func receive(
        _ messages: [Result<ScannedMessage, JSONRPCScanError>], speaking revision: ProtocolRevision?, from origin: MessageOrigin, context: RequestContext,
        stream: any ResponseStream
    ) {
        guard revision?.hasBatches == true else {
            let error = ProtocolError.invalidRequest("batches exist only in revision 2025-03-26: send each message by itself")
            return stream.finish(OutboundResponse(body: JSONRPC.error(id: nil, error), status: 400))
        }
        guard !messages.isEmpty else {
            return stream.finish(OutboundResponse(body: JSONRPC.error(id: nil, .invalidRequest("an empty batch")), status: 400))
        }
        let answers = BatchResponse(stream)
        let streams = messages.map { _ in answers.member() }
        var context = context
        for (message, member) in zip(messages, streams) {
            defer { context.isFurtherOfBatch = true }
            switch message {
            case .success(let message) where message.method == Method.initialize:
                let error = ProtocolError.invalidRequest("initialize must not be part of a batch")
                member.finish(OutboundResponse(body: JSONRPC.error(id: message.id, error), status: 400))
            case .success(let message):
                receive(message, byteCount: message.params?.bytes.count ?? 0, from: origin, context: context, stream: member)
            case .failure(let error):
                member.finish(OutboundResponse(rejecting: error))
            }
        }
    }
}
