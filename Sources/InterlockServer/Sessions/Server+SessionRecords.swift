import InterlockConcurrency
import InterlockStorage
import InterlockTransport
import Logging

// How what is remembered of a session gets into the store and back: one writer for each session, and every write names the version it replaces, so that
// instances which change a session at the same time lose nothing of each other.
extension Server {
    /// Writes what has changed of a session to the store, if there is one; HTTP sessions only, as others end with their connection.
    func remember(_ session: Session) {
        guard configuration.sessionStore != nil, case .streams = session.delivery else { return }
        if session.with({ $0.record.changed() }) { keepRecord(of: session) }
    }

    /// Writes the record of a session that has just begun; false if its tenant has as many sessions as it may, over all instances.
    func saveFirst(_ session: Session) async throws -> Bool {
        guard let store = configuration.sessionStore else { return true }
        let record = session.currentRecord(clock: configuration.clock)
        do {
            guard let tenants else {
                try await store.save(record)
                return true
            }
            let now = configuration.clock.wallTime
            let quota = SessionQuota(
                maximum: tenants.directory.terms(of: session.principal?.tenant)?.policy.maximumSessions,
                createdSince: now - configuration.connectionTimeout.wholeMilliseconds + 1, usedSince: now - configuration.idleTimeout.wholeMilliseconds + 1)
            return try await store.create(record, within: quota)
        } catch {
            configuration.logger.error("a session could not be saved", metadata: ["error": "\(error)"])
            throw error
        }
    }

    /// Notes a use of the session: in memory always, in the store so seldom that it costs nothing and so often that its lifetime there is true.
    func touch(_ session: Session) {
        let now = configuration.clock.now
        session.touch(now)
        guard configuration.sessionStore != nil, case .streams = session.delivery else { return }
        touchRecord(of: session, now)
    }

    /// How often the store is told that a session is used.
    var touchInterval: Duration { configuration.idleTimeout / 10 }

    private func touchRecord(of session: Session, _ now: MonotonicTime) {
        guard let store = configuration.sessionStore, session.with({ $0.mustTouchStore(now, every: touchInterval) }) else { return }
        // Awaited by nobody: the next use notes a later time.
        Task { await noteUse(of: session, in: store) }
    }

    /// Tells the store that a session is used now.
    func noteUse(of session: Session, in store: any SessionStore) async {
        do {
            try await store.touch(session.id, at: configuration.clock.wallTime)
            upkeep.noting.succeeded()
            rememberWhatIsOwed(of: session)
        } catch {
            guard upkeep.noting.failed() else { return } // said already
            configuration.logger.warning(
                "the use of a session could not be noted; this is not said again before one could be", metadata: ["error": "\(error)"])
        }
    }

    /// The store has answered: it gets what it could not be told before, though the client was told that it is so.
    func rememberWhatIsOwed(of session: Session) {
        if session.recordToWrite(clock: configuration.clock) != nil { remember(session) }
    }

    /// Another instance has changed a session's record.
    func recordChanged(_ id: String, version: Int64) {
        guard let session = sessions.session(id), session.with({ $0.record.heard(of: version) }) else { return }
        keepRecord(of: session)
    }

    /// Takes the steps that are due; for whom the state machine told to begin.
    private func keepRecord(of session: Session) {
        guard let store = configuration.sessionStore else { return }
        // Awaited by nobody: what could not be written lives on here, and is written with the session's next change or the store's next answer.
        Task { [self] in
            while let step = session.with({ $0.record.next() }) {
                do {
                    switch step {
                    case .write: try await write(session, to: store)
                    case .read: _ = try await read(session, from: store)
                    }
                } catch {
                    configuration.logger.error("the record of a session could not be kept up", metadata: ["step": "\(step)", "error": "\(error)"])
                }
            }
        }
    }

    private func write(_ session: Session, to store: any SessionStore) async throws {
        for _ in 0..<Self.writeAttempts {
            guard let record = session.recordToWrite(clock: configuration.clock) else { return }
            if try await store.replace(record, expecting: record.version - 1) {
                session.with { $0.record.wrote(record) }
                publish(.sessionChanged(session: session.id, version: record.version))
                return
            }
            // Another instance was quicker; or the session has ended there or lapsed, and is not made again.
            guard try await read(session, from: store) else { return }
        }
        throw StoreError(.unavailable, "other instances changed the session in each of \(Self.writeAttempts) attempts")
    }

    /// Clients change their sessions a few times in all; this often in one moment, on as many instances, none does.
    private static let writeAttempts = 16
}
