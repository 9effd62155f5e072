/// How an authorization server is asked about tokens (RFC 7662).
public struct IntrospectionConfiguration: Sendable {
    /// The introspection endpoint.
    public var url: String
    /// This server's name at the authorization server.
    public var clientId: String
    /// Its secret; sent by HTTP Basic and never shown.
    public var clientSecret: String
    /// The issuer: what `iss` must be if the answer has one, and who vouches for the callers.
    public var issuer: String
    /// The names of this server: the answer's `aud` must have one of them.
    public var audiences: Set<String>
    /// Whether an answer without `aud` is refused. Only for an authorization server that says yes to this client's own tokens alone may it not be.
    public var requiresAudience: Bool
    /// Where the caller's name, tenant and scopes stand.
    public var claims: ClaimMapping
    /// How far the authorization server's clock may be off.
    public var skew: Duration
    /// For how long a yes is remembered at most: how late a revocation may come into force.
    public var keepActive: Duration
    /// For how long a no is remembered.
    public var keepInactive: Duration
    /// Answers remembered; the one used longest ago goes.
    public var maximumEntries: Int
    /// Requests to the authorization server at a time; more wait within ``timeout``.
    public var maximumConcurrent: Int
    /// Callers that may wait for an answer at a time; more are told to come back later.
    public var maximumWaiting: Int
    /// How long an answer may take.
    public var timeout: Duration
    /// For how long the authorization server is left alone after it kept failing.
    public var openDuration: Duration
    /// The longest token that is asked about.
    public var maximumTokenBytes: Int
    /// The longest answer.
    public var maximumBytes: Int
    /// Hosts that may be asked without TLS, by name. This machine always may.
    public var insecureHosts: Set<String>

    /// Makes a configuration with the usual limits.
    public init(
        url: String, clientId: String, clientSecret: String, issuer: String, audiences: Set<String>, requiresAudience: Bool = true,
        claims: ClaimMapping = .init(), skew: Duration = .seconds(30), keepActive: Duration = .seconds(60), keepInactive: Duration = .seconds(10),
        maximumEntries: Int = 10_000, maximumConcurrent: Int = 16, maximumWaiting: Int = 1_000, timeout: Duration = .seconds(5),
        openDuration: Duration = .seconds(10), maximumTokenBytes: Int = 8_192, maximumBytes: Int = 64 << 10, insecureHosts: Set<String> = []
    ) {
        self.url = url
        self.clientId = clientId
        self.clientSecret = clientSecret
        self.issuer = issuer
        self.audiences = audiences
        self.requiresAudience = requiresAudience
        self.claims = claims
        self.skew = max(.zero, skew)
        self.keepActive = max(.zero, keepActive)
        self.keepInactive = max(.zero, keepInactive)
        self.maximumEntries = max(1, maximumEntries)
        self.maximumConcurrent = max(1, maximumConcurrent)
        self.maximumWaiting = max(1, maximumWaiting)
        self.timeout = max(.milliseconds(1), timeout)
        self.openDuration = max(.zero, openDuration)
        self.maximumTokenBytes = max(1, maximumTokenBytes)
        self.maximumBytes = max(1, maximumBytes)
        self.insecureHosts = insecureHosts
    }
}

extension IntrospectionConfiguration: CustomStringConvertible, CustomReflectable {
    public var description: String { "introspection at \(url) as \(clientId)" }
    public var customMirror: Mirror { Mirror(self, children: ["url": url, "clientId": clientId]) }
}
