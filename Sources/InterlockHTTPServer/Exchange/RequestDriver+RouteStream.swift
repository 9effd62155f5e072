import InterlockConcurrency
import InterlockTransport
import Logging
import NIOCore

// Routes whose answer is written while it is sent.
extension RequestDriver {
    /// Writes the head, then whatever the producer writes. The exchange keeps order and budget, as it does for events.
    func stream(_ response: HTTPRouteResponse, _ producer: @escaping HTTPRouteResponse.Producer) {
        guard head?.method != .head else {
            return refuse(Refusal.make(405, "This answer is a stream without a known length: use GET", headers: [("allow", "GET")]))
        }
        kind = .route(isEventStream: response.isEventStream)
        isEventStream = true
        let exchange = makeExchange()
        output?.writeHead(
            ResponseHead(status: response.status, content: .other, fields: response.headers, crossOrigin: crossOrigin), length: nil)
        lastWriteAt = core.clock.now
        output?.flush()
        if !response.body.isEmpty { _ = exchange.send(OutboundEvent(data: response.body)) }
        if core.isDraining { return endStreams() }
        let (bound, serial, door) = (boundSelf, serial, LoopDoor(eventLoop))
        // Nobody awaits this task: it ends the exchange, and it is cancelled when the peer goes away or the stream is ended.
        task = (
            Task {
                do {
                    try await producer(HTTPRouteWriter(exchange))
                    exchange.close()
                } catch {
                    let reason = "\(error)"
                    door.execute { bound.value.producerFailed(reason, serial) }
                }
            }, door
        )
    }

    /// What was written so far is not the whole. A stream that has ended meanwhile, which is why most producers fail, is left alone.
    private func producerFailed(_ reason: String, _ serial: UInt64) {
        guard serial == self.serial, case .answering = phase, case .route = kind, let output else { return }
        core.logger.warning(
            "a streamed answer was cut off because its route failed", metadata: ["connection": "\(scope.connection.id)", "error": "\(reason)"])
        disconnected()
        output.abort()
    }
}
