public import InterlockConcurrency
import InterlockTransport
import Synchronization

/// Verifies API keys against a table of hashes that can be exchanged while the server runs.
///
/// Each request looks at the table anew, so a key that a new table lacks or disables is refused from that moment on. What is compared
/// are digests, in constant time, and an unknown id costs the same work as a known one.
public final class APIKeyVerifier: CredentialVerifier {
    private let table: Mutex<APIKeyTable>
    private let acceptsBearer: Bool
    private let issuer: String
    private let clock: any SchedulingClock
    private let nobody = TokenDigest(of: "")

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - acceptsBearer: Whether keys may come as bearer tokens, which is all that some clients can send, or only in the header field of their own.
    ///   - issuer: Who vouches for the subjects, as principals have it; keeps them apart from an authorization server's.
    ///   - clock: Tells when keys expire, by its wall time.
    public init(_ table: APIKeyTable, acceptsBearer: Bool = true, issuer: String = "api-keys", clock: any SchedulingClock = SystemClock.shared) {
        self.table = Mutex(table)
        self.acceptsBearer = acceptsBearer
        self.issuer = issuer
        self.clock = clock
    }

    /// Takes another table from now on: what was revoked is refused with the next request.
    public func replace(_ table: APIKeyTable) {
        self.table.withLock { $0 = table }
    }

    /// Keys in the table now.
    public var count: Int { table.withLock { $0.count } }

    /// Everything in the header field for keys, and bearer tokens that begin as keys do.
    public func recognizes(_ credential: Credential) -> Bool {
        switch credential.source {
        case .apiKeyHeader: true
        case .bearer: acceptsBearer && credential.token.hasPrefix(APIKey.prefix)
        }
    }

    public func verifyNow(_ credential: Credential) -> Verification? {
        guard let id = APIKey.id(of: credential.token) else { return .refused(.unknownCredential) }
        let entry = table.withLock { $0.entry(String(id)) }
        let matches = TokenDigest(of: credential.token) == (entry?.hash ?? nobody)
        guard let entry, matches else { return .refused(.unknownCredential) }
        if entry.isDisabled { return .refused(.disabled) }
        if let end = entry.expiresAt, clock.wallTime >= end { return .refused(.expired) }
        let principal = Principal(subject: entry.subject, issuer: issuer, tenant: entry.tenant, scopes: entry.scopes)
        return .verified(VerifiedCredential(principal: principal, expiresAt: entry.expiresAt, keepFor: .zero))
    }

    public func verify(_ credential: Credential) async -> Verification {
        verifyNow(credential) ?? .refused(.unknownCredential)
    }
}
