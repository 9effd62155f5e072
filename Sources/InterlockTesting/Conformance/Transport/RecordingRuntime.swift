import InterlockJSON
import InterlockTransport
import Synchronization

/// The server runtime of a check: writes down what arrives, echoes what asks for it and holds the rest.
final class RecordingRuntime: ServerRuntime {
    /// Requests and notifications in the order of arrival.
    let arrivals = ConformanceLog<Arrival>()
    /// Bytes that were no message.
    let malformed = ConformanceLog<[UInt8]>()
    /// Requests whose stream the client has left.
    let left = ConformanceLog<RequestID>()
    /// Sinks for the server's own messages.
    let outbound = ConformanceLog<any EventSink>()
    /// One entry for each time a connection was said to be over; whether it was to be finished.
    let ends = ConformanceLog<Bool>()

    private struct State {
        var inFlight = 0
        var isReleased = false
        var waiters: [OneShot<Void>] = []
        var depth = 0
        var mostAtOnce = 0
    }

    private let state = Mutex(State())
    private let takesConnections: Bool

    init(takesConnections: Bool = true) {
        self.takesConnections = takesConnections
    }

    /// The most messages of the connection that were handed over at the same time.
    var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

    /// The request with this id, waiting for it.
    func arrival(of id: RequestID) async throws -> Arrival {
        try await arrivals.first { $0.message.id == id ? $0 : nil }
    }

    /// Notes bytes that were no message.
    func refused(_ bytes: [UInt8]) {
        malformed.append(bytes)
        arrivals.reconsider() // who waits for whole messages also counts these
    }

    // MARK: - What is in flight

    func began() { state.withLock { $0.inFlight += 1 } }

    func answered() {
        let due = state.withLock { state in
            state.inFlight -= 1
            return Self.takeDue(&state)
        }
        for waiter in due { waiter.resolve(()) }
    }

    /// Gives everything in flight up, as a runtime does whose peer is gone.
    func release() {
        let due = state.withLock { state in
            state.isReleased = true
            return Self.takeDue(&state)
        }
        for waiter in due { waiter.resolve(()) }
    }

    func drained() async {
        let waiter = OneShot<Void>()
        let isNow = state.withLock { state in
            if state.inFlight <= 0 || state.isReleased { return true }
            state.waiters.append(waiter)
            return false
        }
        if !isNow { await waiter.wait() }
    }

    private static func takeDue(_ state: inout State) -> [OneShot<Void>] {
        guard state.inFlight <= 0 || state.isReleased else { return [] }
        defer { state.waiters = [] }
        return state.waiters
    }

    // MARK: - From the transport

    func receive(_ exchange: Exchange) {
        if let id = exchange.message.id, exchange.message.method != nil {
            exchange.stream.onDisconnect { [left] in left.append(id) }
        }
        take(exchange.message, bytes: nil, .stream(exchange.stream))
    }

    func receive(batch: [Result<ScannedMessage, JSONRPCScanError>], context: RequestContext, stream: any ResponseStream) {
        stream.finish(OutboundResponse(rejecting: JSONRPCScanError(code: .invalidRequest, message: "the kit sends no batches")))
    }

    func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) -> OutboundResponse? {
        outbound.append(sink)
        return nil
    }

    func endSession(_ context: RequestContext) -> OutboundResponse { .accepted }
    func isReady() async -> Bool { true }

    func connect(_ connection: Connection, principal: Principal?, outbound sink: any EventSink) throws(TransportError) -> any ConnectedPeer {
        guard takesConnections else { throw TransportError(.refused, "the runtime of this check takes no connection") }
        outbound.append(sink)
        return RecordingPeer(runtime: self, sink: sink)
    }

    func take(_ message: ScannedMessage, bytes: [UInt8]?, _ wayBack: Arrival.WayBack) {
        guard message.id != nil, message.method != nil else {
            let arrival = Arrival(message: message, bytes: bytes, wayBack: wayBack, answered: {})
            arrivals.append(arrival)
            return arrival.finish(nil)
        }
        began()
        let arrival = Arrival(message: message, bytes: bytes, wayBack: wayBack, answered: { [weak self] in self?.answered() })
        arrivals.append(arrival)
        if message.method == WireMessage.echo { arrival.respond(message.params ?? .null) }
    }

    /// Counts how many messages are being handed over.
    func handingOver(_ change: Int) {
        state.withLock { state in
            state.depth += change
            state.mostAtOnce = max(state.mostAtOnce, state.depth)
        }
    }
}
