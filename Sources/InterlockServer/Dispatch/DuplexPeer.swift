import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// One peer on a connection of its own: stdio, an in-memory link, HTTP+SSE.
///
/// Both eras may be spoken on it: a legacy session begins with `initialize` and lasts as long as the connection; modern requests stand by themselves.
final class DuplexPeer: ConnectedPeer {
    let server: Server
    let context: RequestContext
    let outbound: any EventSink
    /// All requests of this connection that are in flight, of both eras.
    let scope = CallScope()
    private struct State {
        var session: Session?
        var hasEnded = false
    }
    private let state = Mutex(State())

    init(server: Server, context: RequestContext, outbound: any EventSink) {
        self.server = server
        self.context = context
        self.outbound = outbound
    }

    var session: Session? { state.withLock { $0.session } }

    /// Makes `session` the connection's; false if it has one already, or has ended.
    func begin(_ session: Session) -> Bool {
        state.withLock { state in
            guard state.session == nil, !state.hasEnded else { return false }
            state.session = session
            return true
        }
    }

    func receive(_ bytes: [UInt8]) {
        let stream = DuplexResponseStream(outbound: outbound, scope: scope)
        do {
            switch try ScannedMessage.scanInput(bytes, limits: server.configuration.messageLimits) {
            case .single(let message):
                server.receive(message, byteCount: bytes.count, from: .duplex(self), context: context, stream: stream)
            case .batch(let messages):
                server.receive(messages, from: .duplex(self), context: context, stream: stream)
            }
        } catch {
            stream.finish(OutboundResponse(rejecting: error))
        }
    }

    func disconnected(finishing: Bool) {
        let session: Session? = state.withLock { state in
            guard !state.hasEnded else { return nil }
            state.hasEnded = true
            return state.session
        }
        if finishing { server.endSubscriptions(of: scope) } else { scope.cancelAll(.disconnected) }
        if let session { server.endDuplex(session, finishing: finishing) }
    }

    func drained() async {
        await scope.drained()
    }
}

/// The response stream of one exchange on a shared connection: messages simply go out.
final class DuplexResponseStream: ResponseStream {
    private let outbound: any EventSink
    private let scope: CallScope

    init(outbound: any EventSink, scope: CallScope) {
        self.outbound = outbound
        self.scope = scope
    }

    func send(_ event: OutboundEvent) -> SendOutcome { outbound.send(event) }

    func finish(_ response: OutboundResponse) {
        guard let body = response.body else { return }
        // The connection takes its last word even over budget: refusing it would lose the answer of a call that has run.
        if outbound.send(OutboundEvent(data: body)) == .full { deliverWhenWritable(body) }
    }

    private func deliverWhenWritable(_ body: [UInt8]) {
        scope.owe()
        // Awaited by the scope's drain: it ends when the connection has room, or fails its write deadline and is gone.
        Task { [outbound, scope] in
            defer { scope.settle() }
            while true {
                do { try await outbound.writable() } catch { return }
                if outbound.send(OutboundEvent(data: body)) != .full { return }
            }
        }
    }

    func writable() async throws { try await outbound.writable() }
    func close() {}
    func onDisconnect(_ action: @escaping @Sendable () -> Void) {}
}
