import InterlockClient
import InterlockProtocol
import InterlockTransport

/// How one call ended, the kinds of failure apart.
public enum CallOutcome: String, Sendable, Hashable, CaseIterable {
    case ok
    /// A result with `isError`: the tool failed.
    case toolError
    /// A JSON-RPC error: the server refused the request.
    case rpcError
    /// The server had no room: HTTP 429 or 503, or a result marked as busy.
    case busy
    /// No answer: the connection failed, or none came in time.
    case transportError

    init(_ result: CallToolResult) {
        self = result.isError ? (result.meta?["interlock/busy"] != nil ? .busy : .toolError) : .ok
    }

    init(_ error: any Error) {
        switch error {
        case is ProtocolError: self = .rpcError
        case let error as ClientError where error.transportError?.code == .refused: self = .busy
        default: self = .transportError
        }
    }
}
