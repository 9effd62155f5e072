internal import InterlockTransport
internal import NIOHTTP1
import Synchronization

/// The one stream of the older HTTP+SSE transport (2024-11-05): it first names the endpoint to post to, then carries
/// every message of the server.
final class EndpointStream: Sendable {
    private let base: ServerURL
    private let message: @Sendable ([UInt8]) -> Void
    private let lost: @Sendable (TransportError) -> Void
    private let endpoint = OneShot<Result<ServerURL, TransportError>>()
    private let exchange = Mutex<HTTPExchange?>(nil)

    init(base: ServerURL, message: @escaping @Sendable ([UInt8]) -> Void, lost: @escaping @Sendable (TransportError) -> Void) {
        self.base = base
        self.message = message
        self.lost = lost
    }

    /// Opens the stream and waits for the endpoint. Call once.
    func run(_ open: (HTTPExchange.Callbacks) -> HTTPExchange) async throws -> ServerURL {
        let exchange = open(HTTPExchange.Callbacks(
            event: { [self] event in received(event) },
            end: { [self] end in
                let error = end.error ?? TransportError(.closed, "the server ended its stream (HTTP \(end.reader.status))")
                if !endpoint.resolve(.failure(error)) { lost(error) }
            }
        ))
        self.exchange.withLock { $0 = exchange }
        exchange.start()
        return try await endpoint.wait { [self] in
            close()
            return .failure(TransportError(.closed, "waiting for the endpoint was cancelled"))
        }.get()
    }

    /// Ends the stream if it has not named an endpoint yet.
    func giveUp(_ error: TransportError) {
        if endpoint.resolve(.failure(error)) { close() }
    }

    func close() {
        exchange.withLock { $0 }?.abandon(TransportError(.closed, "the client was closed"))
    }

    private func received(_ event: EventStreamParser.Event) {
        guard event.name == "endpoint" else {
            if !event.data.isEmpty { message(event.data) }
            return
        }
        endpoint.resolve(Result { () throws(TransportError) in
            let url = try base.resolving(String(decoding: event.data, as: UTF8.self))
            guard url.origin == base.origin else {
                throw TransportError(.badResponse, "the server at \(base.origin) names an endpoint of another origin, \(url.origin): refused")
            }
            return url
        })
    }
}
