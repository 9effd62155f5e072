import InterlockConcurrency
import InterlockStorage
import InterlockTransport
import Logging

// Sessions that are live here, compared with the store: it knows which of them have ended on another instance.
extension Server {
    /// Whether a session that is live here has to be compared with its record before it is used.
    func mustCheck(_ session: Session, now: MonotonicTime) -> Bool {
        // What lives with its connection is in no store.
        guard configuration.sessionStore != nil, case .streams = session.delivery else { return false }
        return session.check.isDue(hearing, now: now)
    }

    /// Compares a session that is live here with its record, and takes over what others have changed in it; false if it has ended: then it is dropped.
    ///
    /// While the store does not answer a session goes on, as it does when it need not be compared.
    func stillLives(_ session: Session, in store: any SessionStore) async -> Bool {
        let gaps = hearing.gaps
        do {
            guard try await read(session, from: store) else { return false }
            session.check.passed(gaps: gaps, now: configuration.clock.now)
            upkeep.comparing.succeeded()
            rememberWhatIsOwed(of: session)
        } catch let error as StoreError where error.code == .corrupt {
            corruptRecords.note(.session, error)
            drop(session)
            return false
        } catch {
            session.check.failed(now: configuration.clock.now)
            guard upkeep.comparing.failed() else { return true } // said already, of this session or another
            configuration.logger.warning(
                "a session could not be compared with its record, and goes on, as others will; this is not said again before one could be",
                metadata: ["error": "\(error)"])
        }
        return true
    }

    /// Reads the record of a session and takes over what others have changed in it. False if there is none: the session has ended elsewhere, and is dropped.
    func read(_ session: Session, from store: any SessionStore) async throws -> Bool {
        let before = session.with { $0.record.stored.version }
        guard let found = try await store.load(session.id) else {
            drop(session)
            return false
        }
        session.merge(found, knownBefore: before, clock: configuration.clock)
        return true
    }

    /// Sessions are in use without a request: somebody listens, or a call takes long. Their records, and their places among their tenants', must not lapse
    /// meanwhile; and those that are due are compared, or one that has ended would stay here as long as it is in use. A round of many at a time, bounded.
    func keepUp(_ sessions: [Session]) {
        guard let store = configuration.sessionStore else { return }
        let now = configuration.clock.now
        let due = sessions.filter { session in
            guard case .streams = session.delivery else { return false }
            return mustCheck(session, now: now) || session.with { $0.isTouchDue(now, every: touchInterval) }
        }
        upkeep.begin(due) { [self] session in
            guard self.sessions.session(session.id) === session else { return } // it has ended, or was let go, before its turn
            let now = configuration.clock.now
            if mustCheck(session, now: now) { guard await stillLives(session, in: store) else { return } }
            if session.with({ $0.mustTouchStore(now, every: touchInterval) }) { await noteUse(of: session, in: store) }
        }
    }
}
