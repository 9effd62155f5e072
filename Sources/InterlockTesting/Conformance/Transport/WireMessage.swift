import InterlockJSON
import InterlockProtocol
import InterlockTransport

/// The raw messages the kit sends. Their methods mean something to ``RecordingRuntime`` only.
enum WireMessage {
    /// A request with this method is answered at once, with its own params as the result.
    static let echo = "conformance/echo"
    /// A request with this method is answered when the check says so.
    static let hold = "conformance/hold"
    /// A notification in either direction.
    static let note = "notifications/conformance"

    static func request(_ id: RequestID, _ method: String = echo, params: String = "{}") -> ClientMessage {
        ClientMessage(
            bytes: Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#.utf8), id: id, method: method,
            headers: [(RoutingHeaders.method, method)])
    }

    static func notification(params: String) -> ClientMessage {
        ClientMessage(bytes: note(params), id: nil, method: note, headers: [(RoutingHeaders.method, note)])
    }

    static func cancelled(_ id: RequestID) -> ClientMessage {
        ClientMessage(
            bytes: Array(#"{"jsonrpc":"2.0","method":"\#(Method.cancelled)","params":{"requestId":\#(id)}}"#.utf8), id: nil,
            method: Method.cancelled, headers: [(RoutingHeaders.method, Method.cancelled)])
    }

    /// A notification as bytes, for the server's side.
    static func note(_ params: String) -> [UInt8] {
        Array(#"{"jsonrpc":"2.0","method":"\#(note)","params":\#(params)}"#.utf8)
    }
}
