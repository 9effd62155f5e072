import InterlockJSON

/// Everything `interlock serve` can be told, by the name it has as a flag, in the environment and in a file.
///
/// `max-connections` is `--max-connections`, `INTERLOCK_MAX_CONNECTIONS` and `"max-connections"`.
enum Setting: String, CaseIterable, Sendable {
    case host, port, stdio, documents
    case maxConnections = "max-connections"
    case connectionTimeout = "connection-timeout"
    case idleTimeout = "idle-timeout"
    case sessionProfile = "session-profile"
    case maxInFlight = "max-in-flight"
    case queueDepth = "queue-depth"
    case queueDeadline = "queue-deadline"
    case connectionQueue = "connection-queue"
    case connectionQueueDeadline = "connection-queue-deadline"
    case maxBodyBytes = "max-body-bytes"
    case pendingBytes = "pending-bytes"
    case unsentBytes = "unsent-bytes"
    case eventStoreBytes = "event-store-bytes"
    case writeDeadline = "write-deadline"
    case heartbeat
    case allowedHosts = "allowed-hosts"
    case allowedOrigins = "allowed-origins"
    case trustedProxies = "trusted-proxies"
    case sessionStore = "session-store"
    case sqliteFallback = "sqlite-fallback"
    case sqliteBudget = "sqlite-budget"
    case redis
    case redisFallback = "redis-fallback"
    case connectionPoolSize = "connection-pool-size"
    case requestStateKey = "request-state-key"
    case auth
    case allowUnauthenticated = "allow-unauthenticated"
    case tenants
    case otlp
    case traceRatio = "trace-ratio"
    case maxRSS = "max-rss"
    case adminHost = "admin-host"
    case adminPort = "admin-port"
    case adminToken = "admin-token"
    case adminAllowedHosts = "admin-allowed-hosts"
    case alerts
    case alertWebhook = "alert-webhook"
    case alertSecret = "alert-secret"
    case tlsCert = "tls-cert"
    case tlsKey = "tls-key"
    case toolPolicies = "tool-policies"
    case unsafeDemo = "unsafe-demo"
    case logLevel = "log-level"
    case drainDeadline = "drain-deadline"
    case drainGrace = "drain-grace"

    /// Further variables that are read when the one of this name is not set.
    var otherVariables: [String] {
        switch self {
        case .maxConnections: ["MCP_MAX_CONNECTIONS"]
        case .connectionPoolSize: ["MCP_CONNECTION_POOL_SIZE"]
        default: []
        }
    }

    var variable: String { "INTERLOCK_" + rawValue.uppercased().replacing("-", with: "_") }

    /// Variables that are read by other parts of the project, and so are no misspelt settings.
    private static let otherUses: Set<String> = ["INTERLOCK_CONFIG", "INTERLOCK_PROVE", "INTERLOCK_NO_SKIP"]

    /// Variables that look like settings and are none, each with the setting it may have meant.
    static func unknownVariables(in environment: [String: String]) -> [(variable: String, nearest: String?)] {
        let known = allCases.map(\.variable)
        return environment.keys.sorted()
            .filter { $0.hasPrefix("INTERLOCK_") && !known.contains($0) && !otherUses.contains($0) }
            .map { name in (name, NearestName.of(name, among: known)) }
    }
}
