public import InterlockJSON
import Synchronization

/// The client's end of an in-memory link.
public final class InMemoryClientTransport: ClientTransport {
    private enum Phase {
        case idle
        case started(any ClientReceiver)
        case closed
    }

    private let incoming: InMemoryPipe
    private let outgoing: InMemoryPipe
    private let phase = Mutex(Phase.idle)

    init(incoming: InMemoryPipe, outgoing: InMemoryPipe) {
        self.incoming = incoming
        self.outgoing = outgoing
    }

    /// An in-memory link has no headers.
    public var carriesHeaders: Bool { false }

    /// Delivers to `receiver` on the threads of the server's senders. What is no JSON-RPC is dropped.
    public func start(_ receiver: any ClientReceiver) async throws {
        let mayStart = phase.withLock { phase in
            guard case .idle = phase else { return false }
            phase = .started(receiver)
            return true
        }
        guard mayStart else { throw TransportError(.misuse, "start was called on a link that was started or closed before; make a new pair") }
        incoming.attach(InMemoryPipe.Receiver(
            message: { bytes in
                // Both ends are this process: bytes that do not scan are a defect of the server under test, whose request then
                // stays unanswered and times out; there is no peer to tell.
                try? receiver.received(bytes: bytes)
            },
            ended: { [weak self] error in
                self?.ended(error ?? TransportError(.closed, "the server closed the link"))
            }
        ))
    }

    /// Hands the message to the server on this thread; waits only when the server's side is over its byte budget, or when so many
    /// of its answers were not read that more would pass this side's.
    public func send(_ message: ClientMessage) async throws {
        while true {
            if incoming.isNearlyFull {
                do { try await incoming.writable() } catch is TransportError { throw Self.linkHasEnded }
            }
            switch outgoing.send(message.bytes) {
            case .sent: return
            case .closed: throw Self.linkHasEnded
            case .full: try await outgoing.writable()
            }
        }
    }

    private static let linkHasEnded = TransportError(.closed, "the in-memory link has ended; make a new pair")

    /// Does nothing: the one stream goes on, and the client sends `notifications/cancelled`.
    public func abandon(_ id: RequestID) {}

    /// Does nothing: an in-memory link has no headers.
    public func negotiated(_ negotiation: ClientNegotiation) {}

    /// Does nothing: the server's messages come on the one stream anyway.
    public func openServerStream() async throws {}

    /// Ends the link: what was sent is still delivered to the server, nothing more is delivered here.
    public func close() async {
        outgoing.close()
        incoming.fail(TransportError(.closed, "the client was closed"))
        ended(TransportError(.closed, "the client was closed"))
    }

    /// Stops reading, as a slow client does: what the server sends piles up against its byte budget and write deadline.
    public func pauseReading() { incoming.setPaused(true) }

    /// Reads again, what waited first.
    public func resumeReading() { incoming.setPaused(false) }

    /// Bytes the server sent that were not read.
    public var unreadBytes: Int { incoming.unsentBytes }

    private func ended(_ error: TransportError) {
        let receiver: (any ClientReceiver)? = phase.withLock { phase in
            defer { phase = .closed }
            if case .started(let receiver) = phase { return receiver }
            return nil
        }
        receiver?.disconnected(error)
    }
}
