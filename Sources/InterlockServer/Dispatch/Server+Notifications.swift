import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension Server {
    /// Takes a notification; never answered but by the transport's acknowledgement.
    func receiveNotification(_ message: ScannedMessage, from origin: MessageOrigin, context: RequestContext, stream: any ResponseStream) {
        switch origin {
        case .duplex(let peer):
            if let session = peer.session { touch(session) }
            handleNotification(message, session: peer.session, scope: peer.scope)
        case .exchange:
            guard let sessionID = context.headers?.first(RoutingHeaders.sessionId) else { return stream.finish(.accepted) }
            withSession(sessionID, context: context) { [self] search in
                guard case .found(let session) = search else { return stream.finish(Self.refusal(of: search)) }
                touch(session)
                handleNotification(message, session: session, scope: session.scope)
                stream.finish(.accepted)
            }
        }
    }

    private func handleNotification(_ message: ScannedMessage, session: Session?, scope: CallScope) {
        switch message.method {
        case Method.cancelled:
            // An unknown id is a race the client could not avoid, and a malformed one names nothing: both are ignored as the specification says.
            guard let raw = message.params?["requestId"], let id = RequestID(raw) else { return }
            let reason = message.params?["reason"]?.string
            if let call = scope.call(id) {
                call.cancel(.byClient(reason))
            } else if let session {
                publish(.cancelled(session: session.id, id: raw, reason: reason))
            }
        case Method.initialized:
            session?.with { $0.isInitialized = true }
            if let session { remember(session) }
        default: break // progress of our own requests and changes of roots are not acted on
        }
    }

    /// Takes the answer to a request of the server's own.
    func receiveResponse(_ message: ScannedMessage, from origin: MessageOrigin, context: RequestContext, stream: any ResponseStream) {
        switch origin {
        case .duplex(let peer):
            if let session = peer.session { complete(message, in: session) }
        case .exchange:
            guard let sessionID = context.headers?.first(RoutingHeaders.sessionId) else {
                let error = ProtocolError.invalidRequest("a response came without a session: revision 2026-07-28 has no requests from server to client")
                return stream.finish(OutboundResponse(body: JSONRPC.error(id: nil, error), status: 400))
            }
            withSession(sessionID, context: context) { [self] search in
                guard case .found(let session) = search else { return stream.finish(Self.refusal(of: search)) }
                complete(message, in: session)
                stream.finish(.accepted)
            }
        }
    }

    private func complete(_ message: ScannedMessage, in session: Session) {
        touch(session)
        guard case .integer(let id)? = message.id else { return }
        if session.requests.expects(id) {
            session.requests.complete(id, result: message.result, error: message.error)
        } else {
            publish(.answered(session: session.id, id: id, result: message.result, error: message.error))
        }
    }

    static func refusal(of search: SessionSearch) -> OutboundResponse {
        if case .unavailable = search { storeAway(id: nil) } else { unknownSession(id: nil) }
    }

    /// The store of sessions cannot be asked: the session may well be there, so its client is to come back rather than to begin anew.
    static func storeAway(id: RequestID?) -> OutboundResponse {
        let error = ProtocolError.internalError("the sessions of this server cannot be reached at the moment; try again in 1 s")
        return OutboundResponse(body: JSONRPC.error(id: id, error), status: 503, headers: [("Retry-After", "1")])
    }

    static func unknownSession(id: RequestID?) -> OutboundResponse {
        OutboundResponse(body: JSONRPC.error(id: id, .invalidRequest("unknown session: it has ended or expired; call initialize again")), status: 404)
    }
}

extension RequestID {
    /// Reads an id that stands in params; `nil` if it is neither a string nor an integer.
    init?(_ raw: RawJSON) {
        if let string = raw.string {
            self = .string(string)
        } else if let integer = raw.int {
            self = .integer(Int64(integer))
        } else {
            return nil
        }
    }
}
