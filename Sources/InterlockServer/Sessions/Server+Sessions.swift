import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockStorage
public import InterlockTransport
import Logging

extension Server {
    // MARK: Beginning

    /// `initialize`: agrees on a revision and begins a session.
    func initialize(_ message: ScannedMessage, id: RequestID, from origin: MessageOrigin, context: RequestContext, stream: any ResponseStream) {
        let params: InitializeParams
        do throws(ProtocolError) {
            params = try InitializeParams(params: message.params)
        } catch {
            return stream.finish(OutboundResponse(body: JSONRPC.error(id: id, error), status: 400))
        }
        // The same revision if this server speaks it, else its newest: the client decides whether it can go on.
        let asked = ProtocolRevision(rawValue: params.protocolVersion)
        let revision = asked.flatMap { $0.isModern ? nil : $0 } ?? .latestLegacy
        let clock = configuration.clock
        let record = SessionRecord(
            id: RandomID.make(), revision: revision.rawValue, principal: context.principal?.identity,
            clientInfo: params.clientInfo.encoded(for: EncodingContext(revision: revision)),
            clientCapabilities: params.capabilities.encoded(for: EncodingContext(revision: revision)), createdAt: clock.wallTime, lastUsedAt: clock.wallTime)
        withSessionSlot { [self] slot in
            guard let slot else {
                configuration.logger.warning("a session was refused: all places are taken, and none came free in time", metadata: [
                    "event": "sessions_full", "limit": .stringConvertible(configuration.maximumConnections), "sessions": .stringConvertible(sessions.count),
                ])
                let error = ProtocolError.internalError("all \(configuration.maximumConnections) sessions of this server are in use; try again later")
                return stream.finish(OutboundResponse(body: JSONRPC.error(id: id, error), status: 503, headers: [("Retry-After", "5")]))
            }
            begin(record, slot: slot, id: id, from: origin, context: context, stream: stream)
        }
    }

    private func begin(
        _ record: SessionRecord, slot: SessionSlot, id: RequestID, from origin: MessageOrigin, context: RequestContext, stream: any ResponseStream
    ) {
        let delivery: SessionDelivery
        let scope: CallScope
        switch origin {
        case .exchange: (delivery, scope) = (.streams(SessionStreams(session: record.id, store: configuration.eventStore)), CallScope())
        case .duplex(let peer): (delivery, scope) = (.duplex(peer.outbound), peer.scope)
        }
        do throws(ProtocolError) {
            let session = try Session(
                record: record, number: sessions.nextNumber(), scope: scope, principal: context.principal, delivery: delivery, slot: slot,
                clock: configuration.clock, historyLimit: configuration.historyLimit)
            if case .duplex(let peer) = origin, !peer.begin(session) {
                throw .invalidRequest("this connection is initialized already; a session lasts as long as its connection")
            }
            enter(session)
            let result = InitializeResult(
                protocolVersion: record.revision, capabilities: capabilities(for: session.revision), serverInfo: configuration.info,
                instructions: configuration.instructions)
            let body = JSONRPC.response(id: id, result: result, context: encodingContext(session.revision))
            if case .exchange = origin {
                remember(session)
                stream.finish(OutboundResponse(body: body, headers: [(RoutingHeaders.sessionId, session.id)]))
            } else {
                stream.finish(OutboundResponse(body: body))
            }
        } catch {
            slot.release()
            stream.finish(OutboundResponse(body: JSONRPC.error(id: id, error), status: 400))
        }
    }

    private func enter(_ session: Session) {
        sessions.insert(session) { [weak self] expired in self?.end(expired) }
    }

    /// Calls back with a place for a session, at once if one is free, or with none if the wait for one was in vain.
    private func withSessionSlot(_ body: @escaping @Sendable (SessionSlot?) -> Void) {
        if let permit = sessionSlots.tryAcquire(for: 0) { return body(SessionSlot(permit)) }
        // Awaited by nobody: the queue is bounded and has a deadline, so it ends by itself, and answers the exchange in either case.
        Task { [sessionSlots] in
            do throws(AcquireError) {
                body(SessionSlot(try await sessionSlots.acquire(for: 0)))
            } catch {
                body(nil)
            }
        }
    }

    // MARK: Finding

    /// The live session the headers name, if there is one.
    func session(of context: RequestContext) -> Session? {
        context.headers?.first(RoutingHeaders.sessionId).flatMap { sessions.session($0, for: context.principal) }
    }

    /// Calls back with the session of this id, which may first have to be brought back from the session store.
    func withSession(_ id: String, context: RequestContext, _ body: @escaping @Sendable (Session?) -> Void) {
        if let session = sessions.session(id, for: context.principal) {
            guard sessions.hasExpired(session, now: configuration.clock.now) else { return body(session) }
            end(session)
            return body(nil)
        }
        guard let store = configuration.sessionStore else { return body(nil) }
        // Awaited by nobody: the exchange waits for its answer, which comes in either case.
        Task { body(await restore(id, from: store, context: context)) }
    }

    private func restore(_ id: String, from store: any SessionStore, context: RequestContext) async -> Session? {
        do {
            guard let record = try await store.load(id), record.principal == context.principal?.identity, isAlive(record) else { return nil }
            if let session = sessions.session(id, for: context.principal) { return session } // another request was quicker
            guard let permit = sessionSlots.tryAcquire(for: 0) else { return nil }
            let session = try Session(
                record: record, number: sessions.nextNumber(), scope: CallScope(), principal: context.principal,
                delivery: .streams(SessionStreams(session: id, store: configuration.eventStore)), slot: SessionSlot(permit),
                clock: configuration.clock, historyLimit: configuration.historyLimit)
            guard sessions.adopt(session) else {
                session.slot.release()
                return sessions.session(id, for: context.principal)
            }
            enter(session)
            return session
        } catch {
            configuration.logger.error("a session could not be restored", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func isAlive(_ record: SessionRecord) -> Bool {
        let now = configuration.clock.wallTime
        return now - record.createdAt < configuration.connectionTimeout.wholeMilliseconds
            && now - record.lastUsedAt < configuration.idleTimeout.wholeMilliseconds
    }

    /// Writes a session to the store, if there is one; HTTP sessions only, as others end with their connection.
    func remember(_ session: Session) {
        guard let store = configuration.sessionStore, case .streams = session.delivery else { return }
        let (record, logger) = (session.currentRecord(clock: configuration.clock), configuration.logger)
        // Awaited by nobody: a session that could not be written lives on here, and is unknown after a restart, which its client can handle.
        Task {
            do { try await store.save(record) } catch { logger.error("a session could not be saved", metadata: ["error": "\(error)"]) }
        }
    }

    // MARK: Ending

    /// Ends a session: its calls are cancelled, its streams closed, its state forgotten.
    func end(_ session: Session) {
        guard sessions.remove(session.id) != nil else { return }
        session.scope.cancelAll(.sessionEnded)
        session.requests.failAll(TransportError(.closed, "the session has ended"))
        admission.limiter.removeAll(for: session.number << 1 | 1)
        session.slot.release()
        guard case .streams(let streams) = session.delivery else { return }
        streams.end()
        guard let store = configuration.sessionStore, !isDraining else { return }
        let (id, logger) = (session.id, configuration.logger)
        // Awaited by nobody: what stays in the store by a failure expires there.
        Task {
            do { try await store.remove(id) } catch { logger.error("a session could not be removed from its store", metadata: ["error": "\(error)"]) }
        }
    }

    /// The connection of a duplex session is gone. With `finishing`, what it has in flight is still answered.
    func endDuplex(_ session: Session, finishing: Bool) {
        guard finishing else { return end(session) }
        guard sessions.remove(session.id) != nil else { return }
        session.requests.failAll(TransportError(.closed, "the client has gone"))
        session.slot.release()
    }

    // MARK: Streams of Streamable HTTP sessions

    public func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) -> OutboundResponse? {
        guard let id = context.headers?.first(RoutingHeaders.sessionId) else {
            return Self.refusal(400, "the header Mcp-Session-Id is missing; a stream belongs to a session")
        }
        guard let session = sessions.session(id, for: context.principal), case .streams(let streams) = session.delivery else {
            return Self.unknownSession(id: nil)
        }
        session.touch(configuration.clock.now)
        do throws(SessionStreams.Refusal) {
            let number: UInt32
            if let lastEventID {
                number = try streams.resume(after: lastEventID, sink: sink)
            } else {
                try streams.connectServerStream(sink, primes: session.revision.hasPrimingEvent)
                number = 0
            }
            sink.onDisconnect { streams.detach(number, sink: sink) }
            return nil
        } catch {
            switch error {
            case .unknownEvent: return Self.refusal(400, "the header Last-Event-ID names no event of this session; open a stream without it")
            case .gone: return Self.refusal(404, "the events after Last-Event-ID are no longer kept; open a stream without it")
            }
        }
    }

    public func endSession(_ context: RequestContext) -> OutboundResponse {
        guard let id = context.headers?.first(RoutingHeaders.sessionId) else {
            return Self.refusal(400, "the header Mcp-Session-Id is missing: it names the session to end")
        }
        guard let session = sessions.session(id, for: context.principal) else { return Self.unknownSession(id: nil) }
        end(session)
        return OutboundResponse(body: nil, status: 204)
    }

    private static func refusal(_ status: Int, _ message: String) -> OutboundResponse {
        OutboundResponse(body: JSONRPC.error(id: nil, .invalidRequest(message)), status: status)
    }
}
