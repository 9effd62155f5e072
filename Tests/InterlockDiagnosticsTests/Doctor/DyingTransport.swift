import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// A server that ends after so many calls, as its clients see it: every connection is lost, and no new one is made.
final class Mortality: Sendable {
    private let left: Atomic<Int>

    init(calls: Int) { left = Atomic(calls) }

    var isDead: Bool { left.load(ordering: .relaxed) <= 0 }
    func count() { left.subtract(1, ordering: .relaxed) }
    /// Calls that were counted of a number without an end.
    var counted: Int { .max - left.load(ordering: .relaxed) }
}

/// A way to a server that dies of calls.
final class DyingTransport: ClientTransport {
    private let transport: any ClientTransport
    private let server: Mortality
    private let receiver = Mutex<(any ClientReceiver)?>(nil)

    init(_ transport: any ClientTransport, _ server: Mortality) {
        self.transport = transport
        self.server = server
    }

    var carriesHeaders: Bool { transport.carriesHeaders }

    func start(_ receiver: any ClientReceiver) async throws {
        if server.isDead { throw TransportError(.unreachable, "nobody listens") }
        self.receiver.withLock { $0 = receiver }
        try await transport.start(receiver)
    }

    func send(_ message: ClientMessage) async throws {
        if message.method == Method.toolsCall { server.count() }
        if server.isDead {
            let lost = TransportError(.closed, "the connection was lost")
            receiver.withLock { $0 }?.disconnected(lost)
            throw lost
        }
        try await transport.send(message)
    }

    func abandon(_ id: RequestID) { transport.abandon(id) }
    func negotiated(_ negotiation: ClientNegotiation) { transport.negotiated(negotiation) }
    func openServerStream() async throws { try await transport.openServerStream() }
    func close() async { await transport.close() }
}
