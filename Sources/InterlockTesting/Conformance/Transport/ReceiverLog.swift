import InterlockJSON
import InterlockTransport

/// The client runtime of a check: writes down what its transport tells it.
final class ReceiverLog: ClientReceiver {
    enum Entry: Sendable {
        case message(ScannedMessage, on: RequestID?)
        case failed(RequestID, TransportError)
        case disconnected(TransportError)
        /// `send` has thrown. Not the transport's word to its receiver, but what a request's sender learns.
        case notSent(RequestID?, any Error)
    }

    let log = ConformanceLog<Entry>()

    var entries: [Entry] { log.entries }

    func received(_ message: ScannedMessage, on request: RequestID?) { log.append(.message(message, on: request)) }
    func failed(_ request: RequestID, _ error: TransportError) { log.append(.failed(request, error)) }
    func disconnected(_ error: TransportError) { log.append(.disconnected(error)) }

    /// How often the end of the connection was reported.
    var disconnections: [TransportError] {
        entries.compactMap { if case .disconnected(let error) = $0 { error } else { nil } }
    }

    /// The params of every notification so far.
    var notes: [RawJSON] { entries.compactMap(\.note) }
}

extension ReceiverLog.Entry {
    /// The params, if it is a notification of the kit's.
    var note: RawJSON? {
        if case .message(let message, _) = self, message.method == WireMessage.note { message.params } else { nil }
    }

    /// The message, if it answers this request.
    func response(to id: RequestID) -> ScannedMessage? {
        if case .message(let message, _) = self, message.method == nil, message.id == id { message } else { nil }
    }

    /// Whether it says what became of a request: its response, or that there will be none.
    func decides(_ id: RequestID) -> Bool {
        switch self {
        case .message: response(to: id) != nil
        case .failed(let failed, _): failed == id
        case .notSent(let sent, _): sent == id
        case .disconnected: true
        }
    }

    /// In words, for a failure.
    var summary: String {
        switch self {
        case .message(let message, let request):
            "\(message.method ?? "a response to \(message.id.map(\.description) ?? "no id")")\(request.map { " on the stream of \($0)" } ?? "")"
        case .failed(let id, let error): "failed(\(id), \(error))"
        case .disconnected(let error): "disconnected(\(error))"
        case .notSent(let id, let error): "send of \(id.map(\.description) ?? "a notification") threw \(error)"
        }
    }
}
