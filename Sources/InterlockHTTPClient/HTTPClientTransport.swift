public import InterlockConcurrency
public import InterlockJSON
internal import InterlockProtocol
public import InterlockTransport
public import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
import Synchronization

/// A client of a server behind one URL, over Streamable HTTP of every revision or the older HTTP+SSE.
///
/// HTTP/1.1 with kept connections, or HTTP/2 with a stream for each request. A modern request is cancelled by closing its response stream. In legacy revisions
/// the session's id is kept from `initialize` on, a stream that ends before its response is resumed by GET with
/// `Last-Event-ID`, and ``close()`` ends the session by DELETE unless ``leaveSession()`` was called. A server that refuses the POST of `initialize` with 400,
/// 404 or 405 is tried as an HTTP+SSE server. Redirects are not followed. A request is sent again where a kept connection turns out to be lost, but a
/// `tools/call` only if the server cannot have begun with it: none of it has gone out, or an HTTP/2 server says so (RFC 9113, section 8.7).
/// See <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports>.
public final class HTTPClientTransport: ClientTransport {
    enum Mode: Sendable {
        case streamable
        /// HTTP+SSE: post here.
        case endpoint(ServerURL, EndpointStream)
    }

    enum Phase: Sendable {
        case idle
        case started(any ClientReceiver)
        case closed
    }

    struct State: Sendable {
        var phase = Phase.idle
        var mode = Mode.streamable
        var headers: [(name: String, value: String)]
        var sessionID: String?
        var negotiation: ClientNegotiation?
        var exchanges: [RequestID: RequestExchange] = [:]
        var serverStream: ServerStream?
    }

    let url: Result<ServerURL, TransportError>
    let tls: Result<TLSSupport, TransportError>
    let configuration: HTTPClientConfiguration
    let clock: any SchedulingClock
    let logger: Logger
    let state: Mutex<State>
    private let pool: ConnectionPool

    /// Makes a transport; nothing is sent before the first message.
    ///
    /// - Parameters:
    ///   - url: the server's endpoint, `http` (or `https` in builds with the trait `TLS`). A wrong one is reported by ``start(_:)``.
    ///   - headers: sent with every request, for example `Authorization`. See ``setHeader(_:to:)``.
    public init(
        _ url: String, headers: [(name: String, value: String)] = [], configuration: HTTPClientConfiguration = HTTPClientConfiguration(),
        clock: any SchedulingClock = SystemClock.shared, logger: Logger = Logger(label: "interlock.http.client")
    ) {
        let parsed = Result { () throws(TransportError) in try ServerURL(url) }
        self.url = parsed
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.state = Mutex(State(headers: headers))
        // An unusable URL never reaches the pool: `start` refuses it.
        let server = (try? parsed.get()) ?? ServerURL.unusable
        let tls = parsed.flatMap { url in Result { () throws(TransportError) in try TLSSupport(url, configuration) } }
        self.tls = tls
        let bootstrap = SocketBootstrap(server: server, configuration: configuration, tls: tls, group: MultiThreadedEventLoopGroup.singleton)
        let connector: any Connector = switch configuration.version {
        case .http1: HTTP1Connector(server: server, bootstrap: bootstrap)
        case .http2: HTTP2Connector(server: server, bootstrap: bootstrap, clock: clock)
        }
        self.pool = ConnectionPool(server: server, configuration: configuration, clock: clock, connector: connector)
    }

    /// Sets or removes a header for every request from now on, for example after a token was renewed.
    public func setHeader(_ name: String, to value: String?) {
        state.withLock { state in
            state.headers.removeAll { $0.name.lowercased() == name.lowercased() }
            if let value { state.headers.append((name, value)) }
        }
    }

    /// The legacy session's id, if the server gave one.
    public var sessionID: String? { state.withLock { $0.sessionID } }

    /// Forgets the legacy session without ending it: ``close()`` sends no DELETE then, as clients do that just go away. Close next; a request that is
    /// sent all the same has no session.
    public func leaveSession() { state.withLock { $0.sessionID = nil } }

    /// Whether each request has a stream of its own: so over Streamable HTTP, and not with a server of the older HTTP+SSE, where everything comes on one.
    /// `true` until a server has turned out to be such a one, which its answer to `initialize` shows.
    public var hasRequestStreams: Bool { if case .streamable = state.withLock({ $0.mode }) { true } else { false } }

    /// Connections open or being made, and requests that wait for one.
    public var connectionCounts: (open: Int, waiting: Int) { pool.counts }

    /// HTTP has header fields.
    public var carriesHeaders: Bool { true }

    /// Checks the URL; connections are made when there is something to send.
    public func start(_ receiver: any ClientReceiver) async throws {
        _ = try tls.get()
        let mayStart = state.withLock { state in
            guard case .idle = state.phase else { return false }
            state.phase = .started(receiver)
            return true
        }
        guard mayStart else { throw TransportError(.misuse, "start was called twice, or after close; make a new transport") }
    }

    /// Posts the message. A request's failure goes to the receiver, a notification's or response's is thrown.
    public func send(_ message: ClientMessage) async throws {
        let (receiver, mode) = try started()
        if case .endpoint(let endpoint, _) = mode {
            try await post(message, to: endpoint)
            return
        }
        guard let id = message.id else {
            // A modern server is told of a cancellation by the closed stream alone.
            if message.method == Method.cancelled, state.withLock({ $0.negotiation?.isModern == true }) { return }
            try await post(message, to: nil)
            return
        }
        if message.method == Method.initialize { changeSession(to: nil) }
        let exchange = RequestExchange(
            id, hasSession: message.namesSession || state.withLock { $0.sessionID != nil }, mayFallBack: message.method == Method.initialize,
            environment: environment(for: message, id: id, receiver: receiver)
        )
        let isFirst = state.withLock { state in
            guard state.exchanges[id] == nil else { return false }
            state.exchanges[id] = exchange
            return true
        }
        guard isFirst else { throw TransportError(.misuse, "the request id \(id) is in use") }
        switch await exchange.run() {
        case .begun: break
        case .ended: if Task.isCancelled { throw CancellationError() }
        case .notThisTransport(let error): try await fallBack(message, after: error, receiver)
        }
    }

    /// Closes the request's response stream, or takes it out of the line for a connection.
    public func abandon(_ id: RequestID) {
        state.withLock { $0.exchanges[id] }?.abandon()
    }

    /// From now on the revision goes with every request, and decides what a closed stream means.
    public func negotiated(_ negotiation: ClientNegotiation) {
        state.withLock { $0.negotiation = negotiation }
    }

    /// Opens the GET stream of a legacy server, and keeps it open. Throws when the server has none.
    public func openServerStream() async throws {
        let (receiver, mode) = try started()
        guard case .streamable = mode else { return }
        let stream = ServerStream(configuration: configuration, clock: clock, open: { [self] lastEventID, callbacks in
            makeExchange(get(lastEventID: lastEventID), use: .unbounded, isRepeatable: true, callbacks)
        }, message: { [self] in pass($0, to: receiver) }, isOver: { [weak self] stream in
            self?.state.withLock { if $0.serverStream === stream { $0.serverStream = nil } }
        })
        let isFirst = state.withLock { state in
            guard state.serverStream == nil else { return false }
            state.serverStream = stream
            return true
        }
        if isFirst { try await stream.run() }
    }

    /// Ends the session, fails what is in flight, and returns when every connection is closed. Idempotent.
    public func close() async {
        let previous = state.withLock { state -> State in
            defer {
                state.phase = .closed
                state.exchanges = [:]
                state.serverStream = nil
                state.sessionID = nil
            }
            return state
        }
        if case .closed = previous.phase { return await pool.close() }
        previous.serverStream?.close()
        if case .endpoint(_, let stream) = previous.mode { stream.close() }
        for exchange in previous.exchanges.values { exchange.abandon() }
        if case .started(let receiver) = previous.phase {
            if previous.sessionID != nil { await endSession(previous) }
            receiver.disconnected(TransportError(.closed, "the client was closed"))
        }
        await pool.close()
    }

    // MARK: - Parts of the above

    /// A session ends or begins: the stream that was opened before, for the one before or for none, carries nothing of it, and its place is for the new one's.
    private func changeSession(to session: String?) {
        let stream = state.withLock { state in
            state.sessionID = session
            defer { state.serverStream = nil }
            return state.serverStream
        }
        stream?.close(TransportError(.closed, "the session has changed: its stream is another one"))
    }

    private func started() throws(TransportError) -> (any ClientReceiver, Mode) {
        let (phase, mode) = state.withLock { ($0.phase, $0.mode) }
        switch phase {
        case .started(let receiver): return (receiver, mode)
        case .idle: throw TransportError(.misuse, "the HTTP transport was not started")
        case .closed: throw TransportError(.closed, "the HTTP transport was closed")
        }
    }

    func environment(for message: ClientMessage, id: RequestID, receiver: any ClientReceiver) -> RequestExchange.Environment {
        RequestExchange.Environment(
            receiver: receiver, configuration: configuration, clock: clock,
            open: { [self] lastEventID, callbacks in
                if let lastEventID { return makeExchange(get(lastEventID: lastEventID), use: .unbounded, isRepeatable: true, callbacks) }
                let isListening = message.method == Method.subscriptionsListen
                return makeExchange(post(message), use: isListening ? .unbounded : .request, isRepeatable: message.method != Method.toolsCall, callbacks)
            },
            canResume: { [self] in state.withLock { $0.negotiation?.isModern != true } },
            head: { [self] head in
                guard message.method == Method.initialize, let session = head.headers.first(name: RoutingHeaders.sessionId) else { return }
                guard session.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                    logger.warning("the server's session id has invalid characters and is not used")
                    return
                }
                changeSession(to: session)
            },
            finished: { [weak self] in self?.state.withLock { $0.exchanges[id] = nil } }
        )
    }

    /// Tries the older transport after a refused `initialize`; the first refusal stands if that fails too.
    private func fallBack(_ message: ClientMessage, after refusal: TransportError, _ receiver: any ClientReceiver) async throws {
        let stream = EndpointStream(base: try url.get(), message: { [self] in pass($0, to: receiver) }, lost: { receiver.disconnected($0) })
        let endpoint: ServerURL
        let timer = clock.schedule(after: configuration.connectTimeout) {
            stream.giveUp(TransportError(.timedOut, "the server named no endpoint in time"))
        }
        do {
            defer { timer.cancel() }
            endpoint = try await stream.run { makeExchange(get(lastEventID: nil), use: .unbounded, isRepeatable: true, $0) }
        } catch {
            if let id = message.id { receiver.failed(id, refusal) }
            return
        }
        state.withLock { $0.mode = .endpoint(endpoint, stream) }
        try await post(message, to: endpoint)
    }

    /// Posts a message that is answered elsewhere or not at all; returns when it was accepted.
    private func post(_ message: ClientMessage, to endpoint: ServerURL?) async throws {
        let hasSession = state.withLock { $0.sessionID != nil }
        let end = try await complete(post(message, to: endpoint), isRepeatable: message.method != Method.toolsCall)
        if end.reader.isSuccess { return }
        switch RefusedResponse(status: end.reader.status, headers: end.headers, body: end.reader.body.bytes, hasSession: hasSession) {
        case .error(let error): throw error
        case .message(let bytes): throw TransportError(.badResponse, "the server refused the message: \(String(decoding: bytes.prefix(500), as: UTF8.self))")
        }
    }

    /// Runs an exchange to its end.
    private func complete(_ request: OutboundRequest, isRepeatable: Bool) async throws -> HTTPExchange.End {
        let ended = OneShot<HTTPExchange.End?>()
        let exchange = makeExchange(request, use: .unbounded, isRepeatable: isRepeatable, HTTPExchange.Callbacks(end: { ended.resolve($0) }))
        exchange.start()
        guard let end = await ended.wait(onCancel: {
            exchange.abandon(TransportError(.closed, "the message was cancelled"))
            return nil
        }) else { throw CancellationError() }
        if let error = end.error { throw error }
        return end
    }

    private func makeExchange(_ request: OutboundRequest, use: ConnectionPool.Use, isRepeatable: Bool, _ callbacks: HTTPExchange.Callbacks) -> HTTPExchange {
        HTTPExchange(request, use: use, isRepeatable: isRepeatable, maximumMessageBytes: configuration.maximumMessageBytes, pool: pool, callbacks: callbacks)
    }

    /// Passes on a message that came on a stream of no request.
    private func pass(_ bytes: [UInt8], to receiver: any ClientReceiver) {
        do throws(JSONRPCScanError) {
            try receiver.received(bytes: bytes, limits: JSONLimits(maximumBytes: configuration.maximumMessageBytes))
        } catch {
            logger.warning("the server sent an event that is no JSON-RPC message", metadata: ["error": "\(error)"])
        }
    }

    private func endSession(_ previous: State) async {
        let ended = OneShot<Void>()
        let exchange = makeExchange(delete(previous), use: .unbounded, isRepeatable: false, HTTPExchange.Callbacks(end: { _ in ended.resolve(()) }))
        let timer = clock.schedule(after: configuration.closeTimeout) {
            exchange.abandon(TransportError(.timedOut, "the server did not end the session in time"))
        }
        exchange.start()
        // Whatever the server says, the session is over for this client; one that ignores DELETE lets it expire.
        await ended.wait()
        timer.cancel()
    }
}
