/// The checks of a token, each by its name, so that a test can leave one out and see that something gets through without it.
///
/// There is no way to leave one out from outside this package.
package enum JWTGuard: String, Sendable, Hashable, CaseIterable {
    case algorithm, type, critical, duplicateMembers, issuer, audience, expiry, notBefore, issuedAt, keyId, signature
}
