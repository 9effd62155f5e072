internal import InterlockJSON
internal import InterlockProtocol
internal import InterlockTransport
internal import Logging
import Synchronization

extension Client {
    /// Connects: starts the transport, finds out which era the server speaks, and shakes hands where there is a handshake.
    ///
    /// Call once. When it throws, the transport is closed and the client cannot be used again.
    @discardableResult
    public func connect() async throws -> ServerDescription {
        let mayConnect = state.withLock { state in
            guard case .idle = state.phase else { return false }
            state.phase = .connecting
            return true
        }
        guard mayConnect else { throw ClientError(.misuse, "connect was called twice or after close; make a new client") }
        do {
            try await transport.start(ReceiverProxy(self))
            return try await negotiate()
        } catch {
            let clientError = (error as? TransportError).map { ClientError($0) }
            end(clientError ?? ClientError(.closed, "the client could not connect: \(error)", cause: error))
            await transport.close()
            throw clientError ?? error
        }
    }

    private func negotiate() async throws -> ServerDescription {
        switch configuration.era {
        case .automatic:
            return try await probe(.latest)
        case .modern(let revision):
            return try connected(makeWire(revision), ServerDescription(revision: revision))
        case .legacy(let revision):
            return try await initialize(revision)
        }
    }

    private func probe(_ revision: ProtocolRevision, isSecond: Bool = false) async throws -> ServerDescription {
        let wire = makeWire(revision)
        let decision: EraDecision
        do {
            let options = RequestOptions(timeout: configuration.probeTimeout)
            let raw = try await perform(Method.discover, wire: wire, options: options) { RequestParams(meta: $0) }
            do throws(ProtocolError) {
                decision = EraDecision(try DiscoverResult(decoding: raw))
            } catch {
                decision = .legacy
            }
        } catch let error as ProtocolError {
            decision = EraDecision(error, asked: revision)
        } catch let error as ClientError {
            guard let legacy = EraDecision(error) else { throw error }
            decision = legacy
        }
        switch decision {
        case .modern(let revision, let result):
            return try connected(makeWire(revision), ServerDescription(
                revision: revision, capabilities: result.capabilities, info: result.meta?.serverInfo, instructions: result.instructions
            ))
        case .askAgain(let other):
            guard !isSecond else { throw ClientError(.incompatible, "the server sent this client from one revision to another without answering in either") }
            return try await probe(other, isSecond: true)
        case .legacy:
            return try await initialize(.latestLegacy)
        case .incompatible(let versions):
            throw ClientError(.incompatible, "the server speaks none of this client's revisions, but: \(versions.joined(separator: ", "))")
        case .refused(let error):
            throw error
        }
    }

    private func initialize(_ proposed: ProtocolRevision, isSecond: Bool = false) async throws -> ServerDescription {
        do {
            return try await handshake(proposed)
        } catch let error as ProtocolError {
            // A server may name what it supports instead of proposing another revision itself.
            guard !isSecond, let supported = error.supportedVersions, !supported.isEmpty else { throw error }
            if let modern = supported.filter(\.isModern).max() { return try await probe(modern, isSecond: true) }
            guard let other = supported.max(), other != proposed else { throw error }
            return try await initialize(other, isSecond: true)
        }
    }

    private func handshake(_ proposed: ProtocolRevision) async throws -> ServerDescription {
        let params = InitializeParams(protocolVersion: proposed.rawValue, capabilities: handlers.capabilities, clientInfo: info)
        let raw = try await perform(Method.initialize, wire: makeWire(proposed), options: RequestOptions()) { _ in params }
        let result: InitializeResult = try complete(raw, of: Method.initialize)
        guard let revision = ProtocolRevision(rawValue: result.protocolVersion), revision.hasHandshake else {
            throw ClientError(.incompatible, "the server wants to speak revision '\(result.protocolVersion.prefix(40))', which this client does not know")
        }
        let server = ServerDescription(revision: revision, capabilities: result.capabilities, info: result.serverInfo, instructions: result.instructions)
        try connected(makeWire(revision), server)
        try await transport.send(ClientMessage(bytes: JSONRPC.notification(Method.initialized), id: nil, method: Method.initialized))
        if configuration.opensServerStream {
            tasks.start { [transport, logger] in
                do {
                    try await transport.openServerStream()
                } catch {
                    // Servers may have no such stream; what belongs to a request comes on that request's stream all the same.
                    logger.debug("the server's own stream could not be opened", metadata: ["error": "\(error)"])
                }
            }
        }
        return server
    }

    @discardableResult
    private func connected(_ wire: Wire, _ server: ServerDescription) throws(ClientError) -> ServerDescription {
        transport.negotiated(ClientNegotiation(revision: wire.revision.rawValue, isModern: wire.revision.isModern))
        let closed: ClientError? = state.withLock { state in
            if case .closed(let error) = state.phase { return error }
            state.phase = .connected(wire, server)
            state.generation += 1
            return nil
        }
        if let closed { throw closed }
        return server
    }

    private func makeWire(_ revision: ProtocolRevision) -> Wire {
        Wire(revision: revision, capabilities: handlers.capabilities, info: info)
    }

    /// Shakes hands anew after the server forgot the session; of several callers one does it and all wait.
    func renewSession(after generation: Int) async throws {
        let renewal: Task<Void, any Error>? = state.withLock { state in
            guard state.generation == generation, case .connected(_, let server) = state.phase else { return nil }
            if let renewal = state.renewal { return renewal }
            // Awaited by every caller that lost the session, and cancelled by `end`.
            let renewal = Task {
                defer { self.state.withLock { $0.renewal = nil } }
                _ = try await handshake(server.revision)
            }
            state.renewal = renewal
            return renewal
        }
        try await renewal?.value
    }
}
