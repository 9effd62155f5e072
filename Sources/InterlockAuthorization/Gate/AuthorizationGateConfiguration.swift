/// What a gate asks for, and where it sends those who have nothing to show.
public struct AuthorizationGateConfiguration: Sendable, Hashable {
    /// The address of the metadata that challenges name: ``ResourceURI/metadataURI``. `nil` where only API keys are accepted.
    public var metadataURI: String?
    /// The scopes that requests need.
    public var policy: ScopePolicy
    /// The header field for API keys; `nil` if they can only be bearer tokens, or if there are none.
    public var apiKeyHeader: String?
    /// The longest credential; a longer one is refused before anybody looks at it.
    public var maximumCredentialBytes: Int
    /// Verified credentials remembered, by digest; the one used longest ago goes.
    public var maximumEntries: Int

    /// Makes a configuration; what makes no sense is moved to the nearest value that does.
    public init(
        metadataURI: String? = nil, policy: ScopePolicy = .open, apiKeyHeader: String? = "X-API-Key", maximumCredentialBytes: Int = 8_192,
        maximumEntries: Int = 10_000
    ) {
        self.metadataURI = metadataURI
        self.policy = policy
        self.apiKeyHeader = apiKeyHeader
        self.maximumCredentialBytes = max(16, maximumCredentialBytes)
        self.maximumEntries = max(1, maximumEntries)
    }
}
