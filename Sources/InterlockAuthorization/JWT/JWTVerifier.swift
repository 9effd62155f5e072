import InterlockJSON
public import InterlockConcurrency

/// Verifies signed access tokens (RFC 7519, RFC 9068, and the advice of RFC 8725).
///
/// Everything a token says is checked before anything it says is believed. Only keys that were configured or that the
/// configured issuer publishes count: `jku`, `x5u`, `x5c` and `jwk` in a token are not looked at, and `crit` refuses it. The algorithm has to
/// be on the issuer's list before the signature is looked at. Cheap checks come first, so that what is refused anyway costs no
/// signature and, above all, no request to the issuer.
public final class JWTVerifier: CredentialVerifier {
    private let issuers: [JWTIssuer]
    private let maximumBytes: Int
    private let clock: any SchedulingClock
    private let omitted: JWTGuard?

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - issuers: Those whose tokens are accepted, each once.
    ///   - maximumBytes: The longest token.
    ///   - clock: Tells when tokens expire, by its wall time.
    public convenience init(_ issuers: [JWTIssuer], maximumBytes: Int = 8_192, clock: any SchedulingClock = SystemClock.shared) throws(AuthorizationError) {
        try self.init(issuers, maximumBytes: maximumBytes, clock: clock, omitting: nil)
    }

    /// For the controls of tests: leaves one check out.
    package init(_ issuers: [JWTIssuer], maximumBytes: Int = 8_192, clock: any SchedulingClock, omitting: JWTGuard?) throws(AuthorizationError) {
        guard !issuers.isEmpty else { throw AuthorizationError(.invalidIssuer, "a verifier of signed tokens needs at least one issuer") }
        guard Set(issuers.map(\.issuer)).count == issuers.count else {
            throw AuthorizationError(.invalidIssuer, "an issuer is configured twice; its tokens can be checked by one set of rules only")
        }
        self.issuers = issuers
        self.maximumBytes = maximumBytes
        self.clock = clock
        omitted = omitting
    }

    /// Bearer tokens of three segments.
    public func recognizes(_ credential: Credential) -> Bool {
        guard credential.source == .bearer else { return false }
        var token = credential.token
        return token.withUTF8 { bytes in
            var dots = 0
            for byte in bytes where byte == UInt8(ascii: ".") { dots += 1 }
            return dots == 2
        }
    }

    public func verify(_ credential: Credential) async -> Verification {
        do throws(CredentialRefusal) {
            let token = try CompactToken(credential.token, maximumBytes: maximumBytes, omitting: omitted)
            let algorithm = try algorithm(of: token)
            let issuer = try issuer(of: token)
            if omitted != .algorithm, !issuer.algorithms.contains(algorithm) { throw .algorithm }
            try checkType(of: token, issuer)
            let times = try checkClaims(of: token, issuer)
            switch issuer.keys {
            case .secret(let secret):
                guard omitted == .signature || secret.verifies(token.signature, over: token.signingInput, by: algorithm) else { throw .signature }
            case .published(let set):
                if omitted == .signature { break }
                switch await set.key(try keyId(of: token), algorithm, requiresKeyId: omitted != .keyId) {
                case .key(let key):
                    guard key.verifies(token.signature, over: token.signingInput, by: algorithm) else { throw .signature }
                case .refused(let refusal): throw refusal
                case .unavailable(let retryAfter): return .unavailable(retryAfter: retryAfter)
                }
            }
            let principal = try issuer.claims.principal(token.claims, issuer: issuer.issuer)
            let expiresAt = (times.expires ?? 0) + Int64(issuer.skew / .milliseconds(1))
            return .verified(VerifiedCredential(principal: principal, expiresAt: expiresAt, keepFor: issuer.keepFor))
        } catch {
            return .refused(error)
        }
    }

    private func algorithm(of token: CompactToken) throws(CredentialRefusal) -> SignatureAlgorithm {
        guard let name = token.header["alg"]?.string else { throw .malformed }
        guard let algorithm = SignatureAlgorithm(exactly: name) else { throw .algorithm }
        return algorithm
    }

    private func issuer(of token: CompactToken) throws(CredentialRefusal) -> JWTIssuer {
        if omitted == .issuer { return issuers[0] }
        guard let name = token.claims["iss"]?.string else { throw .issuer }
        guard let issuer = issuers.first(where: { $0.issuer.utf8.elementsEqual(name.utf8) }) else { throw .issuer }
        return issuer
    }

    private func keyId(of token: CompactToken) throws(CredentialRefusal) -> String? {
        guard let value = token.header["kid"] else { return nil }
        guard let kid = value.string, (1...256).contains(kid.utf8.count) else { throw .malformed }
        return kid
    }

    private func checkType(of token: CompactToken, _ issuer: JWTIssuer) throws(CredentialRefusal) {
        if token.header["crit"] != nil, omitted != .critical { throw .criticalHeader }
        if omitted == .type { return }
        if let value = token.header["typ"] {
            guard let type = value.string, issuer.types.contains(JWTIssuer.normalized(type)) else { throw .type }
        } else if !issuer.acceptsMissingType {
            throw .type
        }
    }

    private func checkClaims(of token: CompactToken, _ issuer: JWTIssuer) throws(CredentialRefusal) -> TimeClaims {
        if omitted != .audience { try Self.checkAudience(token.claims["aud"], issuer) }
        let times = try TimeClaims(token.claims)
        if times.expires == nil, omitted != .expiry { throw .claims }
        try times.check(now: clock.wallTime, skew: Int64(issuer.skew / .milliseconds(1)), omitting: omitted)
        return times
    }

    private static func checkAudience(_ value: RawJSON?, _ issuer: JWTIssuer) throws(CredentialRefusal) {
        if let name = value?.string {
            guard issuer.hasAudience(name) else { throw .audience }
        } else if let elements = value?.elements {
            var matches = false
            for element in elements {
                guard let name = element.string else { throw .claims }
                if issuer.hasAudience(name) { matches = true }
            }
            guard matches else { throw .audience }
        } else {
            throw .audience
        }
    }
}
