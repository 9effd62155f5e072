/// What a gate asks for, and where it sends those who have nothing to show.
public struct AuthorizationGateConfiguration: Sendable, Hashable {
    /// The address of the metadata that challenges name: ``ResourceURI/metadataURI``. `nil` where only API keys are accepted.
    public var metadataURI: String?
    /// The scopes that requests need.
    public var policy: ScopePolicy
    /// Whether what a tool needs is judged from the head already [yes]. Where callers see different tools it must not be: a refusal would tell
    /// that the tool exists. The runtime then judges alone, by ``AuthorizationGate/challenge(_:method:name:)``, and only for tools the caller sees.
    public var judgesTools: Bool
    /// The header field for API keys; `nil` if they can only be bearer tokens, or if there are none.
    public var apiKeyHeader: String?
    /// The longest credential; a longer one is refused before anybody looks at it.
    public var maximumCredentialBytes: Int
    /// Verified credentials remembered, by digest; the one used longest ago goes.
    public var maximumEntries: Int

    /// Makes a configuration; what makes no sense is moved to the nearest value that does.
    public init(
        metadataURI: String? = nil, policy: ScopePolicy = .open, judgesTools: Bool = true, apiKeyHeader: String? = "X-API-Key", maximumCredentialBytes: Int = 8_192,
        maximumEntries: Int = 10_000
    ) {
        self.metadataURI = metadataURI
        self.policy = policy
        self.judgesTools = judgesTools
        self.apiKeyHeader = apiKeyHeader
        self.maximumCredentialBytes = max(16, maximumCredentialBytes)
        self.maximumEntries = max(1, maximumEntries)
    }
}
