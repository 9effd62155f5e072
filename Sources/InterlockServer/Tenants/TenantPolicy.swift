public import InterlockConcurrency

/// What one tenant may do and how much of it: a value, as a configuration says it.
public struct TenantPolicy: Sendable, Hashable {
    /// What happens to requests while the shared rate limit store does not answer.
    public enum WhenStoreFails: Sendable, Hashable {
        /// They are refused with 503.
        case deny
        /// They run without a rate limit.
        case allow
        /// Each instance limits by itself, to this part of the limits (more than 0, at most 1): one by the number of instances.
        case local(Double)
    }

    /// Whether its requests are served at all; 403 otherwise.
    public var isEnabled = true
    /// The tools it sees and may call.
    public var tools = NameAllowance.all
    /// The resources it sees and may read, by URI.
    public var resources = NameAllowance.all
    /// The prompts it sees and may get.
    public var prompts = NameAllowance.all
    /// How often it may ask, all limits at once [1,000 a minute, 100 at once]; empty means as often as it likes.
    public var rateLimits = [RateLimit(1_000, per: .seconds(60), burst: 100)]
    /// How often it may call single tools, by their exact names, beside the limits of the tenant.
    public var toolRateLimits: [String: [RateLimit]] = [:]
    /// Units of the tenant's limits that a call of a tool uses [1].
    public var toolCosts: [String: Int] = [:]
    /// Calls that run at a time [no limit of its own]; more wait.
    public var maximumInFlight: Int?
    /// Sessions at a time (2025-11-25 and older) [no limit of its own].
    public var maximumSessions: Int?
    /// Bytes of requests that are running or waiting [no limit of its own].
    public var maximumPendingBytes: Int?
    /// Its share of the server against other tenants that wait too, 1 to 1,000 [1].
    public var weight = 1
    /// What happens while the shared rate limit store does not answer [a local limit of the full size].
    public var whenStoreFails = WhenStoreFails.local(1)

    /// Makes a policy that allows all features, 1,000 requests a minute and 100 at once.
    public init() {}

    /// Units that a call of a tool uses.
    func cost(of tool: String) -> Int { toolCosts.isEmpty ? 1 : toolCosts[tool] ?? 1 }
}
