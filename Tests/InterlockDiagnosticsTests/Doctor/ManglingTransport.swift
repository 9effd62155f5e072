import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// A way to a sound server that spoils its answers: what the server's own protocol faults would look like.
final class ManglingTransport: ClientTransport {
    enum Fault: Sendable, CaseIterable {
        /// Numbers and strings as ids are not told apart.
        case idsAsStrings
        /// Every error is an internal one.
        case internalErrors
        /// What is wrong is answered as if it were right.
        case neverRefuses
    }

    private let transport: InMemoryClientTransport
    private let fault: Fault

    init(_ transport: InMemoryClientTransport, _ fault: Fault) {
        self.transport = transport
        self.fault = fault
    }

    var carriesHeaders: Bool { transport.carriesHeaders }
    func start(_ receiver: any ClientReceiver) async throws { try await transport.start(Spoiler(receiver, fault)) }
    func send(_ message: ClientMessage) async throws { try await transport.send(message) }
    func abandon(_ id: RequestID) { transport.abandon(id) }
    func negotiated(_ negotiation: ClientNegotiation) { transport.negotiated(negotiation) }
    func openServerStream() async throws { try await transport.openServerStream() }
    func close() async { await transport.close() }

    private final class Spoiler: ClientReceiver {
        private let receiver: any ClientReceiver
        private let fault: Fault

        init(_ receiver: any ClientReceiver, _ fault: Fault) {
            self.receiver = receiver
            self.fault = fault
        }

        func received(_ message: ScannedMessage, on request: RequestID?) {
            var message = message
            switch fault {
            case .idsAsStrings:
                if case .integer(let number)? = message.id { message.id = .string("\(number)") }
            case .internalErrors:
                if message.error != nil { message.error = RawJSON(["code": -32603, "message": "oh"] as JSONValue) }
            case .neverRefuses:
                if message.error != nil {
                    message.error = nil
                    message.result = RawJSON(["resultType": "complete"] as JSONValue)
                }
            }
            receiver.received(message, on: request)
        }

        func failed(_ request: RequestID, _ error: TransportError) { receiver.failed(request, error) }
        func disconnected(_ error: TransportError) { receiver.disconnected(error) }
    }
}
