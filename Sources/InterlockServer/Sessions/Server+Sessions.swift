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
            tenant: tenants == nil ? nil : context.principal?.tenant ?? "", clientInfo: params.clientInfo.encoded(for: EncodingContext(revision: revision)),
            clientCapabilities: params.capabilities.encoded(for: EncodingContext(revision: revision)), createdAt: clock.wallTime, lastUsedAt: clock.wallTime)
        let client = ClientDeparture()
        if case .exchange = origin { stream.onDisconnect { client.goes() } }
        withSessionPlace(for: context.principal, isKept: isKept(origin), unless: client) { [self] place in
            if client.hasGone {
                if case .taken(let slot) = place { slot.release() }
                return stream.finish(Self.noPlace("the connection was lost", id: id)) // nobody reads it
            }
            switch place {
            case .taken(let slot): begin(record, slot: slot, id: id, from: origin, context: context, client: client, stream: stream)
            case .full:
                configuration.logger.warning("a session was refused: all places are taken, and none came free in time", metadata: [
                    "event": "sessions_full", "limit": .stringConvertible(configuration.maximumConnections), "sessions": .stringConvertible(sessions.count),
                ])
                stream.finish(Self.noPlace("all \(configuration.maximumConnections) sessions of this server are in use; try again later", id: id))
            case .tenantFull: stream.finish(Self.tenantFull(id: id))
            }
        }
    }

    private static func noPlace(_ message: String, id: RequestID) -> OutboundResponse {
        OutboundResponse(body: JSONRPC.error(id: id, .internalError(message)), status: 503, headers: [("Retry-After", "5")])
    }

    private static func tenantFull(id: RequestID) -> OutboundResponse {
        noPlace("the tenant of this credential has as many sessions as it may; end one of them, or try again later", id: id)
    }

    /// Whether the session of an `initialize` goes into the session store, and is counted there.
    private func isKept(_ origin: MessageOrigin) -> Bool {
        if case .exchange = origin { configuration.sessionStore != nil } else { false }
    }

    private func begin(
        _ record: SessionRecord, slot: SessionSlot, id: RequestID, from origin: MessageOrigin, context: RequestContext, client: ClientDeparture,
        stream: any ResponseStream
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
            // It is entered before its connection knows it: a connection that is lost at this moment takes out what it knows, and no more.
            enter(session)
            if case .duplex(let peer) = origin, !peer.begin(session) {
                _ = sessions.remove(session)
                throw .invalidRequest("this connection is initialized already, or was lost; a session lasts as long as its connection")
            }
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
                        guard try await saveFirst(session) else {
                            drop(session)
                            return stream.finish(Self.tenantFull(id: id))
                        }
                        if client.hasGone { end(session) } // nobody would ever learn its id
                        stream.finish(response)
                    } catch {
                        // A session that other instances do not know would be lost with the next request. It may have been written all the same.
                        end(session)
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

    private func enter(_ session: Session) { sessions.insert(session, sweep: sweep) }

    /// What becomes of what the registry finds in its sweeps.
    private var sweep: @Sendable (Session, SessionRegistry.Finding) -> Void {
        { [weak self] session, finding in
            switch finding {
            case .expired: self?.expire(session)
            case .inUse: self?.keepRecordAlive(of: session)
            }
        }
    }

    /// What became of looking for a place for a session.
    private enum SessionPlace: Sendable {
        case taken(SessionSlot)
        /// The server has none, and none came free in time.
        case full
        /// The tenant has as many sessions as it may.
        case tenantFull
    }

    /// Calls back with a place for a session, at once if one is free, or with none if the wait for one was in vain. Who goes leaves the queue.
    private func withSessionPlace(
        for principal: Principal?, isKept: Bool, unless client: ClientDeparture, _ body: @escaping @Sendable (SessionPlace) -> Void
    ) {
        if let permit = sessionSlots.tryAcquire(for: 0) { return body(place(permit, for: principal, isKept: isKept)) }
        // Awaited by nobody: the queue is bounded and has a deadline, so it ends by itself, and answers the exchange in either case.
        let wait = Task { [self] in
            do throws(AcquireError) {
                body(place(try await sessionSlots.acquire(for: 0), for: principal, isKept: isKept))
            } catch {
                body(.full)
            }
        }
        client.onDeparture { wait.cancel() }
    }

    /// The place of a session, counted for its tenant too. What is kept in the session store is bounded there, over all instances.
    private func place(_ permit: FairLimiter<UInt8>.Permit, for principal: Principal?, isKept: Bool) -> SessionPlace {
        guard let tenants else { return .taken(SessionSlot(permit)) }
        guard tenants.openSession(of: principal?.tenant, isBounded: !isKept) else {
            permit.release()
            return .tenantFull
        }
        return .taken(SessionSlot(permit) { tenants.closeSession(of: principal?.tenant) })
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
        Task {
            let began = configuration.clock.now
            let search = await restore(id, from: store, context: context)
            context.steps?.note("session restore", from: began, to: configuration.clock.now)
            body(search)
        }
    }

    /// The session the headers name, brought back from the session store if need be.
    private func findSession(_ context: RequestContext) async -> SessionSearch {
        guard let id = context.headers?.first(RoutingHeaders.sessionId) else { return .unknown }
        return await withCheckedContinuation { continuation in
            withSession(id, context: context) { continuation.resume(returning: $0) }
        }
    }

    private func restore(_ id: String, from store: any SessionStore, context: RequestContext) async -> SessionSearch {
        guard let ticket = sessions.beginRestoring(id) else { return .unknown }
        defer { sessions.endRestoring(ticket) }
        do {
            let found = try await store.load(id)
            guard Self.isRecord(found, of: context.principal), let record = found, isAlive(record) else { return .unknown }
            if let session = sessions.session(id, for: context.principal) { return .found(session) } // another request was quicker
            // Where the store keeps every session, the one unused here for longest makes room: it is found again when it is used.
            if sessionSlots.snapshot.total.active >= configuration.maximumConnections, let oldest = sessions.leastRecentlyUsed { drop(oldest) }
            guard let permit = sessionSlots.tryAcquire(for: 0), case .taken(let slot) = place(permit, for: context.principal, isKept: true) else {
                return .unavailable
            }
            let session: Session
            do {
                session = try Session(
                    record: record, number: sessions.nextNumber(), scope: CallScope(), principal: context.principal,
                    delivery: .streams(SessionStreams(session: id, store: configuration.eventStore, base: instance.streamBase, presence: presence)), slot: slot,
                    clock: configuration.clock, historyLimit: configuration.historyLimit, requestBase: instance.requestBase)
            } catch {
                slot.release()
                throw StoreError(.corrupt, "the record of a session is not what a client has sent: \(error)")
            }
            guard sessions.adopt(session, ticket, sweep: sweep) else {
                session.slot.release()
                return sessions.session(id, for: context.principal).map(SessionSearch.found) ?? .unknown
            }
            return .found(session)
        } catch let error as StoreError where error.code == .corrupt {
            corruptRecords.note(.session, error)
            return .unknown // its client begins anew, as nothing brings it back
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
    ///
    /// No request brings it back from here on: not one that has read its record already, nor one that reads it before it is removed.
    func end(_ session: Session) {
        guard configuration.sessionStore != nil, case .streams = session.delivery else {
            if drop(session), case .streams = session.delivery, configuration.eventStore is any SharedEventStore {
                configuration.eventStore.remove(session: session.id)
            }
            return
        }
        let current = sessions.removalBegins(session.id)
        if let current { drop(current) }
        drop(session)
        if configuration.eventStore is any SharedEventStore { configuration.eventStore.remove(session: session.id) }
        if !forgetRecord(of: session) { sessions.removalIsOver(session.id) } // whoever ended it before has begun the removal
    }

    /// A session has not been used here for too long, or has lived too long. Where others share its record they may know better: it is only dropped.
    func expire(_ session: Session) {
        if configuration.sessionStore == nil { end(session) } else { drop(session) }
    }

    /// Ends a session in this process: its calls are cancelled, its streams closed, its state forgotten. False if it was not there.
    @discardableResult
    func drop(_ session: Session) -> Bool {
        guard sessions.remove(session) else { return false }
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
        guard sessions.remove(session) else { return }
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
