import InterlockProtocol
import InterlockTransport
import Synchronization

/// The response stream of one request of a Streamable HTTP session.
///
/// While nothing but the response is sent it is the exchange's own stream and costs nothing. With its first event it becomes a
/// numbered stream of the session, which survives the loss of its connection.
final class ResumableStream: ResponseStream {
    private enum Phase {
        case plain
        case numbered(UInt32)
        /// Its answer was sent, or it was closed, without a number: it gets none any more.
        case finished
    }

    private let exchange: any ResponseStream
    private let streams: SessionStreams
    private let primes: Bool
    private let note: (@Sendable () -> StreamNote)?
    private let phase = Mutex(Phase.plain)

    /// - Parameter note: what others tell the client if this instance is lost; asked for with the first event.
    init(_ exchange: any ResponseStream, streams: SessionStreams, primes: Bool, note: (@Sendable () -> StreamNote)?) {
        self.exchange = exchange
        self.note = note
        self.streams = streams
        self.primes = primes
        // What keeps the connection alive comes before the handler's first word: the client must be able to resume from there on.
        if primes { exchange.onKeepAlive { [weak self] in _ = self?.number() } }
    }

    /// The stream's number, giving it one if need be; `nil` when it has finished without.
    private func number() -> UInt32? {
        switch phase.withLock({ $0 }) {
        case .numbered(let number): return number
        case .finished: return nil
        case .plain: break
        }
        let note = note?()
        let (number, isNew): (UInt32?, Bool) = phase.withLock { phase in
            switch phase {
            case .numbered(let number): return (number, false)
            case .finished: return (nil, false)
            case .plain: break
            }
            let number = streams.open(exchange, note: note)
            phase = .numbered(number)
            if primes { streams.send([], on: number, retryMilliseconds: SessionStreams.retryMilliseconds) }
            return (number, true)
        }
        if isNew, let number {
            exchange.onDisconnect { [streams, exchange] in streams.detach(number, sink: exchange) }
        }
        return number
    }

    func send(_ event: OutboundEvent) -> SendOutcome {
        number().map { streams.send(event.data, on: $0) } ?? .closed
    }

    /// What there is to end, from now on for ever: what keeps the connection alive may give it a number until then.
    private func ended() -> Phase {
        phase.withLock { phase in
            defer { if case .plain = phase { phase = .finished } }
            return phase
        }
    }

    func finish(_ response: OutboundResponse) {
        switch ended() {
        case .plain, .finished: exchange.finish(response)
        case .numbered(let number):
            // Nowhere to be kept, because the session has ended: it is answered where it was asked, unless that was closed with the session.
            if streams.send(response.body ?? [], on: number, isLast: true) == .closed { exchange.finish(response) }
        }
    }

    /// Closes the connection but not the stream: the client comes back for the rest (2025-11-25, server-initiated disconnection).
    func disconnectForPolling() {
        number().map(streams.disconnect)
    }

    func writable() async throws {
        try await exchange.writable()
    }

    func close() {
        if case .numbered(let number) = ended() { streams.discard(number) }
        exchange.close()
    }

    /// Losing the connection is not an end in the legacy revisions: nothing is reported.
    func onDisconnect(_ action: @escaping @Sendable () -> Void) {}
}
