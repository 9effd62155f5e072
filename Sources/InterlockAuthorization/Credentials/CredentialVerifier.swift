public import InterlockTransport

/// Tells whose credential it is, or why it is nobody's.
///
/// A gate asks the first verifier that recognizes a credential, and only that one: a token that one verifier refused is
/// never offered to the next.
public protocol CredentialVerifier: Sendable {
    /// Whether a credential looks like one of this verifier's, from its outer shape alone. Called for each request, so it must cost next to nothing.
    func recognizes(_ credential: Credential) -> Bool

    /// The answer if it is at hand without waiting and cheap enough to be found anew for each request; such answers are never cached.
    func verifyNow(_ credential: Credential) -> Verification?

    /// The answer, after whatever waiting it takes. Must end within a bound of its own: the request waits for it.
    func verify(_ credential: Credential) async -> Verification
}

extension CredentialVerifier {
    /// Never at hand.
    public func verifyNow(_ credential: Credential) -> Verification? { nil }
}

/// A verifier's answer.
public enum Verification: Sendable {
    case verified(VerifiedCredential)
    /// No (HTTP 401).
    case refused(CredentialRefusal)
    /// Nobody can tell at the moment, so nobody gets in (HTTP 503).
    case unavailable(retryAfter: Duration)
}

/// Who a credential belongs to, and for how long that may be remembered.
public struct VerifiedCredential: Sendable {
    /// The caller, with the scopes as granted: a gate adds what they include.
    public var principal: Principal
    /// Milliseconds since the Unix epoch from which it is no longer good; `nil` if it does not end by itself.
    public var expiresAt: Int64?
    /// For how long the answer may be remembered at most: how late a revocation may come into force.
    public var keepFor: Duration

    /// Makes an answer.
    public init(principal: Principal, expiresAt: Int64?, keepFor: Duration) {
        self.principal = principal
        self.expiresAt = expiresAt
        self.keepFor = keepFor
    }
}
