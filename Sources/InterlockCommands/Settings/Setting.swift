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
    case tlsCert = "tls-cert"
    case tlsKey = "tls-key"
    case unsafeDemo = "unsafe-demo"
    case logLevel = "log-level"
    case drainDeadline = "drain-deadline"

    /// Further variables that are read when the one of this name is not set.
    var otherVariables: [String] {
        self == .maxConnections ? ["MCP_MAX_CONNECTIONS"] : []
    }

    var variable: String { "INTERLOCK_" + rawValue.uppercased().replacing("-", with: "_") }
}
