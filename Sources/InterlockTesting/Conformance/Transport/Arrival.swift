import InterlockJSON
import InterlockProtocol
import InterlockTransport

/// One message that has reached the runtime of a check, with the way back.
struct Arrival: Sendable {
    enum WayBack: Sendable {
        case stream(any ResponseStream)
        case connection(any EventSink)

        var sink: any EventSink {
            switch self {
            case .stream(let stream): stream
            case .connection(let sink): sink
            }
        }
    }

    let message: ScannedMessage
    /// The whole message, where the transport hands over bytes.
    let bytes: [UInt8]?
    let wayBack: WayBack
    /// Called when the request is answered.
    let answered: @Sendable () -> Void

    /// Sends an event before the response, waiting for room as a careful sender does.
    func deliver(_ event: [UInt8]) async throws {
        while true {
            switch wayBack.sink.send(OutboundEvent(data: event)) {
            case .sent: return
            case .closed: throw TransportError(.closed, "the way back has ended")
            case .full: try await wayBack.sink.writable()
            }
        }
    }

    /// Answers the request with this result.
    func respond(_ result: RawJSON) {
        finish(message.id.map { JSONRPC.response(id: $0, result: result) })
    }

    /// Answers with these bytes, or with nothing (a notification was taken).
    func finish(_ body: [UInt8]?) {
        switch wayBack {
        case .stream(let stream): stream.finish(body.map { OutboundResponse(body: $0) } ?? .accepted)
        case .connection(let sink): if let body { Self.send(body, to: sink) }
        }
        answered()
    }

    /// Sends what must not be dropped.
    static func send(_ message: [UInt8], to sink: any EventSink) {
        guard sink.send(OutboundEvent(data: message)) == .full else { return }
        // Nobody awaits this task: it ends when there is room, or with the connection.
        Task {
            repeat {
                do { try await sink.writable() } catch { return } // the peer is gone, which the client's log shows
            } while sink.send(OutboundEvent(data: message)) == .full
        }
    }
}
