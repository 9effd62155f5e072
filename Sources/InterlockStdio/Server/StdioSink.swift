internal import InterlockConcurrency
internal import InterlockTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

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
        for lineBreak: UInt8 in [0x0A, 0x0D] where line.holds(lineBreak) {
            for index in line.indices where line[index] == lineBreak { line[index] = 0x20 }
        }
        line.append(0x0A)
        return line
    }

    /// Whether a byte occurs, at the speed of `memchr`: it is asked of every message.
    private func holds(_ byte: UInt8) -> Bool {
        withUnsafeBytes { bytes in bytes.baseAddress.map { memchr($0, Int32(byte), bytes.count) != nil } ?? false }
    }
}
