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

    /// A session is in use without a request: somebody listens, or a call takes long. Its record, and its place among its tenant's, must not lapse meanwhile.
    func keepRecordAlive(of session: Session) {
        guard case .streams = session.delivery else { return }
        touchRecord(of: session, configuration.clock.now)
        checkInUse(session)
    }

    private func touchRecord(of session: Session, _ now: MonotonicTime) {
        guard let store = configuration.sessionStore, session.with({ $0.mustTouchStore(now, every: configuration.idleTimeout / 10) }) else { return }
        let (id, time, logger) = (session.id, configuration.clock.wallTime, configuration.logger)
        // Awaited by nobody: the next use notes a later time.
        Task {
            do { try await store.touch(id, at: time) } catch { logger.warning("the use of a session could not be noted", metadata: ["error": "\(error)"]) }
        }
    }

    /// Another instance has changed a session's record.
    func recordChanged(_ id: String, version: Int64) {
        guard let session = sessions.session(id), session.with({ $0.record.heard(of: version) }) else { return }
        keepRecord(of: session)
    }

    /// Takes the steps that are due; for whom the state machine told to begin.
    private func keepRecord(of session: Session) {
        guard let store = configuration.sessionStore else { return }
        // Awaited by nobody: what could not be written is written with the session's next change, and lives on here.
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
