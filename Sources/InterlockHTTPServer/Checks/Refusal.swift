import InterlockProtocol
import InterlockTransport

/// The answers the transport gives by itself: a status, and a JSON-RPC error without id that says what to do.
enum Refusal {
    static func make(_ status: Int, _ message: String, headers: [(name: String, value: String)] = []) -> OutboundResponse {
        OutboundResponse(body: JSONRPC.error(id: nil, .invalidRequest(message)), status: status, headers: headers)
    }

    static func internalError(_ message: String) -> OutboundResponse {
        OutboundResponse(body: JSONRPC.error(id: nil, .internalError(message)), status: 500)
    }

    static let draining = make(
        503, "The server is shutting down: send the request again, to another instance or in a moment", headers: [("retry-after", "1")])

    static let overBodyBudget = make(
        503, "The server holds as many request bodies as it may: send the request again in a moment", headers: [("retry-after", "1")])

    static let noFreeConnection = make(
        503, "The server has no free connection: try again in a moment", headers: [("retry-after", "1")])

    static let bodyTimedOut = make(408, "The body of the request did not arrive in time: send it without pauses")

    static let headTimedOut = make(408, "The head of the request did not arrive in time: send it without pauses")

    static func malformed(_ what: String) -> OutboundResponse {
        make(400, "The request is no well-formed HTTP: \(what)")
    }

    static let headTooLarge = make(431, "The header fields of the request are too large: send fewer or shorter ones")

    static func tooLarge(limit: Int) -> OutboundResponse {
        make(413, "The body of the request is too large: send at most \(limit) bytes")
    }
}
