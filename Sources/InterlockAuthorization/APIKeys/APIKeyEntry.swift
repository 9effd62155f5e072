/// What is known of one API key: everything but the key.
public struct APIKeyEntry: Sendable, Hashable {
    /// Names the key.
    public var id: String
    /// SHA-256 of the whole key.
    public var hash: TokenDigest
    /// Whose it is.
    public var subject: String
    /// The tenant it belongs to.
    public var tenant: String?
    /// What it allows.
    public var scopes: Set<String>
    /// Milliseconds since the Unix epoch from which it is no longer good; `nil` if it does not end by itself.
    public var expiresAt: Int64?
    /// Whether the operator has switched it off.
    public var isDisabled: Bool

    /// Makes an entry.
    public init(
        id: String, hash: TokenDigest, subject: String, tenant: String? = nil, scopes: Set<String> = [], expiresAt: Int64? = nil, isDisabled: Bool = false
    ) {
        self.id = id
        self.hash = hash
        self.subject = subject
        self.tenant = tenant
        self.scopes = scopes
        self.expiresAt = expiresAt
        self.isDisabled = isDisabled
    }
}
