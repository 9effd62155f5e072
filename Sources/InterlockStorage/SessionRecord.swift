public import InterlockJSON

/// What is kept of a session so that it can go on after a restart, or on another instance.
public struct SessionRecord: Sendable, Hashable, Codable {
    /// The `Mcp-Session-Id`: unguessable, visible ASCII.
    public var id: String
    /// The negotiated protocol revision.
    public var revision: String
    /// Whom the session belongs to; `nil` where nobody was identified. A request by anybody else must not find it.
    public var principal: String?
    /// The tenant whose sessions this one is counted among, empty for callers without one; `nil` where nobody counts.
    public var tenant: String?
    /// The client's `clientInfo`, as sent.
    public var clientInfo: RawJSON?
    /// The client's `capabilities`, as sent.
    public var clientCapabilities: RawJSON
    /// The lowest level of log messages the client asked for.
    public var logLevel: String?
    /// URIs of the resources the client subscribed to.
    public var subscriptions: [String]
    /// Whether `notifications/initialized` has arrived.
    public var isInitialized: Bool
    /// Milliseconds since the Unix epoch.
    public var createdAt: Int64
    /// Milliseconds since the Unix epoch.
    public var lastUsedAt: Int64
    /// Which change of the record this is: 0 as it was made, one more with every ``SessionStore/replace(_:expecting:)``.
    public var version: Int64

    public init(
        id: String, revision: String, principal: String?, tenant: String? = nil, clientInfo: RawJSON?, clientCapabilities: RawJSON, logLevel: String? = nil,
        subscriptions: [String] = [], isInitialized: Bool = false, createdAt: Int64, lastUsedAt: Int64, version: Int64 = 0
    ) {
        self.id = id
        self.revision = revision
        self.principal = principal
        self.tenant = tenant
        self.clientInfo = clientInfo
        self.clientCapabilities = clientCapabilities
        self.logLevel = logLevel
        self.subscriptions = subscriptions
        self.isInitialized = isInitialized
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.version = version
    }

    /// Reads a record; one that was written before records had versions is as it was made.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.decode(String.self, forKey: .id)
        revision = try members.decode(String.self, forKey: .revision)
        principal = try members.decodeIfPresent(String.self, forKey: .principal)
        tenant = try members.decodeIfPresent(String.self, forKey: .tenant)
        clientInfo = try members.decodeIfPresent(RawJSON.self, forKey: .clientInfo)
        clientCapabilities = try members.decode(RawJSON.self, forKey: .clientCapabilities)
        logLevel = try members.decodeIfPresent(String.self, forKey: .logLevel)
        subscriptions = try members.decode([String].self, forKey: .subscriptions)
        isInitialized = try members.decode(Bool.self, forKey: .isInitialized)
        createdAt = try members.decode(Int64.self, forKey: .createdAt)
        lastUsedAt = try members.decode(Int64.self, forKey: .lastUsedAt)
        version = try members.decodeIfPresent(Int64.self, forKey: .version) ?? 0
    }
}
