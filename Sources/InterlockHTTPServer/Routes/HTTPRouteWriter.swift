import InterlockTransport

/// Writes the body of one streamed answer.
///
/// For one task at a time, and only until the producer it was given to has returned.
public struct HTTPRouteWriter: Sendable {
    private let exchange: any EventSink

    init(_ exchange: any EventSink) {
        self.exchange = exchange
    }

    /// Queues a piece of the body, after waiting until less than the server's unsent budget is on its way.
    ///
    /// A piece is taken whole, however large it is: cut what is large, so that a slow peer holds little. Empty pieces are
    /// left out.
    ///
    /// - Throws: ``TransportError`` when the stream has ended: the peer is gone or too slow, or the server shuts down.
    ///   `CancellationError` when the task was cancelled.
    public func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        while true {
            try Task.checkCancellation()
            switch exchange.send(OutboundEvent(data: bytes)) {
            case .sent: return
            case .full: try await exchange.writable()
            case .closed: throw ExchangeStateMachine.endedError
            }
        }
    }

    /// Queues text. See ``write(_:)-([UInt8])``.
    public func write(_ text: String) async throws {
        try await write(Array(text.utf8))
    }
}
