import InterlockJSON
import InterlockServer
import InterlockStorage
import Logging

/// What `interlock serve` was told, all layers taken together and every value checked.
struct ServeSettings: Sendable, Hashable {
    /// How long sessions go unused, by who uses them.
    enum SessionProfile: String, CaseIterable, Sendable {
        /// A person at a keyboard: ten minutes.
        case interactive
        /// An agent that comes back after long work: an hour.
        case agent

        var idleTimeout: Duration { self == .interactive ? .seconds(600) : .seconds(3_600) }
    }

    /// Where sessions are remembered.
    enum SessionStore: Sendable, Hashable {
        case memory
        case sqlite(path: String)
    }

    var host: String
    var port: Int
    var usesStdio: Bool
    /// The folder of documents; `nil` for the default.
    var documents: String?
    var maximumConnections: Int
    var connectionTimeout: Duration
    var idleTimeout: Duration
    /// Calls at once; `nil` for 64 per core.
    var maximumInFlight: Int?
    var queueDepth: Int
    var queueDeadline: Duration
    /// How many connections and sessions wait for a place, and how long; `nil` for the defaults of each.
    var connectionQueue: Int?
    var connectionQueueDeadline: Duration?
    /// Budgets in bytes; `nil` for the defaults.
    var maximumBodyBytes: Int?
    var pendingBytes: Int?
    var unsentBytes: Int?
    var eventStoreBytes: Int?
    var writeDeadline: Duration?
    var heartbeat: Duration?
    var allowedHosts: [String]
    var allowedOrigins: [String]
    var trustedProxies: [String]
    var sessionStore: SessionStore
    var sqliteFallback: RateFallback
    /// How long a decision about a rate may take in a SQLite file; `nil` for the default.
    var sqliteBudget: Duration?
    /// The Redis that instances share.
    var redis: String?
    var redisFallback: RateFallback
    /// Connections to each Redis server; `nil` for what its URL says, or the default.
    var connectionPoolSize: Int?
    var requestStateKey: String?
    /// The file that says who may call; `nil` lets everybody in.
    var auth: String?
    var allowsUnauthenticated: Bool
    /// The file of tenants, or ``tenantsInStore``.
    var tenants: String?
    /// In place of a file: the tenants are kept in the store that instances share.
    static let tenantsInStore = "store"
    /// Where traces go.
    var otlp: String?
    var traceRatio: Double
    /// The port of the admin listener; `nil` for none.
    var adminPort: Int?
    var adminHost: String
    var adminToken: String?
    /// Names by which the admin listener may be addressed, besides loopback's and its own address.
    var adminAllowedHosts: [String]
    var alerts: String?
    var alertWebhook: String?
    var alertSecret: String?
    /// Resident bytes at which the process drains and ends.
    var maximumResidentBytes: Int?
    var tls: TLS?
    /// Policies by the names of tools.
    var toolPolicies: RawJSON?
    var isUnsafeDemo: Bool
    var logLevel: Logger.Level
    var drainDeadline: Duration
    /// How long kept connections are served on at shutdown; never longer than ``drainDeadline``.
    var drainGrace: Duration

    /// What holds of the tools' rate limits while their store does not answer.
    typealias RateFallback = ResilientRateLimitStore.WhenDegraded

    struct TLS: Sendable, Hashable {
        var certificate: String
        var key: String
    }

    init(_ layers: SettingsLayers) throws(SettingsError) {
        host = try layers.string(.host) ?? "127.0.0.1"
        port = try layers.int(.port, in: 0...65_535) ?? 8_080
        usesStdio = try layers.bool(.stdio) ?? false
        documents = try layers.string(.documents)
        maximumConnections = try layers.int(.maxConnections, in: 1...1_000_000) ?? 10_000
        connectionTimeout = try layers.duration(.connectionTimeout) ?? .seconds(4 * 3_600)
        let profile: SessionProfile = try layers.choice(.sessionProfile) ?? .interactive
        idleTimeout = try layers.duration(.idleTimeout) ?? profile.idleTimeout
        maximumInFlight = try layers.int(.maxInFlight, in: 1...1_000_000)
        queueDepth = try layers.int(.queueDepth, in: 0...1_000_000) ?? 1_000
        queueDeadline = try layers.duration(.queueDeadline) ?? .seconds(30)
        connectionQueue = try layers.int(.connectionQueue, in: 0...1_000_000)
        connectionQueueDeadline = try layers.duration(.connectionQueueDeadline)
        maximumBodyBytes = try layers.int(.maxBodyBytes, in: 1_024...1 << 30)
        pendingBytes = try layers.int(.pendingBytes, in: 1_024...1 << 40)
        unsentBytes = try layers.int(.unsentBytes, in: 1_024...1 << 30)
        eventStoreBytes = try layers.int(.eventStoreBytes, in: 1...1 << 40)
        writeDeadline = try layers.duration(.writeDeadline)
        heartbeat = try layers.duration(.heartbeat)
        allowedHosts = try layers.list(.allowedHosts) ?? []
        allowedOrigins = try layers.list(.allowedOrigins) ?? []
        trustedProxies = try layers.list(.trustedProxies) ?? []
        sessionStore = try Self.sessionStore(layers)
        // All users of a file are on one machine, nearly always one process: it may give out all of each limit.
        sqliteFallback = try Self.rateFallback(.sqliteFallback, layers) ?? .local(fraction: 1)
        sqliteBudget = try layers.duration(.sqliteBudget)
        redis = try layers.string(.redis)
        redisFallback = try Self.rateFallback(.redisFallback, layers) ?? .local(fraction: 0.5)
        if redis != nil, let (text, source) = try layers[.eventStoreBytes] {
            throw SettingsError("\(source) \(text) has no effect with --redis, where each stream's events are bounded by number and age: leave one of them out")
        }
        if redis != nil, case .sqlite = sessionStore, let (text, source) = try layers[.sessionStore] {
            throw SettingsError("\(source) \(text) has no effect with --redis, which keeps the sessions for all instances: leave one of them out")
        }
        connectionPoolSize = try layers.int(.connectionPoolSize, in: 1...64)
        requestStateKey = try layers.string(.requestStateKey)
        auth = try layers.string(.auth)
        allowsUnauthenticated = try layers.bool(.allowUnauthenticated) ?? false
        tenants = try layers.string(.tenants)
        otlp = try layers.string(.otlp)
        traceRatio = try layers.double(.traceRatio, in: 0...1) ?? 1
        adminPort = try layers.int(.adminPort, in: 0...65_535)
        adminHost = try layers.string(.adminHost) ?? "127.0.0.1"
        adminToken = try layers.string(.adminToken)
        adminAllowedHosts = try layers.list(.adminAllowedHosts) ?? []
        alerts = try layers.string(.alerts)
        alertWebhook = try layers.string(.alertWebhook)
        alertSecret = try layers.string(.alertSecret)
        maximumResidentBytes = try layers.int(.maxRSS, in: 1 << 20...1 << 45)
        tls = try Self.tls(layers)
        toolPolicies = try Self.toolPolicies(layers)
        isUnsafeDemo = try layers.bool(.unsafeDemo) ?? false
        logLevel = try layers.choice(.logLevel) ?? .info
        drainDeadline = try layers.duration(.drainDeadline) ?? .seconds(30)
        drainGrace = min(drainDeadline, try layers.duration(.drainGrace) ?? .seconds(2))
    }

    private static func sessionStore(_ layers: SettingsLayers) throws(SettingsError) -> SessionStore {
        guard let (text, source) = try layers[.sessionStore] else { return .memory }
        if text == "memory" { return .memory }
        guard text.hasPrefix("sqlite:"), text.count > "sqlite:".count else {
            throw SettingsError(source, is: text, expected: "memory, or sqlite: and the path of a file, such as sqlite:/var/lib/interlock/sessions.sqlite")
        }
        return .sqlite(path: String(text.dropFirst("sqlite:".count)))
    }

    private static func toolPolicies(_ layers: SettingsLayers) throws(SettingsError) -> RawJSON? {
        guard let (text, source) = try layers[.toolPolicies] else { return nil }
        do {
            let json = try RawJSON(parsing: text)
            _ = try ToolPolicySettings.tools(json, at: Setting.toolPolicies.rawValue)
            return json
        } catch {
            throw SettingsError("\(source): \(error)")
        }
    }

    private static func rateFallback(_ setting: Setting, _ layers: SettingsLayers) throws(SettingsError) -> RateFallback? {
        guard let (text, source) = try layers[setting] else { return nil }
        guard let rule = RateFallback(text) else {
            throw SettingsError(source, is: text, expected: "deny, allow, or local: and a share above 0 and up to 1, such as local:0.5")
        }
        return rule
    }

    private static func tls(_ layers: SettingsLayers) throws(SettingsError) -> TLS? {
        switch (try layers.string(.tlsCert), try layers.string(.tlsKey)) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            #if TLS
            return TLS(certificate: certificate, key: key)
            #else
            throw SettingsError("--tls-cert \(certificate), --tls-key \(key): this build has no TLS; build it with `swift build --traits TLS`, or put a proxy that speaks TLS in front")
            #endif
        default: throw SettingsError("--tls-cert and --tls-key belong together: give both or neither")
        }
    }
}
