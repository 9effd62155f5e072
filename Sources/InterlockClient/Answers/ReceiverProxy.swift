internal import InterlockJSON
internal import InterlockTransport

/// What the transport holds: it does not keep the client alive, so a client that is forgotten lets its transport go.
final class ReceiverProxy: ClientReceiver {
    private weak let client: Client?

    init(_ client: Client) {
        self.client = client
    }

    func received(_ message: ScannedMessage, on request: RequestID?) {
        client?.received(message, on: request)
    }

    func failed(_ request: RequestID, _ error: TransportError) {
        client?.failed(request, error)
    }

    func disconnected(_ error: TransportError) {
        client?.disconnected(error)
    }
}
