import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension DoctorRun {
    /// Legacy sessions: whether they are known for as long as they are used, gone when they are ended, and leave nothing behind.
    func sessions(_ reader: (any ProcessReading)?, _ seen: inout DoctorObservations) async throws {
        progress("opening sessions")
        var result = DoctorObservations.Sessions(opened: 0, requests: 0, lost: 0)
        var ended: String?
        for _ in 0..<3 {
            do {
                try await server.withClient(era: .legacy(), clock: clock) { client, link in
                    guard let first = link.sessionID() else { return }
                    result.opened += 1
                    var current = first
                    for _ in 0..<8 {
                        result.requests += 1
                        do { try await client.ping() } catch where Self.isLost(error) { result.lost += 1 }
                        // A client renews a session that was lost; the new id tells.
                        if let id = link.sessionID(), id != current {
                            result.lost += 1
                            current = id
                        }
                    }
                    ended = current
                }
            } catch where Self.isLost(error) {
                result.opened += 1
                result.requests += 1
                result.lost += 1
            } catch is ProtocolError {
                return // it has no legacy era
            } catch let error as ClientError {
                seen.omit(.sessions, "sessions: \(error.message)")
                return
            }
        }
        if result.opened == 0 { return } // it has no sessions
        if let ended, result.lost == 0 { result.answersAfterEnd = await answers(ended) }
        seen.sessions = result
        guard let reader, result.lost == 0, subjects.contains(.growth) else { return }
        try await server.withClient(clock: clock) { client, _ in
            seen.growth += try await leak(.init(duration: limits.duration / 5, idle: .zero, workers: 2)).parts([.session], client, reader)
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
