import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension DoctorRun {
    /// Legacy sessions: whether they are known for as long as they are used, over other connections and after a rest, gone when they are ended, and leave
    /// nothing behind.
    func sessions(_ reader: (any ProcessReading)?, _ seen: inout DoctorObservations) async throws {
        progress("opening sessions")
        var result = DoctorObservations.Sessions(opened: 0, requests: 0, lost: 0)
        let before = reader?.sample()?.began
        // Whatever ends this, what was seen of sessions until then counts.
        defer { if result.opened > 0 { seen.sessions = result } }
        var ended: String?
        for _ in 0..<3 {
            do {
                try await server.withClient(era: .legacy(), clock: clock) { client, link in
                    guard link.sessionID() != nil else { return }
                    result.opened += 1
                    for _ in 0..<8 { try await ping(client, link, &result) }
                    ended = link.sessionID()
                }
            } catch where Self.isLost(error) {
                result.opened += 1
                result.requests += 1
                result.lost += 1
            } catch is ProtocolError {
                return // it has no legacy era
            } catch let error as ClientError where error.code == .incompatible {
                return // nor has this one
            }
        }
        if result.opened == 0 { return } // it has no sessions
        if let ended, result.lost == 0 { result.answersAfterEnd = await answers(ended) }
        try await elsewhere(&result)
        try await rested(&result)
        result.hasRestarted = before.flatMap { before in
            // A process that was there and is not any more, or another one behind the same port.
            guard let now = reader?.sample()?.began else { return true }
            return before.contains { now[$0.key] != $0.value }
        }
        guard let reader, result.lost == 0, subjects.contains(.growth) else { return }
        try await server.withClient(clock: clock) { client, _ in
            let limits = LeakRun.Limits(duration: limits.duration / 5, idle: .zero, workers: 2, sessionLifetime: limits.sessionLifetime)
            try await leak(limits).add([.session], client, reader, to: &seen)
            guard seen.lost == nil else { return }
            try await leak(limits).add([.abandonedSession], client, reader, to: &seen)
        }
    }

    /// One request in a session. A client renews a session that was lost; the new id tells.
    private func ping(_ client: Client, _ link: DiagnosedServer.Link, _ result: inout DoctorObservations.Sessions) async throws {
        let current = link.sessionID()
        result.requests += 1
        do {
            try await client.ping()
            if link.sessionID() != current { result.lost += 1 }
        } catch where Self.isLost(error) {
            result.lost += 1
        }
    }

    /// Requests in one session, each on a connection of its own: whether every instance knows it.
    func elsewhere(_ result: inout DoctorObservations.Sessions) async throws {
        try await server.withClient(era: .legacy(), clock: clock) { client, link in
            guard let session = link.sessionID() else { return }
            let revision = client.server?.revision ?? .latestLegacy
            for _ in 0..<6 {
                switch await asked(in: session, revision) {
                case .message(let message)?:
                    // Busy or broken, it says nothing of the session.
                    if let code = message.error?["code"]?.int, DiagnosedServer.isBusy(code) || code == -32603 { break }
                    result.elsewhere += 1
                    // Whoever knows the session answers a ping with a result.
                    if message.error != nil { result.lostElsewhere += 1 }
                case .failed(let error)? where error.code == .sessionNotFound || [400, 404].contains(error.httpStatus):
                    // Servers of either habit: the specification has 404, and some refuse an unknown id as a bad request.
                    result.elsewhere += 1
                    result.lostElsewhere += 1
                case .failed?, .nothing?, nil: break // nothing was said of the session
                }
            }
            try await ping(client, link, &result)
        }
    }

    /// A session that rests, for longer each time: whether it is still known. An examination of less than ten seconds has time for the shorter rest only.
    private func rested(_ result: inout DoctorObservations.Sessions) async throws {
        try await server.withClient(era: .legacy(), clock: clock) { client, link in
            for rest in limits.duration < .seconds(10) ? [1.0] : [1.0, 3.0] {
                guard let session = link.sessionID() else { return }
                progress("a session rests for \(rest.fixed(0)) s")
                try await clock.sleep(for: Duration(seconds: rest))
                var isLost = false
                do { try await client.ping() } catch where Self.isLost(error) { isLost = true }
                guard !isLost, link.sessionID() == session else {
                    result.lostAfterRest = rest
                    return
                }
                result.outlivedRest = rest
            }
        }
    }

    /// A ping in a session of another connection, on a new one; `nil` where no connection was made.
    private func asked(in session: String, _ revision: ProtocolRevision) async -> RawPeer.Reply? {
        do {
            let peer = try await RawPeer(server.open(), inSessionOf: revision, timeout: min(server.timeout, .seconds(3)), clock: clock)
            let reply = await peer.ask(
                JSONRPC.request(id: 76, method: Method.ping), id: 76, method: Method.ping,
                headers: [(RoutingHeaders.sessionId, session), (RoutingHeaders.protocolVersion, revision.rawValue)])
            await peer.close()
            return reply
        } catch {
            return nil
        }
    }

    private static func isLost(_ error: any Error) -> Bool {
        let transport = error as? TransportError ?? (error as? ClientError)?.transportError
        return transport?.code == .sessionNotFound
    }

    /// Whether a session that was ended still answers.
    private func answers(_ session: String) async -> Bool? {
        do {
            let peer = try await RawPeer(server.open(), isModern: false, start: server.timeout, timeout: .seconds(2), clock: clock)
            let reply = await peer.ask(
                JSONRPC.request(id: 77, method: Method.ping), id: 77, method: Method.ping,
                headers: [(RoutingHeaders.sessionId, session), (RoutingHeaders.protocolVersion, ProtocolRevision.latestLegacy.rawValue)])
            await peer.close()
            switch reply {
            case .message(let message): return message.result != nil
            case .failed: return false
            case .nothing: return nil
            }
        } catch {
            return nil // the session that was to ask could not be begun
        }
    }
}
