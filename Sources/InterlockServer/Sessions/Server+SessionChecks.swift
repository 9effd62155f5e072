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
        } catch let error as StoreError where error.code == .corrupt {
            corruptRecords.note(.session, error)
            drop(session)
            return false
        } catch {
            session.check.failed(now: configuration.clock.now)
            configuration.logger.warning("a session could not be compared with its record, and goes on", metadata: ["error": "\(error)"])
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

    /// A session that nobody has asked for, but which somebody listens to or a call runs in, is compared too: it would stay here as long as they do.
    func checkInUse(_ session: Session) {
        guard let store = configuration.sessionStore, mustCheck(session, now: configuration.clock.now) else { return }
        // Awaited by nobody: what it finds is done with the session.
        Task { _ = await stillLives(session, in: store) }
    }
}
