import InterlockProtocol
import InterlockTransport

/// The answers of a gate that lets nobody in (RFC 6750 §3, RFC 9728 §5.1).
struct Refusals: Sendable {
    let metadataURI: String?
    private let malformed: [AuthorizationFields.Problem: OutboundResponse]

    init(metadataURI: String?) {
        self.metadataURI = metadataURI
        var malformed: [AuthorizationFields.Problem: OutboundResponse] = [:]
        for problem in AuthorizationFields.Problem.allCases {
            let challenge = Self.challenge(metadataURI, scopes: [], error: "invalid_request", description: problem.message)
            malformed[problem] = Self.response(400, problem.message, challenge: challenge)
        }
        self.malformed = malformed
    }

    func malformed(_ problem: AuthorizationFields.Problem) -> OutboundResponse {
        malformed[problem] ?? Self.response(400, problem.message, challenge: Self.challenge(metadataURI, scopes: [], error: "invalid_request"))
    }

    /// Nothing was shown: the challenge names no error.
    func missing(needed: Set<String>) -> OutboundResponse {
        Self.response(401, "This server needs authorization", challenge: Self.challenge(metadataURI, scopes: needed))
    }

    func invalid(_ refusal: CredentialRefusal, needed: Set<String>) -> OutboundResponse {
        let challenge = Self.challenge(metadataURI, scopes: needed, error: "invalid_token", description: refusal.message)
        return Self.response(401, refusal.message, challenge: challenge)
    }

    /// The caller is known and may not do this; the challenge names all that it takes, so that one more round is enough.
    func insufficient(needed: Set<String>) -> OutboundResponse {
        let message = "This request needs more than the credential allows: it needs the scopes \(ScopeName.list(needed))"
        return Self.response(403, message, challenge: Self.challenge(metadataURI, scopes: needed, error: "insufficient_scope"))
    }

    func unavailable(retryAfter: Duration) -> OutboundResponse {
        let seconds = max(1, Int((retryAfter / .seconds(1)).rounded(.up)))
        let error = ProtocolError(code: .internalError, message: "Credentials cannot be checked at the moment; try again in \(seconds) s")
        return OutboundResponse(body: JSONRPC.error(id: nil, error), status: 503, headers: [("retry-after", String(seconds))])
    }

    private static func response(_ status: Int, _ message: String, challenge: String) -> OutboundResponse {
        OutboundResponse(
            body: JSONRPC.error(id: nil, ProtocolError(code: .invalidRequest, message: message)), status: status, headers: [("www-authenticate", challenge)])
    }

    /// All parts are free of quotes and backslashes: addresses and scopes were checked, texts are our own.
    private static func challenge(_ metadataURI: String?, scopes: Set<String>, error: String? = nil, description: String? = nil) -> String {
        var parts: [String] = []
        if let metadataURI { parts.append("resource_metadata=\"\(metadataURI)\"") } else { parts.append("realm=\"mcp\"") }
        if !scopes.isEmpty { parts.append("scope=\"\(ScopeName.list(scopes))\"") }
        if let error { parts.append("error=\"\(error)\"") }
        if let description { parts.append("error_description=\"\(description)\"") }
        return "Bearer " + parts.joined(separator: ", ")
    }
}
