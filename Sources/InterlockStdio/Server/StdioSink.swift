internal import InterlockConcurrency
internal import InterlockTransport

/// The server's way back to its client: one line per message.
final class StdioSink: EventSink {
    private let writer: PipeWriter
    private let disconnect = DisconnectAction()

    init(writer: PipeWriter) {
        self.writer = writer
    }

    func send(_ event: OutboundEvent) -> SendOutcome {
        // A priming event has no data and is meant for server-sent events only.
        event.data.isEmpty ? .sent : writer.send(event.data.line)
    }

    func writable() async throws {
        try await writer.writable()
    }

    func close() {
        disconnect.end()
        writer.close()
    }

    func onDisconnect(_ action: @escaping @Sendable () -> Void) {
        disconnect.register(action)
    }

    /// The client is gone.
    func peerIsGone() {
        disconnect.peerIsGone()
    }
}

extension [UInt8] {
    /// The message as one line with its newline.
    ///
    /// A newline in valid JSON is whitespace between two tokens, so one that was passed through from elsewhere becomes a space.
    var line: [UInt8] {
        var line = [UInt8]()
        line.reserveCapacity(count + 1)
        line.append(contentsOf: self)
        if contains(0x0A) || contains(0x0D) {
            for index in line.indices where line[index] == 0x0A || line[index] == 0x0D { line[index] = 0x20 }
        }
        line.append(0x0A)
        return line
    }
}
