internal import InterlockJSON
internal import InterlockTransport

/// A tool call on its way through a ``LeanConnections``.
struct LeanCall: Sendable {
    let id: RequestID
    let message: ClientMessage
    let request: LeanRequest
}
