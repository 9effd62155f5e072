internal import InterlockConcurrency
import Synchronization

/// The server's end of an in-memory link.
public final class InMemoryServerTransport: ServerTransport {
    private enum End: Sendable {
        case clientGone, shutdown, cancelled
    }

    private let incoming: InMemoryPipe
    private let outgoing: InMemoryPipe
    private let principal: Principal?
    private let end = OneShot<End>()

    init(incoming: InMemoryPipe, outgoing: InMemoryPipe, principal: Principal?) {
        self.incoming = incoming
        self.outgoing = outgoing
        self.principal = principal
    }

    /// Serves the one client of the link until it closes, the task is cancelled, or a graceful shutdown has finished.
    ///
    /// Call once. Throws ``TransportError`` when the runtime takes no more connections; the client is told the same.
    public func run(_ runtime: any ServerRuntime) async throws {
        let sink = InMemorySink(pipe: outgoing)
        let peer: any ConnectedPeer
        do throws(TransportError) {
            peer = try runtime.connect(Connection(kind: .inMemory), principal: principal, outbound: sink)
        } catch {
            incoming.fail(error)
            outgoing.fail(error)
            throw error
        }
        incoming.attach(InMemoryPipe.Receiver(
            message: { peer.receive($0) },
            ended: { [end] _ in end.resolve(.clientGone) }
        ))
        switch await end.wait(onCancel: { .cancelled }) {
        case .clientGone:
            outgoing.fail(TransportError(.closed, "the client closed the link"))
            peer.disconnected(finishing: false)
            sink.peerIsGone()
            await peer.drained()
        case .shutdown:
            incoming.fail(TransportError(.closed, "the server is shutting down; connect again"))
            await peer.finish()
            sink.close()
        case .cancelled:
            incoming.fail(TransportError(.closed, "the server was stopped"))
            peer.disconnected(finishing: false)
            outgoing.fail(TransportError(.closed, "the server was stopped"))
        }
    }

    /// Takes no further message; what is in flight is finished and answered, then the client is disconnected.
    public func beginGracefulShutdown() {
        end.resolve(.shutdown)
    }
}
