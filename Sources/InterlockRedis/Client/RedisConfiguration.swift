public import InterlockConcurrency
public import NIOCore
internal import NIOPosix

/// Where Redis is, and how its client behaves.
///
/// From a URL by ``init(url:)``, or member by member.
public struct RedisConfiguration: Sendable {
    /// How servers are found.
    public enum Topology: Sendable, Hashable {
        /// One server.
        case single(NodeAddress)
        /// The master of this name, as any of the sentinels knows it.
        case sentinel([NodeAddress], master: String)
        /// A cluster that any of these nodes knows.
        case cluster([NodeAddress])
    }

    public var topology: Topology
    /// `nil` means `default`, if there is a password.
    public var user: String?
    public var password: RedisPassword?
    /// The sentinels' password, if they ask for one.
    public var sentinelPassword: RedisPassword?
    /// The number of the database; a cluster has only 0.
    public var database = 0
    /// What the server calls the connections in `CLIENT LIST`: visible ASCII without spaces.
    public var clientName: String? = "interlock"
    /// What every key begins with; without braces, which would take keys of one tenant apart or together.
    public var prefix = "interlock:"
    /// Connections to each node, 1 to 64.
    public var poolSize = 2
    /// How long a command may take, waiting included.
    public var budget = Duration.milliseconds(50)
    /// How long a connection may take until it is ready, and a sign of life.
    public var connectTimeout = Duration.seconds(1)
    /// How often the server is asked for a sign of life.
    public var pingInterval = Duration.seconds(2)
    /// How long to wait before connecting again.
    public var reconnect = Backoff(first: .milliseconds(50), factor: 2, longest: .seconds(5), jitter: .full)
    /// When a node that fails is left alone; `nil` for never.
    public var breaker: CircuitBreakerConfiguration? = CircuitBreakerConfiguration(
        window: .time(.seconds(1)), minimumCalls: 5, failureRate: 0.5, openDuration: .seconds(1), probes: 1)
    /// Commands without a reply on one connection; more are refused.
    public var maximumInFlight = 10_000
    /// Bytes of them.
    public var maximumBytesInFlight = 64 << 20
    /// Whether to speak TLS; needs a build with the package trait `TLS`.
    public var usesTLS = false
    /// The PEM file of the authorities to trust; `nil` for the system's.
    public var certificateAuthorities: String?
    /// Where connections live.
    public var eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    public init(_ topology: Topology) {
        self.topology = topology
    }

    /// One server.
    public init(host: String = "127.0.0.1", port: Int = 6379) {
        self.init(.single(NodeAddress(host: host, port: port)))
    }

    /// What makes no sense in it, in words; nothing if all does.
    func validate() throws(RedisConfigurationError) {
        let addresses: [NodeAddress] =
            switch topology {
            case .single(let address): [address]
            case .sentinel(let addresses, _), .cluster(let addresses): addresses
            }
        guard !addresses.isEmpty else { throw RedisConfigurationError(.address, "Redis: no server is named") }
        for address in addresses {
            guard !address.host.isEmpty, (1...65_535).contains(address.port) else {
                throw RedisConfigurationError(.address, "Redis: '\(address)' is no host and port")
            }
        }
        if case .cluster = topology, database != 0 { throw RedisConfigurationError(.option, "Redis: a cluster has only database 0, not \(database)") }
        guard database >= 0 else { throw RedisConfigurationError(.option, "Redis: database \(database) is negative") }
        guard (1...64).contains(poolSize) else { throw RedisConfigurationError(.option, "Redis: poolSize \(poolSize) is not between 1 and 64") }
        guard budget > .zero, connectTimeout > .zero, pingInterval > .zero else {
            throw RedisConfigurationError(.option, "Redis: budget, connectTimeout and pingInterval must be longer than nothing")
        }
        guard maximumInFlight > 0, maximumBytesInFlight > 0 else { throw RedisConfigurationError(.option, "Redis: the bounds on commands in flight must be at least 1") }
        guard !prefix.contains("{"), !prefix.contains("}") else { throw RedisConfigurationError(.option, "Redis: the prefix '\(prefix)' has a brace, which would change where a cluster keeps keys") }
        if let clientName, !clientName.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw RedisConfigurationError(.option, "Redis: the client name must be visible ASCII without spaces")
        }
        if user != nil, password == nil { throw RedisConfigurationError(.credentials, "Redis: a user is named without a password") }
    }
}

/// A password that does not show itself in logs, errors or the debugger's summary.
public struct RedisPassword: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String

    public init(_ text: String) { self.text = text }
    public init(stringLiteral value: String) { self.init(value) }

    public var description: String { "(hidden)" }
    public var debugDescription: String { "(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A configuration that cannot be used. Its message never holds a password.
public struct RedisConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What part of it is wrong.
    public enum Code: Sendable, Hashable {
        case scheme, credentials, address, option, tls
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
