internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP1
import Synchronization

/// One HTTP request and its response, from waiting for a connection to the end of the body.
///
/// The callbacks come in order: at most one head, any number of events, exactly one end.
final class HTTPExchange: ResponseReceiver {
    struct Callbacks: Sendable {
        var head: @Sendable (HTTPResponseHead) -> Void = { _ in }
        var event: @Sendable (EventStreamParser.Event) -> Void = { _ in }
        var end: @Sendable (End) -> Void
    }

    /// How the exchange ended, with what the response had said until then.
    struct End: Sendable {
        var reader: ResponseReader
        var headers: HTTPHeaders
        var error: TransportError?
    }

    private enum Phase {
        case idle
        case leasing(ConnectionPool.Ticket)
        case running(ConnectionPool.Lease)
        case done
    }

    private struct State {
        var phase = Phase.idle
        var reader: ResponseReader
        var headers = HTTPHeaders()
        var refusals = 0
    }

    /// How often a request is sent again that a server says it has not begun with.
    private static let maximumRefusals = 5

    private let request: OutboundRequest
    private let use: ConnectionPool.Use
    private let isRepeatable: Bool
    private let pool: ConnectionPool
    private let callbacks: Callbacks
    private let state: Mutex<State>

    /// - Parameter isRepeatable: whether the request may be sent a second time when a kept connection turns out to be dead.
    init(
        _ request: OutboundRequest, use: ConnectionPool.Use, isRepeatable: Bool, maximumMessageBytes: Int,
        pool: ConnectionPool, callbacks: Callbacks
    ) {
        self.request = request
        self.use = use
        self.isRepeatable = isRepeatable
        self.pool = pool
        self.callbacks = callbacks
        state = Mutex(State(reader: ResponseReader(maximumMessageBytes: maximumMessageBytes)))
    }

    /// Begins. Call once.
    func start() {
        let ticket = ConnectionPool.Ticket(use) { [self] in leased($0) }
        let mayStart = state.withLock { state in
            if case .done = state.phase { return false }
            state.phase = .leasing(ticket)
            return true
        }
        if mayStart { pool.lease(ticket) }
    }

    /// Ends the exchange from this side: closes its connection, or leaves the line for one. Idempotent.
    func abandon(_ error: TransportError) {
        let previous = state.withLock { state in
            defer { state.phase = .done }
            return state.phase
        }
        switch previous {
        case .done: return
        case .idle: break
        case .leasing(let ticket): _ = pool.cancel(ticket)
        case .running(let lease): lease.connection.close()
        }
        end(error)
    }

    private func leased(_ result: Result<ConnectionPool.Lease, TransportError>) {
        switch result {
        case .success(let lease):
            let isWanted = state.withLock { state in
                if case .done = state.phase { return false }
                state.phase = .running(lease)
                return true
            }
            guard isWanted else {
                // A stream is not kept: it would outlive its connection's will to serve it.
                pool.release(lease, lease.connection.isStream ? .none : .idle(atMost: nil))
                if lease.connection.isStream { lease.connection.close() }
                return
            }
            lease.connection.start(request, receiver: self) { [pool] use in pool.release(lease, use) }
        case .failure(let error):
            if finish() { end(error) }
        }
    }

    func received(_ head: HTTPResponseHead) {
        let isWanted = state.withLock { state in
            guard case .running = state.phase else { return false }
            state.reader.begin(status: Int(head.status.code), contentType: head.headers.first(name: "Content-Type"))
            state.headers = head.headers
            return true
        }
        if isWanted { callbacks.head(head) }
    }

    func received(_ body: ByteBuffer) {
        var events: [EventStreamParser.Event] = []
        var tooLong: TransportError?
        state.withLock { state in
            guard case .running = state.phase else { return }
            do throws(TransportError) {
                try body.readableBytesUInt8Span { chunk throws(TransportError) in
                    try state.reader.read(chunk) { events.append($0) }
                }
            } catch {
                tooLong = error
            }
        }
        for event in events { callbacks.event(event) }
        if let tooLong { abandon(tooLong) }
    }

    func finished() {
        if finish() { end(nil) }
    }

    func failed(_ error: TransportError, _ progress: RequestProgress) {
        enum Next { case nothing, again, end }
        let next: Next = state.withLock { state in
            guard case .running(let lease) = state.phase else { return .nothing }
            switch progress {
            case .unsent:
                // The server gave the idle connection up as we took it: another one will do, for any request.
                return lease.isReused ? .again : .end
            case .sent:
                return lease.isReused && isRepeatable ? .again : .end
            case .refused:
                state.refusals += 1
                return state.refusals <= Self.maximumRefusals ? .again : .end
            case .answered:
                return .end
            }
        }
        switch next {
        case .nothing: return
        case .again: start()
        case .end: if finish() { end(error) }
        }
    }

    private func finish() -> Bool {
        state.withLock { state in
            if case .done = state.phase { return false }
            state.phase = .done
            return true
        }
    }

    private func end(_ error: TransportError?) {
        let (reader, headers) = state.withLock { ($0.reader, $0.headers) }
        callbacks.end(End(reader: reader, headers: headers, error: error))
    }
}
