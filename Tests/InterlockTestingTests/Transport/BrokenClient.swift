import InterlockJSON
import InterlockTransport
import Synchronization

/// A client transport with one defect in front of a sound one.
final class BrokenClient: ClientTransport {
    /// What is wrong with it; what is not named is passed through.
    struct Defect: Sendable {
        var send: @Sendable (BrokenClient, ClientMessage) async throws -> Void = { try await $0.base.send($1) }
        var received: @Sendable (BrokenClient, ScannedMessage, RequestID?) -> Void = { $0.pass($1, on: $2) }
        var disconnected: @Sendable (BrokenClient, TransportError) -> Void = { $0.receiver?.disconnected($1) }
        var abandon: @Sendable (BrokenClient, RequestID) -> Void = { $0.base.abandon($1) }
        var close: @Sendable (BrokenClient) async -> Void = { await $0.base.close() }
        var allowsSecondStart = false
    }

    let base: any ClientTransport
    let defect: Defect
    /// Calls so far, and a message that is kept back.
    let memory = Mutex((count: 0, kept: [ClientMessage](), messages: [(ScannedMessage, RequestID?)]()))
    private let current = Mutex<(any ClientReceiver)?>(nil)
    private let filter = Mutex<Filter?>(nil)

    init(_ base: any ClientTransport, _ defect: Defect) {
        self.base = base
        self.defect = defect
    }

    var receiver: (any ClientReceiver)? { current.withLock { $0 } }
    var carriesHeaders: Bool { base.carriesHeaders }

    func start(_ receiver: any ClientReceiver) async throws {
        if defect.allowsSecondStart, self.receiver != nil { return current.withLock { $0 = receiver } }
        let filter = Filter(self)
        if self.receiver == nil {
            current.withLock { $0 = receiver }
            self.filter.withLock { $0 = filter }
        }
        try await base.start(filter)
    }

    func pass(_ message: ScannedMessage, on request: RequestID?) { receiver?.received(message, on: request) }
    func send(_ message: ClientMessage) async throws { try await defect.send(self, message) }
    func abandon(_ id: RequestID) { defect.abandon(self, id) }
    func negotiated(_ negotiation: ClientNegotiation) { base.negotiated(negotiation) }
    func openServerStream() async throws { try await base.openServerStream() }
    func close() async { await defect.close(self) }

    /// The number of this call, from 1.
    func countUp() -> Int {
        memory.withLock { memory in
            memory.count += 1
            return memory.count
        }
    }

    private final class Filter: ClientReceiver {
        private let client: BrokenClient

        init(_ client: BrokenClient) {
            self.client = client
        }

        func received(_ message: ScannedMessage, on request: RequestID?) { client.defect.received(client, message, request) }
        func failed(_ request: RequestID, _ error: TransportError) { client.receiver?.failed(request, error) }
        func disconnected(_ error: TransportError) { client.defect.disconnected(client, error) }
    }
}
