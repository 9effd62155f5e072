import InterlockProtocol
public import InterlockTransport

// The requests of Streamable HTTP that are about a session itself: GET and DELETE.
extension Server {
    public func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) async -> OutboundResponse? {
        guard context.headers?.first(RoutingHeaders.sessionId) != nil else {
            return Self.refusal(400, "the header Mcp-Session-Id is missing; a stream belongs to a session")
        }
        let session: Session
        switch await findSession(context) {
        case .found(let found): session = found
        case .unknown: return Self.unknownSession(id: nil)
        case .unavailable: return Self.storeAway(id: nil)
        }
        guard case .streams(let streams) = session.delivery else { return Self.unknownSession(id: nil) }
        touch(session)
        do throws(SessionStreams.Refusal) {
            if let lastEventID {
                sink.onDisconnect(try await streams.resume(after: lastEventID, sink: sink, primes: session.revision.hasPrimingEvent))
            } else {
                try streams.connectServerStream(sink, primes: session.revision.hasPrimingEvent)
                sink.onDisconnect { streams.detach(streams.serverStream, sink: sink) }
            }
            return nil
        } catch {
            switch error {
            case .unknownEvent: return Self.refusal(400, "the header Last-Event-ID names no event of this session; open a stream without it")
            case .gone: return Self.refusal(404, "the events after Last-Event-ID are no longer kept; open a stream without it")
            case .ended: return Self.unknownSession(id: nil)
            case .unavailable: return Self.refusal(503, "the events after Last-Event-ID cannot be reached now; try again")
            }
        }
    }

    public func endSession(_ context: RequestContext) async -> OutboundResponse {
        guard context.headers?.first(RoutingHeaders.sessionId) != nil else {
            return Self.refusal(400, "the header Mcp-Session-Id is missing: it names the session to end")
        }
        switch await findSession(context) {
        case .unknown: return Self.unknownSession(id: nil)
        case .unavailable: return Self.storeAway(id: nil)
        case .found(let session):
            do { try await end(session)?.value } catch { return Self.notRemoved }
            return OutboundResponse(body: nil, status: 204)
        }
    }

    /// The session has ended here, and its record may still be there.
    private static var notRemoved: OutboundResponse {
        let error = ProtocolError.internalError("the session could not be removed from where the sessions of this server are kept; send the DELETE again in 1 s")
        return OutboundResponse(body: JSONRPC.error(id: nil, error), status: 503, headers: [("Retry-After", "1")])
    }

    private static func refusal(_ status: Int, _ message: String) -> OutboundResponse {
        OutboundResponse(body: JSONRPC.error(id: nil, .invalidRequest(message)), status: status)
    }
}
