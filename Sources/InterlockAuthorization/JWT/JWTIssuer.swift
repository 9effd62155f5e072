/// One issuer whose signed tokens are accepted, and what they have to say.
public struct JWTIssuer: Sendable {
    /// What signatures are checked with.
    public enum Keys: Sendable {
        /// The keys that the issuer publishes.
        case published(KeySet)
        /// A secret that the issuer and this server share, which can never be the issuer of a key set as well.
        case secret(SharedSecret)
    }

    /// The issuer's identifier, compared byte by byte with `iss`.
    public let issuer: String
    /// What signatures are checked with.
    public let keys: Keys
    /// The names of this server: a token's `aud` must have one of them.
    public let audiences: Set<String>
    /// The algorithms that may have signed.
    public let algorithms: Set<SignatureAlgorithm>
    /// What the header's `typ` may be, without regard to case.
    public let types: Set<String>
    /// Whether a token without `typ` is accepted. Some issuers leave it out; those that also issue ID tokens for the same audience should not.
    public let acceptsMissingType: Bool
    /// Where the caller's name, tenant and scopes stand.
    public let claims: ClaimMapping
    /// How far the issuer's clock may be off.
    public let skew: Duration
    /// For how long a verified token may be remembered at most, if it does not expire before.
    public let keepFor: Duration

    /// Makes an issuer.
    ///
    /// - Throws: ``AuthorizationError`` if a secret is combined with public-key algorithms or the other way round, if the secret is shorter than the
    ///   hash, or if a name is missing.
    public init(
        _ issuer: String, keys: Keys, audiences: Set<String>, algorithms: Set<SignatureAlgorithm>? = nil, types: Set<String> = ["at+jwt", "JWT"],
        acceptsMissingType: Bool = false, claims: ClaimMapping = .init(), skew: Duration = .seconds(30), keepFor: Duration = .seconds(300)
    ) throws(AuthorizationError) {
        func invalid(_ reason: String) -> AuthorizationError { AuthorizationError(.invalidIssuer, "the issuer \(issuer.debugDescription) \(reason)") }
        guard !issuer.isEmpty, issuer.utf8.count <= 2_048 else { throw invalid("has no name of 1 to 2,048 bytes") }
        guard !audiences.isEmpty, !audiences.contains("") else { throw invalid("has no audience: without one, tokens for any other server would be accepted here") }
        let chosen: Set<SignatureAlgorithm>
        switch keys {
        case .published:
            chosen = algorithms ?? SignatureAlgorithm.asymmetric
            guard chosen.allSatisfy({ !$0.isSymmetric }) else {
                throw invalid("publishes its keys, so HMAC algorithms must not be accepted: anybody could sign with a public key")
            }
        case .secret(let secret):
            chosen = algorithms ?? [.hs256]
            guard chosen.allSatisfy(\.isSymmetric) else { throw invalid("shares a secret, which only HS256, HS384 and HS512 can use") }
            let minimum = chosen.map(SharedSecret.minimumBytes).max() ?? 32
            guard secret.count >= minimum else { throw invalid("shares a secret of \(secret.count) bytes; its algorithms need at least \(minimum)") }
        }
        guard !chosen.isEmpty else { throw invalid("accepts no algorithm") }
        guard !types.isEmpty || acceptsMissingType else { throw invalid("accepts no type of token") }
        guard skew >= .zero, skew <= .seconds(600) else { throw invalid("has a clock skew outside 0 to 600 seconds") }
        self.issuer = issuer
        self.keys = keys
        self.audiences = audiences
        self.algorithms = chosen
        self.types = Set(types.map { Self.normalized($0) })
        self.acceptsMissingType = acceptsMissingType
        self.claims = claims
        self.skew = skew
        self.keepFor = max(.zero, keepFor)
    }

    /// A media type as `typ` may spell it: in any case, with or without `application/` (RFC 7515 §4.1.9).
    static func normalized(_ type: String) -> String {
        let lower = type.lowercased()
        return lower.hasPrefix("application/") ? String(lower.dropFirst(12)) : lower
    }

    func hasAudience(_ name: String) -> Bool {
        audiences.contains { $0.utf8.elementsEqual(name.utf8) }
    }
}
