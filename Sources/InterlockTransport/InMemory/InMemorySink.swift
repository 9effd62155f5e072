/// The server's way back to the client of an in-memory link.
final class InMemorySink: EventSink {
    private let pipe: InMemoryPipe
    private let disconnect = DisconnectAction()

    init(pipe: InMemoryPipe) {
        self.pipe = pipe
    }

    func send(_ event: OutboundEvent) -> SendOutcome {
        // A priming event has no data and is meant for server-sent events only.
        event.data.isEmpty ? .sent : pipe.send(event.data)
    }

    func writable() async throws {
        try await pipe.writable()
    }

    func close() {
        disconnect.end()
        pipe.close()
    }

    func onDisconnect(_ action: @escaping @Sendable () -> Void) {
        disconnect.register(action)
    }

    /// The client is gone.
    func peerIsGone() {
        disconnect.peerIsGone()
    }
}
