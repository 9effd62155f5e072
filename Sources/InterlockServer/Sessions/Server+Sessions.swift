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
        withSessionSlot(for: context.principal) { [self] slot in
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
        case .exchange: (delivery, scope) = (.streams(SessionStreams(session: record.id, store: configuration.eventStore, base: instance.streamBase, presence: presence)), CallScope())
        case .duplex(let peer): (delivery, scope) = (.duplex(peer.outbound), peer.scope)
        }
        do throws(ProtocolError) {
            let session = try Session(
                record: record, number: sessions.nextNumber(), scope: scope, principal: context.principal, delivery: delivery, slot: slot,
                clock: configuration.clock, historyLimit: configuration.historyLimit, requestBase: instance.requestBase)
            if case .duplex(let peer) = origin, !peer.begin(session) {
                throw .invalidRequest("this connection is initialized already; a session lasts as long as its connection")
            }
            enter(session)
            let result = InitializeResult(
                protocolVersion: record.revision, capabilities: capabilities(of: features(for: context.principal)), serverInfo: configuration.info,
                instructions: configuration.instructions)
            let body = JSONRPC.response(id: id, result: result, context: encodingContext(session.revision))
            if case .exchange = origin {
                let response = OutboundResponse(body: body, headers: [(RoutingHeaders.sessionId, session.id)])
                guard configuration.sessionStore != nil else { return stream.finish(response) }
                // Awaited by nobody: it answers the exchange. The client learns of its session when every instance knows it.
                Task {
                    do {
                        try await saveFirst(session)
                        stream.finish(response)
                    } catch {
                        // A session that other instances do not know would be lost with the next request.
                        drop(session)
                        stream.finish(Self.storeAway(id: id))
                    }
                }
            } else {
                stream.finish(OutboundResponse(body: body))
            }
        } catch {
            slot.release()
            stream.finish(OutboundResponse(body: JSONRPC.error(id: id, error), status: 400))
        }
    }

    private func enter(_ session: Session) {
        sessions.insert(session) { [weak self] expired in self?.expire(expired) }
    }

    /// Calls back with a place for a session, at once if one is free, or with none if the wait for one was in vain.
    private func withSessionSlot(for principal: Principal?, _ body: @escaping @Sendable (SessionSlot?) -> Void) {
        if let permit = sessionSlots.tryAcquire(for: 0) { return body(slot(permit, for: principal)) }
        // Awaited by nobody: the queue is bounded and has a deadline, so it ends by itself, and answers the exchange in either case.
        Task { [self] in
            do throws(AcquireError) {
                body(slot(try await sessionSlots.acquire(for: 0), for: principal))
            } catch {
                body(nil)
            }
        }
    }

    /// The place of a session, counted for its tenant too; `nil` if that has as many as it may.
    private func slot(_ permit: FairLimiter<UInt8>.Permit, for principal: Principal?) -> SessionSlot? {
        guard let tenants else { return SessionSlot(permit) }
        guard tenants.openSession(of: principal?.tenant) else {
            permit.release()
            return nil
        }
        return SessionSlot(permit) { tenants.closeSession(of: principal?.tenant) }
    }

    // MARK: Finding

    /// The live session the headers name, if there is one.
    func session(of context: RequestContext) -> Session? {
        context.headers?.first(RoutingHeaders.sessionId).flatMap { sessions.session($0, for: context.principal) }
    }

    /// What became of looking for a session.
    enum SessionSearch: Sendable {
        case found(Session)
        /// It has ended, or never was.
        case unknown
        /// The store that may know it cannot be asked now.
        case unavailable
    }

    /// Calls back with the session of this id, which may first have to be brought back from the session store.
    func withSession(_ id: String, context: RequestContext, _ body: @escaping @Sendable (SessionSearch) -> Void) {
        if let session = sessions.session(id, for: context.principal) {
            guard sessions.hasExpired(session, now: configuration.clock.now) else { return body(.found(session)) }
            expire(session)
            guard configuration.sessionStore != nil else { return body(.unknown) } // it may have been used on another instance
        }
        guard let store = configuration.sessionStore else { return body(.unknown) }
        // Awaited by nobody: the exchange waits for its answer, which comes in either case.
        Task { body(await restore(id, from: store, context: context)) }
    }

    /// The session the headers name, brought back from the session store if need be.
    private func findSession(_ context: RequestContext) async -> SessionSearch {
        guard let id = context.headers?.first(RoutingHeaders.sessionId) else { return .unknown }
        return await withCheckedContinuation { continuation in
            withSession(id, context: context) { continuation.resume(returning: $0) }
        }
    }

    private func restore(_ id: String, from store: any SessionStore, context: RequestContext) async -> SessionSearch {
        do {
            let found = try await store.load(id)
            guard Self.isRecord(found, of: context.principal), let record = found, isAlive(record) else { return .unknown }
            if let session = sessions.session(id, for: context.principal) { return .found(session) } // another request was quicker
            // Where the store keeps every session, the one unused here for longest makes room: it is found again when it is used.
            if sessionSlots.snapshot.total.active >= configuration.maximumConnections, let oldest = sessions.leastRecentlyUsed { drop(oldest) }
            guard let permit = sessionSlots.tryAcquire(for: 0), let slot = slot(permit, for: context.principal) else { return .unavailable }
            let session = try Session(
                record: record, number: sessions.nextNumber(), scope: CallScope(), principal: context.principal,
                delivery: .streams(SessionStreams(session: id, store: configuration.eventStore, base: instance.streamBase, presence: presence)), slot: slot,
                clock: configuration.clock, historyLimit: configuration.historyLimit, requestBase: instance.requestBase)
            guard sessions.adopt(session) else {
                session.slot.release()
                return sessions.session(id, for: context.principal).map(SessionSearch.found) ?? .unknown
            }
            enter(session)
            return .found(session)
        } catch {
            configuration.logger.error("a session could not be restored", metadata: ["error": "\(error)"])
            return .unavailable
        }
    }

    /// Whether a record is that of a session of the caller, by the bytes of its name.
    ///
    /// Where there is none a name is compared all the same: or that answer came sooner than the one for a session which is somebody else's.
    private static func isRecord(_ record: SessionRecord?, of principal: Principal?) -> Bool {
        let owner = record.map(\.principal) ?? "4:none|4:none|4:none"
        switch (owner, principal?.identity) {
        case (nil, nil): return true
        case (let owner?, let asking?): return owner.utf8.elementsEqual(asking.utf8) && record != nil
        default: return false
        }
    }

    private func isAlive(_ record: SessionRecord) -> Bool {
        let now = configuration.clock.wallTime
        return now - record.createdAt < configuration.connectionTimeout.wholeMilliseconds
            && now - record.lastUsedAt < configuration.idleTimeout.wholeMilliseconds
    }

    // MARK: Ending

    /// Ends a session for good: here, in the store, on all instances.
    func end(_ session: Session) {
        guard drop(session), case .streams = session.delivery else { return }
        if configuration.eventStore is any SharedEventStore { configuration.eventStore.remove(session: session.id) }
        guard configuration.sessionStore != nil else { return }
        publish(.sessionEnded(session: session.id))
        forgetRecord(of: session) // what stays in the store by a failure expires there
    }

    /// A session has not been used here for too long, or has lived too long. Where others share its record they may know better: it is only dropped.
    func expire(_ session: Session) {
        if configuration.sessionStore == nil { end(session) } else { drop(session) }
    }

    /// Ends a session in this process: its calls are cancelled, its streams closed, its state forgotten. False if it was not there.
    @discardableResult
    func drop(_ session: Session) -> Bool {
        guard sessions.remove(session.id) != nil else { return false }
        session.scope.cancelAll(.sessionEnded)
        session.requests.failAll(TransportError(.closed, "the session has ended"))
        removeWaiting(session)
        session.slot.release()
        guard case .streams(let streams) = session.delivery else { return true }
        streams.end()
        if let shared = configuration.eventStore as? any SharedEventStore { shared.release(session: session.id) } else { configuration.eventStore.remove(session: session.id) }
        return true
    }

    /// Whoever of the session still waits for the server's places waits no more.
    private func removeWaiting(_ session: Session) {
        let key = session.number << 1 | 1
        if let tenants { tenants.lane(of: session.principal?.tenant)?.removeAll(for: key) } else { admission.limiter.removeAll(for: key) }
    }

    /// The connection of a duplex session is gone. With `finishing`, what it has in flight is still answered.
    func endDuplex(_ session: Session, finishing: Bool) {
        guard finishing else { return end(session) }
        guard sessions.remove(session.id) != nil else { return }
        session.requests.failAll(TransportError(.closed, "the client has gone"))
        session.slot.release()
    }

    // MARK: Streams of Streamable HTTP sessions

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
                streams.connectServerStream(sink, primes: session.revision.hasPrimingEvent)
                sink.onDisconnect { streams.detach(streams.serverStream, sink: sink) }
            }
            return nil
        } catch {
            switch error {
            case .unknownEvent: return Self.refusal(400, "the header Last-Event-ID names no event of this session; open a stream without it")
            case .gone: return Self.refusal(404, "the events after Last-Event-ID are no longer kept; open a stream without it")
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
            end(session)
            return OutboundResponse(body: nil, status: 204)
        }
    }

    private static func refusal(_ status: Int, _ message: String) -> OutboundResponse {
        OutboundResponse(body: JSONRPC.error(id: nil, .invalidRequest(message)), status: status)
    }
}
