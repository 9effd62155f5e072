import InterlockJSON
import InterlockProtocol
import InterlockTransport

/// One JSON-RPC request that has been told apart by era, on its way to its feature.
struct IncomingRequest: Sendable {
    let id: RequestID
    let method: String
    let params: IncomingParams
    let readMeta: ReadMeta
    let caller: Caller
    let stream: any ResponseStream
    /// Size of the message, charged against the pending-bytes budget while it runs or waits.
    let byteCount: Int

    /// What the request says about itself and its sender.
    var meta: RequestMeta { _read { yield readMeta.meta } }
}
