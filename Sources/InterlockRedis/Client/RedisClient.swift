public import InterlockConcurrency
public import InterlockStorage
public import Logging

/// A client of Redis or Valkey that many callers share: pipelined connections, a budget for each command, a circuit breaker in front.
///
/// Connections are made at first use, or by ``start()``, and made anew with growing, jittered pauses when they are lost. A server that is down or
/// hangs costs a caller at most the budget, and after a few failures microseconds: the breaker keeps calls away until the server answers again.
/// A caller that is cancelled leaves at once and disturbs nobody. Nothing is sent twice: a command whose reply did not come may have taken effect.
public final class RedisClient: Sendable {
    let configuration: RedisConfiguration
    let clock: any SchedulingClock
    let random: RandomSource
    let log: Logger
    private let router: any Router
    private let subscriptions: SubscriptionHub
    private let createdAt: Int64

    /// Makes a client. Nothing is connected yet.
    ///
    /// - Throws: ``RedisConfigurationError`` for what cannot work.
    public init(
        _ configuration: RedisConfiguration, clock: any SchedulingClock = SystemClock.shared, random: RandomSource = .system,
        log: Logger = Logger(label: "interlock.redis")
    ) throws(RedisConfigurationError) {
        try configuration.validate()
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.log = log
        createdAt = clock.wallTime
        let tls = try RedisTLS(isUsed: configuration.usesTLS, authorities: configuration.certificateAuthorities)
        let connector = RedisConnector(configuration: configuration, tls: tls, clock: clock)
        let router: any Router
        switch configuration.topology {
        case .single(let address):
            router = MasterRouter(
                node: RedisNode(name: address.description, configuration: configuration, clock: clock, random: random, log: log) { () async throws(StoreError) in
                    try await connector.connect(to: address)
                },
                connector: { onPush async throws(StoreError) in try await connector.connect(to: address, onPush: onPush) })
        case .sentinel(let sentinels, let master):
            let resolver = SentinelResolver(sentinels: sentinels, master: master, connector: connector)
            router = MasterRouter(
                node: RedisNode(name: master, configuration: configuration, clock: clock, random: random, log: log) { () async throws(StoreError) in
                    try await resolver.connect()
                },
                connector: { onPush async throws(StoreError) in try await resolver.connect(onPush: onPush) })
        case .cluster(let seeds):
            router = ClusterRouter(seeds: seeds, connector: connector, clock: clock, random: random, log: log)
        }
        self.router = router
        subscriptions = SubscriptionHub(configuration: configuration, clock: clock, random: random, log: log) { onPush async throws(StoreError) in
            try await router.connect(onPush: onPush)
        }
    }

    /// Connects now and waits for it, so that a wrong address or password shows before there is traffic.
    ///
    /// - Throws: ``StoreError``: ``StoreError/Code/refused`` for credentials and rights, ``StoreError/Code/unavailable`` for a server that
    ///   cannot be reached in the configuration's `connectTimeout`. The client keeps trying either way.
    public func start() async throws(StoreError) {
        try await router.start(deadline: clock.now + configuration.connectTimeout)
    }

    /// Sends a command and waits for its reply.
    ///
    /// - Parameter budget: how long that may take; `nil` means the configuration's.
    /// - Throws: ``StoreError``, also for an error that the server answered; its code says what kind it is.
    public func send(_ command: RedisCommand, budget: Duration? = nil) async throws(StoreError) -> RESPValue {
        let reply = try await router.send(command, deadline: deadline(budget))
        if case .error(let error) = reply { throw StoreError(error, to: command.name) }
        return reply
    }

    /// Sends commands right after one another and waits for all replies, in the order of the commands.
    ///
    /// Commands for one server go out on one connection, without anybody's in between, but they are no transaction.
    public func send(_ commands: [RedisCommand], budget: Duration? = nil) async -> [Result<RESPValue, StoreError>] {
        guard !commands.isEmpty else { return [] }
        let replies = await router.send(commands, deadline: deadline(budget))
        return zip(commands, replies).map { command, reply in
            if case .success(.error(let error)) = reply { .failure(StoreError(error, to: command.name)) } else { reply }
        }
    }

    /// Runs a script by its digest, and sends its source once where the server does not know it.
    ///
    /// - Parameter keys: all keys the script touches; in a cluster they lie in one slot.
    public func run(_ script: RedisScript, keys: [String], arguments: [RedisArgument] = [], budget: Duration? = nil) async throws(StoreError) -> RESPValue {
        let deadline = deadline(budget)
        var reply = try await router.send(script.call(byDigest: true, keys: keys, arguments: arguments), deadline: deadline)
        if Self.isUnknown(reply) {
            reply = try await router.send(script.call(byDigest: false, keys: keys, arguments: arguments), deadline: deadline)
        }
        if case .error(let error) = reply { throw StoreError(error, to: "a script") }
        return reply
    }

    /// Runs a script several times, like ``send(_:budget:)`` for commands.
    ///
    /// Where the server does not know the script, the calls that missed are made again by its source, one after another.
    public func run(
        _ calls: [(script: RedisScript, keys: [String], arguments: [RedisArgument])], budget: Duration? = nil
    ) async -> [Result<RESPValue, StoreError>] {
        guard !calls.isEmpty else { return [] }
        let deadline = deadline(budget)
        var replies = await router.send(calls.map { $0.script.call(byDigest: true, keys: $0.keys, arguments: $0.arguments) }, deadline: deadline)
        for index in calls.indices {
            if case .success(let reply) = replies[index], Self.isUnknown(reply) {
                let call = calls[index].script.call(byDigest: false, keys: calls[index].keys, arguments: calls[index].arguments)
                do throws(StoreError) { replies[index] = .success(try await router.send(call, deadline: deadline)) } catch { replies[index] = .failure(error) }
            }
            if case .success(.error(let error)) = replies[index] { replies[index] = .failure(StoreError(error, to: "a script")) }
        }
        return replies
    }

    /// Listens on a channel until the subscription is cancelled. Reconnects by itself, and says ``BusEvent/lost`` when it has to, ``BusEvent/gap`` when it has.
    ///
    /// - Parameter receive: short; called from any thread, one call at a time.
    /// - Throws: ``StoreError`` when the server has not confirmed it within `connectTimeout`.
    public func subscribe(to channel: String, _ receive: @escaping @Sendable (BusEvent) -> Void) async throws(StoreError) -> BusSubscription {
        try await subscriptions.subscribe(to: channel, receive)
    }

    /// How it stands.
    public var health: RedisHealth {
        var health = router.health
        // Nothing was tried yet, or nothing has failed yet: nobody can be served all the same.
        if !health.isConnected, health.outage == nil { health.outage = StoreOutage(.unreachable, since: createdAt) }
        return health
    }

    /// Whether callers must expect refusals. See ``RedisHealth/isDegraded``.
    public var isDegraded: Bool { health.isDegraded }

    /// Closes all connections; returns when nothing of the client runs any more. Calls after it throw.
    public func shutDown() async {
        await subscriptions.shutDown()
        await router.shutDown()
    }

    var isCluster: Bool {
        if case .cluster = configuration.topology { true } else { false }
    }

    private func deadline(_ budget: Duration?) -> MonotonicTime { clock.now + (budget ?? configuration.budget) }

    private static func isUnknown(_ reply: RESPValue) -> Bool {
        if case .error(let error) = reply { error.code == "NOSCRIPT" } else { false }
    }
}
