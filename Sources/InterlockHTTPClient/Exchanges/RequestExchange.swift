internal import InterlockConcurrency
internal import InterlockJSON
internal import InterlockTransport
internal import NIOHTTP1
import Synchronization

/// One JSON-RPC request over Streamable HTTP: the POST, and the GETs that resume its stream in legacy revisions.
final class RequestExchange: Sendable {
    /// How far it came when ``HTTPClientTransport/send(_:)`` may return.
    enum Progress: Sendable {
        /// The response has begun.
        case begun
        /// It was refused with a status that may mean a server of the older transport; nobody was told yet.
        case notThisTransport(TransportError)
        /// It has ended otherwise.
        case ended
    }

    /// What the transport does for an exchange.
    struct Environment: Sendable {
        var receiver: any ClientReceiver
        var configuration: HTTPClientConfiguration
        var clock: any SchedulingClock
        /// Starts an HTTP exchange with the transport's own headers added; `lastEventID` makes it a GET that resumes.
        var open: @Sendable (_ lastEventID: String?, HTTPExchange.Callbacks) -> HTTPExchange
        /// Whether the stream may be resumed.
        var canResume: @Sendable () -> Bool
        /// The response's head has come.
        var head: @Sendable (HTTPResponseHead) -> Void
        /// The exchange has ended.
        var finished: @Sendable () -> Void
    }

    private struct State {
        var exchange: HTTPExchange?
        var timer: ScheduledAction?
        var hasResponse = false
        var isDone = false
        var resumptionsLeft: Int
        var lastEventID: String?
        var retry: Int?
    }

    private let id: RequestID
    private let hasSession: Bool
    /// Whether a refusal may mean a server of the older transport (the request is `initialize`).
    private let mayFallBack: Bool
    private let environment: Environment
    private let state: Mutex<State>
    private let progress = OneShot<Progress>()

    init(_ id: RequestID, hasSession: Bool, mayFallBack: Bool, environment: Environment) {
        self.id = id
        self.hasSession = hasSession
        self.mayFallBack = mayFallBack
        self.environment = environment
        state = Mutex(State(resumptionsLeft: environment.configuration.maximumResumptions))
    }

    /// Sends the request; returns when the response has begun or the exchange has ended. Call once.
    func run() async -> Progress {
        open(lastEventID: nil)
        return await progress.wait { [self] in
            abandon()
            return .ended
        }
    }

    /// Begins with the stream of a request that was sent elsewhere and broke. Returns `false` when it cannot be resumed; it has no effect then.
    func resume(after lastEventID: String, retryMilliseconds: Int?) -> Bool {
        state.withLock { state in
            state.lastEventID = lastEventID
            state.retry = retryMilliseconds
        }
        return resume()
    }

    /// Ends it from this side without telling the receiver.
    func abandon() {
        let (exchange, timer) = state.withLock { state -> (HTTPExchange?, ScheduledAction?) in
            state.isDone = true
            defer {
                state.exchange = nil
                state.timer = nil
            }
            return (state.exchange, state.timer)
        }
        timer?.cancel()
        exchange?.abandon(TransportError(.closed, "the request was abandoned"))
        environment.finished()
        progress.resolve(.ended)
    }

    private func open(lastEventID: String?) {
        let isResumption = lastEventID != nil
        let exchange = environment.open(lastEventID, HTTPExchange.Callbacks(
            head: { [self] head in
                guard (200..<300).contains(head.status.code) else { return }
                if !isResumption { environment.head(head) }
                progress.resolve(.begun)
            },
            event: { [self] event in received(event.data) },
            end: { [self] end in ended(end, isResumption: isResumption) }
        ))
        let isDone = state.withLock { state in
            if !state.isDone { state.exchange = exchange }
            return state.isDone
        }
        if !isDone { exchange.start() }
    }

    /// Takes one message of the response. An event without data is there for its id only.
    private func received(_ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        do throws(JSONRPCScanError) {
            switch try ScannedMessage.scanInput(bytes, limits: JSONLimits(maximumBytes: environment.configuration.maximumMessageBytes)) {
            case .single(let message):
                pass(message)
            case .batch(let messages):
                for message in messages { pass(try message.get()) }
            }
        } catch {
            fail(TransportError(.badResponse, "the server's message is no JSON-RPC: \(error.message)", cause: error))
        }
    }

    private func pass(_ message: ScannedMessage) {
        let isResponse = message.method == nil && (message.id == id || message.id == nil)
        let isDone = state.withLock { state in
            if state.isDone { return true }
            state.resumptionsLeft = environment.configuration.maximumResumptions
            guard isResponse else { return false }
            state.hasResponse = true
            // A server that does not end the stream after the response would keep the connection.
            state.timer = environment.clock.schedule(after: .seconds(1)) { [weak self] in self?.abandon() }
            return false
        }
        if !isDone { environment.receiver.received(message, on: id) }
    }

    private func ended(_ end: HTTPExchange.End, isResumption: Bool) {
        let hasResponse = state.withLock { state in
            state.lastEventID = end.reader.lastEventID ?? state.lastEventID
            state.retry = end.reader.retryMilliseconds ?? state.retry
            return state.hasResponse
        }
        let reader = end.reader
        if hasResponse {
            finish()
        } else if reader.status == 0 {
            // Nothing came at all. A resumption may fare better the next time.
            if isResumption, resume() { return }
            fail(end.error ?? TransportError(.closed, "the connection ended without a response"))
        } else if !reader.isSuccess {
            refused(end, isResumption: isResumption)
        } else if reader.content == .events {
            if resume() { return }
            fail(end.error ?? TransportError(.closed, "the server ended the stream before the response, and it cannot be resumed"))
        } else if let error = end.error {
            fail(error)
        } else if reader.content == .json {
            received(reader.body.bytes)
            if state.withLock({ $0.hasResponse }) { finish() } else { fail(TransportError(.badResponse, "the server's answer holds no response to the request")) }
        } else {
            fail(TransportError(.badResponse, "the server answered HTTP \(reader.status) without a JSON-RPC response"))
        }
    }

    private func refused(_ end: HTTPExchange.End, isResumption: Bool) {
        let status = end.reader.status
        if isResumption {
            fail(TransportError(.closed, "the stream of the response broke and could not be resumed (HTTP \(status)); whether the request was carried out is unknown"))
            return
        }
        switch RefusedResponse(status: status, headers: end.headers, body: end.reader.body.bytes, hasSession: hasSession) {
        case .message(let bytes):
            received(bytes)
            finish()
        case .error(let error):
            if mayFallBack, error.code == .badResponse, [400, 404, 405].contains(status) {
                environment.finished()
                progress.resolve(.notThisTransport(error))
            } else {
                fail(error)
            }
        }
    }

    /// Resumes the stream after the delay the server asked for. Returns `false` when it cannot be.
    private func resume() -> Bool {
        guard environment.canResume() else { return false }
        let configuration = environment.configuration
        return state.withLock { state in
            guard !state.isDone else { return true }
            guard let lastEventID = state.lastEventID, state.resumptionsLeft > 0 else { return false }
            state.resumptionsLeft -= 1
            let asked = state.retry.map { Duration.milliseconds($0) } ?? configuration.resumptionDelay
            state.timer = environment.clock.schedule(after: min(asked, configuration.maximumResumptionDelay)) { [weak self] in
                self?.open(lastEventID: lastEventID)
            }
            return true
        }
    }

    private func fail(_ error: TransportError) {
        let (isFirst, exchange) = state.withLock { state -> (Bool, HTTPExchange?) in
            defer {
                state.isDone = true
                state.exchange = nil
            }
            return (!state.isDone, state.exchange)
        }
        guard isFirst else { return }
        exchange?.abandon(error)
        environment.finished()
        environment.receiver.failed(id, error)
        progress.resolve(.ended)
    }

    private func finish() {
        let timer = state.withLock { state in
            defer {
                state.isDone = true
                state.exchange = nil
                state.timer = nil
            }
            return state.timer
        }
        timer?.cancel()
        environment.finished()
        progress.resolve(.ended)
    }
}
