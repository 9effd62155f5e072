import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockStorage
import InterlockTransport
import Logging

// How sessions begin, and the places they take.
extension Server {
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
        case .exchange: (delivery, scope) = (.streams(newStreams(of: record.id)), CallScope())
        case .duplex(let peer): (delivery, scope) = (.duplex(peer.outbound), peer.scope)
        }
        do throws(ProtocolError) {
            let session = try Session(
                record: record, number: sessions.nextNumber(), scope: scope, principal: context.principal, delivery: delivery, slot: slot,
                clock: configuration.clock, historyLimit: configuration.historyLimit, requestBase: instance.requestBase(), gaps: hearing.gaps)
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
                        // A session that other instances do not know would be lost with the next request. It may have been written all the same, unless
                        // the store was not even asked: then nothing is removed, which would wait for the store at its worst.
                        if (error as? StoreError)?.isKeptAway == true { drop(session) } else { end(session) }
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

    /// The streams of a session that becomes live here.
    func newStreams(of session: String) -> SessionStreams {
        SessionStreams(session: session, store: configuration.eventStore, base: instance.streamBase(), presence: presence)
    }

    /// What becomes of what the registry finds in its sweeps.
    var sweep: @Sendable (SessionRegistry.Findings) -> Void {
        { [weak self] findings in
            for session in findings.expired { self?.expire(session) }
            self?.keepUp(findings.inUse)
        }
    }

    /// What became of looking for a place for a session.
    enum SessionPlace: Sendable {
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
    func place(_ permit: FairLimiter<UInt8>.Permit, for principal: Principal?, isKept: Bool) -> SessionPlace {
        guard let tenants else { return .taken(SessionSlot(permit)) }
        guard tenants.openSession(of: principal?.tenant, isBounded: !isKept) else {
            permit.release()
            return .tenantFull
        }
        return .taken(SessionSlot(permit) { tenants.closeSession(of: principal?.tenant, isBounded: !isKept) })
    }
}
