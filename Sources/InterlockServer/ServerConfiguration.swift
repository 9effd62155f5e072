public import InterlockConcurrency
public import InterlockJSON
public import InterlockProtocol
public import InterlockStorage
public import CoreMetrics
public import Logging
public import InterlockTransport
public import Tracing

/// Everything about a server that is not a feature: its name, its limits, what it is given to work with.
public struct ServerConfiguration: Sendable {
    /// The server's name, version and the like, as told to clients.
    public var info: Implementation
    /// How to use the server, for the model.
    public var instructions: String?

    /// Calls that run at once over all sessions [64 × cores].
    public var maximumInFlight: Int
    /// Calls that wait for their turn over all sessions [1,000]; one more is answered "busy".
    public var maximumQueued = 1_000
    /// How long a call waits for its turn [30 s] before it is answered "busy".
    public var queueDeadline: Duration = .seconds(30)
    /// Bytes of requests that are running or waiting [64 MiB]; a call beyond it is answered "busy".
    public var maximumPendingBytes = 64 << 20

    /// Sessions and duplex connections at once [10,000].
    public var maximumConnections = 10_000
    /// `initialize` requests that wait for a place when all are taken [100]; beyond it, and past ``connectionQueueDeadline``, 503 with `Retry-After`.
    public var connectionQueueDepth = 100
    /// How long a new session waits for a place [2 s].
    public var connectionQueueDeadline: Duration = .seconds(2)
    /// The longest a session may live [4 h].
    public var connectionTimeout: Duration = .seconds(4 * 3600)
    /// How long a session may go unused [10 min].
    public var idleTimeout: Duration = .seconds(600)
    /// Entries of a session's history [32]; older ones are dropped.
    public var historyLimit = 32

    /// How long a question to the user (elicitation, sampling, roots) may stay unanswered [10 min].
    public var inputTimeout: Duration = .seconds(600)
    /// Rounds of questions one call may take (2026-07-28) [16].
    public var maximumInputRounds = 16
    /// Items on one page of a list [100].
    public var pageSize = 100
    /// How long clients may keep lists (2026-07-28) [60 s].
    public var listTimeToLive: Duration = .seconds(60)
    /// Whether lists may be shared between users by caches (2026-07-28) [public, as they are the same for all].
    public var listCacheScope: CacheScope = .public
    /// Policies that the operator sets by the names of tools, over what their authors declared. A name that no tool has is an error, unless tools may come later.
    public var toolPolicies: [String: ToolPolicySettings] = [:]
    /// Whether a caller may make a request, by its method and the name it calls as the **body** says them: what a gate decided from the head was
    /// the client's word. Called for each request over HTTP, `initialize` included, before anything of it is done; must be quick. `nil` lets all pass.
    public var denies: (@Sendable (_ principal: Principal?, _ method: String, _ name: String?) -> CallDenial?)?
    /// Who the tenants are and what each may use; `nil` treats all callers as one. A caller's tenant is that of its credential.
    ///
    /// Over HTTP give the transport a ``TenantGate`` with the server's ``Server/tenants``, so that who is over a limit is refused from the head.
    public var tenants: TenantDirectory?
    /// Kinds of features that may come later although there are none when a client connects; their capability is declared all the same.
    public var dynamicFeatures: Set<FeatureKind> = []
    /// Subscription streams open at once (`subscriptions/listen`) [10,000].
    public var maximumSubscriptions = 10_000
    /// Limits of one message.
    public var messageLimits: JSONLimits = .default
    /// Starts handlers that have proved to return within microseconds on the thread that read their request.
    public var startsFastHandlersInline = true

    /// Where jitter comes from, and what else is drawn and need not be a secret.
    public var random: RandomSource = .system
    /// Time, scheduled timeouts.
    public var clock: any SchedulingClock = SystemClock.shared
    /// Where sessions are remembered beyond this process; `nil` keeps them only while they live.
    public var sessionStore: (any SessionStore)?
    /// Where events of resumable streams are kept.
    public var eventStore: any EventStore
    /// Where the application's own values are (``HandlerContext/state``); by default in this process.
    public var stateStore: any StateStore
    /// Where results of idempotent calls are kept; by default in this process.
    public var idempotencyStore: any IdempotencyStore
    /// Where locks and permits that hold over all instances are (`scope: .cluster`); by default in this process.
    public var leaseStore: any LeaseStore
    /// How long a lease lasts without renewal [10 s]: so long a lock stays taken when its instance dies, and a third more until
    /// the streams that others follow are ended in its stead. Renewed after a third of it.
    public var leaseDuration: Duration = .seconds(10)
    /// Limits of `rate` that hold over all instances; `nil` keeps them in each.
    public var rateLimitStore: (any RateLimitStore)?
    /// Limits of tenants that hold over all instances; `nil` takes ``rateLimitStore``. It has to throw when it cannot answer, as each tenant's
    /// ``TenantPolicy/whenStoreFails`` decides what happens then: a store that answers for one that is away takes that decision from it.
    public var tenantRateLimitStore: (any RateLimitStore)?
    /// What the instances of this server tell each other: that lists and sessions change, calls are cancelled, sessions end; `nil` if there is only one.
    /// Processes that share a ``sessionStore`` without it look up each session that they use, once a second at most.
    public var messageBus: (any MessageBus)?
    /// Over how long clients are told that lists may have changed, when what other instances said may have been missed [10 s]: one after the other in an order
    /// that is drawn, 2,000 a second at most and then for as long as it takes. Told all at once they would fetch all lists at once, from every instance, when
    /// the bus has just come back. Zero does that. Changes that are heard of are told at once in any case.
    public var catchUpSpread: Duration = .seconds(10)
    /// Seals `requestState`; by default with a key of this process, so that another instance or a restart refuses it.
    public var requestStateSealer: any RequestStateSealer
    /// Where it is kept which `requestState` was used, so that one is good for a single retry over all instances; `nil` keeps it in this
    /// process: another instance, or this one after a restart, then takes it once more. A call whose state cannot be looked up is refused.
    public var requestStateStore: (any StateStore)?
    /// Threads for tools declared `onWorkers`; made on first need if `nil`.
    public var workers: WorkerPool?
    public var logger: Logger
    /// Where the server's metrics go, under the names in docs/observability.md; `nil` measures nothing.
    public var metrics: (any MetricsFactory)?
    /// Where the traces of calls go: one span for each step of a call's path, in the trace that its request names; `nil` traces nothing.
    public var tracer: (any Tracer)?
    /// Whether the server keeps figures of its calls for ``Server/report`` although nobody takes its metrics.
    public var isObserved = false

    public init(name: String, version: String, instructions: String? = nil) {
        self.info = Implementation(name: name, version: version)
        self.instructions = instructions
        self.maximumInFlight = 64 * max(1, ServerConfiguration.processorCount)
        self.eventStore = InMemoryEventStore()
        self.stateStore = InMemoryStateStore()
        self.idempotencyStore = InMemoryIdempotencyStore()
        self.leaseStore = InMemoryLeaseStore()
        self.requestStateSealer = AEADRequestStateSealer()
        self.logger = Logger(label: "interlock.server")
    }
}
