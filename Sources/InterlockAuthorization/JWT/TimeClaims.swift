import InterlockJSON

/// When a token is good, by its own word: `exp`, `nbf` and `iat` (RFC 7519 §4.1), in milliseconds since the Unix epoch.
struct TimeClaims: Sendable, Hashable {
    var expires: Int64?
    var notBefore: Int64?
    var issuedAt: Int64?

    init(_ claims: RawJSON) throws(CredentialRefusal) {
        expires = try Self.milliseconds(claims["exp"])
        notBefore = try Self.milliseconds(claims["nbf"])
        issuedAt = try Self.milliseconds(claims["iat"])
    }

    /// Checks them against the wall clock.
    ///
    /// - Parameters:
    ///   - skew: Milliseconds that the issuer's clock may differ.
    ///   - omitting: The check a test leaves out to see that it is needed.
    func check(now: Int64, skew: Int64, omitting: JWTGuard? = nil) throws(CredentialRefusal) {
        if let expires, now >= expires + skew, omitting != .expiry { throw .expired }
        if let notBefore, now < notBefore - skew, omitting != .notBefore { throw .notYetValid }
        if let issuedAt, now < issuedAt - skew, omitting != .issuedAt { throw .notYetValid }
    }

    /// A NumericDate: seconds, perhaps with a fraction. No later than the year 9999, so that sums stay in range.
    private static func milliseconds(_ value: RawJSON?) throws(CredentialRefusal) -> Int64? {
        guard let value, !value.isNull else { return nil }
        guard let seconds = value.double, seconds >= 0, seconds <= 253_402_300_799 else { throw .claims }
        return Int64(seconds * 1_000)
    }
}
