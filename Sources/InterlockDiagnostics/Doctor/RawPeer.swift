import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// A client that sends what it is told, right or wrong, and hands back what came: for asking whether a server keeps the rules.
///
/// One question at a time; whatever arrives first on the question's stream, or at all where there are no streams, is the answer.
final class RawPeer: ClientReceiver {
    /// What came back.
    enum Reply: Sendable {
        case message(ScannedMessage)
        case failed(TransportError)
        case nothing
    }

    /// A progress notification and the stream it came on.
    struct Progress: Sendable {
        var token: String
        var stream: RequestID?
    }

    private struct State {
        var timeout: Duration
        var waiting: OneShot<Reply>?
        /// Questions that were given up: their answers may still come, and answer nothing.
        var givenUp: Set<RequestID> = []
        var progress: [Progress] = []
        /// Resolved by the next progress notification.
        var awaited: OneShot<Void>?
    }

    private let transport: any ClientTransport
    private let link: DiagnosedServer.Link
    private let clock: any SchedulingClock
    private let state: Mutex<State>
    let isModern: Bool

    /// Starts a link, waits until the server answers on it, and in the legacy era begins a session.
    ///
    /// - Parameters:
    ///   - start: how long the first answer may take, which waits for the server to start.
    ///   - timeout: how long any other answer may take.
    init(_ link: DiagnosedServer.Link, isModern: Bool, start: Duration, timeout: Duration, clock: any SchedulingClock) async throws {
        transport = link.transport
        self.link = link
        self.isModern = isModern
        state = Mutex(State(timeout: start))
        self.clock = clock
        try await transport.start(self)
        do {
            try await shakeHands()
        } catch {
            // Nobody gets this peer, so nobody else would.
            await transport.close()
            throw error
        }
        state.withLock { $0.timeout = timeout }
    }

    private func shakeHands() async throws {
        if isModern {
            transport.negotiated(ClientNegotiation(revision: ProtocolRevision.latest.rawValue, isModern: true))
            guard case .message = await ask(Method.discover, id: 0) else { throw ClientError(.incompatible, "server/discover was not answered") }
        } else {
            let params = try RawJSON(parsing: #"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"interlock","version":"1"}}"#)
            let reply = await ask(JSONRPC.request(id: 0, method: Method.initialize, params: params), id: 0, method: Method.initialize)
            guard case .message(let message) = reply, let revision = message.result?["protocolVersion"]?.string else {
                throw ClientError(.incompatible, "initialize was not answered")
            }
            transport.negotiated(ClientNegotiation(revision: revision, isModern: false))
            try await transport.send(ClientMessage(bytes: JSONRPC.notification(Method.initialized), id: nil, method: Method.initialized))
        }
    }

    /// Starts a link without a handshake: for questions that name the session of another connection.
    init(_ link: DiagnosedServer.Link, inSessionOf revision: ProtocolRevision, timeout: Duration, clock: any SchedulingClock) async throws {
        transport = link.transport
        self.link = link
        isModern = false
        state = Mutex(State(timeout: timeout))
        self.clock = clock
        try await transport.start(self)
        transport.negotiated(ClientNegotiation(revision: revision.rawValue, isModern: false))
    }

    func close() async { await transport.close() }

    /// Whether what belongs to a request comes on that request's own stream.
    var hasRequestStreams: Bool { link.hasRequestStreams() }

    /// Opens the stream for what belongs to no request, where the server has one; waits for it no longer than for an answer.
    func openServerStream() async {
        let transport = transport
        _ = await BoundedWait.value(within: state.withLock { $0.timeout }, clock: clock) { () -> Void in
            do { try await transport.openServerStream() } catch { return } // it has none, and nothing goes astray there
        }
    }

    /// Waits until a progress notification has come, `limit` at most: one on another stream than its call's may come after the answer.
    func awaitProgress(within limit: Duration) async {
        let awaited = OneShot<Void>()
        let isThere = state.withLock { state in
            state.awaited = awaited
            return !state.progress.isEmpty
        }
        if isThere { return }
        let timer = clock.schedule(after: limit) { awaited.resolve(()) }
        await awaited.wait(onCancel: {})
        timer.cancel()
    }

    var progress: [Progress] { state.withLock { $0.progress } }

    /// Sends bytes and waits for what comes.
    func ask(_ bytes: [UInt8], id: RequestID, method: String, headers: [(name: String, value: String)] = []) async -> Reply {
        let answer = OneShot<Reply>()
        state.withLock { $0.waiting = answer }
        let timer = clock.schedule(after: state.withLock { $0.timeout }) { answer.resolve(.nothing) }
        defer { timer.cancel() }
        do {
            try await transport.send(ClientMessage(bytes: bytes, id: id, method: method, headers: headers))
        } catch let error as TransportError {
            return .failed(error)
        } catch {
            return .failed(TransportError(.closed, "\(error)"))
        }
        let reply = await answer.wait(onCancel: { .nothing })
        state.withLock { state in
            state.waiting = nil
            if case .nothing = reply { state.givenUp.insert(id) }
        }
        transport.abandon(id)
        return reply
    }

    /// A request as the era wants it, with its routing headers.
    func ask(_ method: String, _ params: JSONObject = [:], id: RequestID, meta extra: JSONObject = [:], without omitted: String? = nil) async -> Reply {
        var params = params
        var meta = extra
        var headers: [(name: String, value: String)] = []
        if isModern {
            meta["io.modelcontextprotocol/protocolVersion"] = .string(ProtocolRevision.latest.rawValue)
            meta["io.modelcontextprotocol/clientCapabilities"] = [:]
            headers = [("MCP-Protocol-Version", ProtocolRevision.latest.rawValue), ("Mcp-Method", method)]
            if let name = params["name"]?.string { headers.append(("Mcp-Name", HeaderValue.encode(name))) }
            headers.removeAll { $0.name == omitted }
        }
        if !meta.isEmpty { params["_meta"] = .object(meta) }
        let json = params.isEmpty ? nil : RawJSON(JSONValue.object(params))
        return await ask(JSONRPC.request(id: id, method: method, params: json), id: id, method: method, headers: headers)
    }

    func received(_ message: ScannedMessage, on request: RequestID?) {
        if message.method == Method.progress, let token = message.params?["progressToken"] {
            let awaited = state.withLock { state -> OneShot<Void>? in
                if state.progress.count < 1000 { state.progress.append(Progress(token: token.description, stream: request)) }
                return state.awaited
            }
            awaited?.resolve(())
        }
        guard message.method == nil else { return }
        let waiting = state.withLock { state -> OneShot<Reply>? in
            if let id = message.id, state.givenUp.remove(id) != nil { return nil }
            return state.waiting
        }
        waiting?.resolve(.message(message))
    }

    func failed(_ request: RequestID, _ error: TransportError) {
        state.withLock { $0.waiting }?.resolve(.failed(error))
    }

    func disconnected(_ error: TransportError) {
        state.withLock { $0.waiting }?.resolve(.failed(error))
    }
}
