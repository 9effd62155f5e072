import InterlockConcurrency
import InterlockStorage
import InterlockTransport
import Logging

// How sessions end, and what goes with them.
extension Server {
    /// Ends a session for good: here at once, then in the store, then on all instances.
    ///
    /// No request brings it back here from then on: not one that has read its record already, nor one that reads it before it is removed.
    ///
    /// - Returns: the rest, which goes on when nobody awaits it: it ends when the record is gone and the others were told, or when the bus did not take that,
    ///   which they learn of as ``tell(_:)`` says; it throws when the store could not remove it. Then the session can be brought back until it lapses. `nil` where nothing is kept of the session.
    @discardableResult
    func end(_ session: Session) -> Task<Void, any Error>? {
        guard let store = configuration.sessionStore, case .streams = session.delivery else {
            if drop(session), case .streams = session.delivery { forgetEvents(of: session.id) }
            return nil
        }
        let id = session.id
        let current = sessions.removalBegins(id)
        if let current { drop(current) }
        drop(session)
        session.with { $0.record.ended() }
        return Task { [self] in
            let removal: Result<Void, any Error>
            do {
                try await store.remove(id)
                forgetEvents(of: id)
                removal = .success(())
            } catch {
                configuration.logger.error("the record of a session that has ended could not be removed", metadata: ["error": "\(error)"])
                removal = .failure(error)
            }
            sessions.removalIsOver(id)
            // Told when the record is gone: what others have read of it before is void with the message, and after it they find none.
            await tell(.sessionEnded(session: id))
            try removal.get()
        }
    }

    /// Events that other instances may be asked for go with their session; those of this process go when it is dropped.
    private func forgetEvents(of session: String) {
        if configuration.eventStore is any SharedEventStore { configuration.eventStore.remove(session: session) }
    }

    /// A session has not been used here for too long, or has lived too long. Where others share its record they may know better: it is only dropped.
    func expire(_ session: Session) {
        if configuration.sessionStore == nil { end(session) } else { drop(session, livesOn: true) }
    }

    /// Ends a session in this process: its calls are cancelled, its streams closed, its state forgotten. False if it was not there.
    ///
    /// - Parameter livesOn: whether it may, on other instances or brought back here.
    @discardableResult
    func drop(_ session: Session, livesOn: Bool = false) -> Bool {
        guard sessions.remove(session) else { return false }
        session.scope.cancelAll(.sessionEnded)
        session.requests.failAll(TransportError(.closed, "the session has ended"))
        removeWaiting(session)
        session.slot.release()
        guard case .streams(let streams) = session.delivery else { return true }
        streams.end(livesOn: livesOn)
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
        guard finishing else {
            end(session)
            return
        }
        guard sessions.remove(session) else { return }
        session.requests.failAll(TransportError(.closed, "the client has gone"))
        session.slot.release()
    }
}
