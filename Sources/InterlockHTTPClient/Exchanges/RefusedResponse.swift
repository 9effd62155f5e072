internal import InterlockJSON
internal import InterlockTransport
internal import NIOHTTP1

/// The server's demand for a credential: the cause of a ``TransportError/Code/unauthorized``.
public struct AuthenticationChallenge: Error, Sendable, Hashable {
    /// 401 for a missing or invalid credential, 403 for one that does not suffice, or for a host that may not ask.
    public var status: Int
    /// The `WWW-Authenticate` field as it came; several are joined by commas. `nil` where there is none, as a 403 may have none.
    public var challenge: String?
}

/// What a response means that is no success. Pure.
enum RefusedResponse: Sendable {
    /// A JSON-RPC error: it goes to the client as the answer.
    case message([UInt8])
    case error(TransportError)

    /// - Parameter hasSession: whether the request named a session, which only legacy requests do.
    init(status: Int, headers: HTTPHeaders, body: [UInt8], hasSession: Bool) {
        let isMessage = Self.isError(body)
        switch status {
        case 401, 403:
            let fields = headers["WWW-Authenticate"].joined(separator: ", ")
            let challenge = AuthenticationChallenge(status: status, challenge: fields.isEmpty ? nil : fields)
            // RFC 9110 demands the field of 401 alone: a 403 without it lacks nothing.
            let lacking = status == 401 ? " without WWW-Authenticate" : ", so the credential or the host has no right there"
            self = .error(TransportError(
                .unauthorized, "the server answered \(status)\(challenge.challenge.map { ", WWW-Authenticate: \($0)" } ?? lacking)\(Self.excerpt(body))",
                httpStatus: status, cause: challenge
            ))
        case 404 where hasSession:
            self = .error(TransportError(.sessionNotFound, "the server does not know the session any more (HTTP 404)", httpStatus: status))
        case _ where isMessage:
            self = .message(body)
        case 429, 503:
            let seconds = headers.first(name: "Retry-After").flatMap { Int($0) }
            self = .error(TransportError(.refused, "the server is overloaded (HTTP \(status))\(Self.excerpt(body))", retryAfter: seconds.map { .seconds($0) },
                httpStatus: status))
        case 300..<400:
            let place = headers.first(name: "Location") ?? "nowhere"
            self = .error(TransportError(.badResponse, "the server redirects to '\(place)' (HTTP \(status)); connect there if you trust it", httpStatus: status))
        default:
            self = .error(TransportError(.badResponse, "the server answered HTTP \(status)\(Self.excerpt(body))", httpStatus: status))
        }
    }

    private static func isError(_ body: [UInt8]) -> Bool {
        do throws(JSONRPCScanError) {
            if case .error = try ScannedMessage.scan(body).kind { return true }
        } catch {
            // Not JSON-RPC: the status is all there is, and it becomes the error.
        }
        return false
    }

    private static func excerpt(_ body: [UInt8]) -> String {
        body.isEmpty ? "" : ": " + String(decoding: body.prefix(200), as: UTF8.self).filter { !$0.isNewline }
    }
}
