import InterlockConcurrency
import InterlockProtocol
import InterlockStorage
import InterlockTransport
import Logging

// How the session of a request is found: live here, or brought back from the session store.
extension Server {
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
        var live: Session?
        if let session = sessions.session(id, for: context.principal) {
            let now = configuration.clock.now
            if sessions.hasExpired(session, now: now) {
                expire(session)
                guard configuration.sessionStore != nil else { return body(.unknown) } // it may have been used on another instance
            } else {
                guard mustCheck(session, now: now) else { return body(.found(session)) }
                live = session
            }
        }
        guard let store = configuration.sessionStore else { return body(.unknown) }
        // Awaited by nobody: the exchange waits for its answer, which comes in either case.
        Task { [live] in
            guard let steps = context.steps else { return body(await find(id, live: live, in: store, context: context)) }
            let began = configuration.clock.now
            let search = await find(id, live: live, in: store, context: context)
            steps.note(live == nil ? "session restore" : "session check", from: began, to: configuration.clock.now)
            body(search)
        }
    }

    /// The session by what the store says: one that is live here if it has not ended, else one that is brought back.
    private func find(_ id: String, live: Session?, in store: any SessionStore, context: RequestContext) async -> SessionSearch {
        guard let live else { return await restore(id, from: store, context: context) }
        guard await stillLives(live, in: store) else { return .unknown }
        if let session = sessions.session(id, for: context.principal) { return .found(session) }
        return await restore(id, from: store, context: context) // it has made room meanwhile, or has ended
    }

    /// The session the headers name, brought back from the session store if need be.
    func findSession(_ context: RequestContext) async -> SessionSearch {
        guard let id = context.headers?.first(RoutingHeaders.sessionId) else { return .unknown }
        return await withCheckedContinuation { continuation in
            withSession(id, context: context) { continuation.resume(returning: $0) }
        }
    }

    private func restore(_ id: String, from store: any SessionStore, context: RequestContext) async -> SessionSearch {
        guard let ticket = sessions.beginRestoring(id) else { return .unknown }
        defer { sessions.endRestoring(ticket) }
        let gaps = hearing.gaps
        do {
            let found = try await store.load(id)
            guard Self.isRecord(found, of: context.principal), let record = found, isAlive(record) else { return .unknown }
            if let session = sessions.session(id, for: context.principal) { return .found(session) } // another request was quicker
            // Where the store keeps every session, one that has long been unused here makes room: it is found again when it is used.
            if sessionSlots.snapshot.total.active >= configuration.maximumConnections, let unused = sessions.candidateToMakeRoom().session {
                drop(unused, livesOn: true)
            }
            guard let permit = sessionSlots.tryAcquire(for: 0), case .taken(let slot) = place(permit, for: context.principal, isKept: true) else {
                return .unavailable
            }
            let session: Session
            do {
                session = try Session(
                    record: record, number: sessions.nextNumber(), scope: CallScope(), principal: context.principal,
                    delivery: .streams(newStreams(of: id)), slot: slot, clock: configuration.clock, historyLimit: configuration.historyLimit,
                    requestBase: instance.requestBase(), gaps: gaps)
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
}
