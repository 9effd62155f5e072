public import InterlockConcurrency

/// Everything a server tells about itself at one moment: what it holds, what each tool's policies do, what its calls have become.
///
/// Names, counts and durations only: no arguments, no keys of locks, no credentials. Its parts are read one after the other, so
/// sums over several may be off by what happened meanwhile. What is told of calls is there only if the server is observed
/// (``ServerConfiguration/isObserved``, or metrics, or traces); otherwise those parts are empty.
public struct ServerReport: Sendable, Hashable {
    /// The server's name, as told to clients.
    public var name: String
    /// The server's version, as told to clients.
    public var version: String
    /// When it was made, in milliseconds since the Unix epoch.
    public var wallTime: Int64
    /// When it was made, by the server's clock.
    public var time: MonotonicTime
    /// Whether the server has begun to shut down.
    public var isDraining: Bool
    /// The sessions of the legacy revisions.
    public var sessions: SessionReport
    /// Calls under way, of all methods: those whose handler has begun, and those that wait for locks, permits or their turn.
    public var calls: CallsReport
    /// Permits of the server-wide limit.
    public var admission: LimiterSnapshot
    /// Calls that may wait for such a permit.
    public var admissionQueueDepth: Int
    /// Bytes of requests that run or wait.
    public var pendingBytes: Int
    /// Bytes that requests may have together.
    public var pendingBytesLimit: Int
    /// Open subscription streams (2026-07-28).
    public var subscriptions: Int
    /// Subscription streams that may be open.
    public var subscriptionsLimit: Int
    /// Bytes kept for streams that may be resumed.
    public var storedEventBytes: Int
    /// The locks of all tools with `exclusive`.
    public var locks: KeyedMutexSnapshot
    /// The worker threads; `nil` until they are used, unless the server was given a pool.
    public var workers: WorkerPoolSnapshot?
    /// Every tool that is offered, in the order of declaration.
    public var tools: [ToolReport]
    /// What became of the calls, by operation and tool.
    public var operations: [OperationFigures]
    /// What became of the calls of each tenant, busiest first; at most so many by name and the rest as `other`.
    public var tenants: [TenantReport]
    /// What the table of tenants holds and has refused; `nil` if all callers are one.
    public var tenantTable: TenantStatesSnapshot?
    /// The slowest calls of the last five minutes, slowest first.
    public var slowest: [CallRecord]
}

/// Calls under way at one moment.
public struct CallsReport: Sendable, Hashable {
    /// Calls whose handler has begun.
    public var running = 0
    /// Calls that wait for something of the server: locks, permits, a worker, their turn, or a result that another call makes.
    public var waiting = 0

    /// All of them.
    public var inFlight: Int { running + waiting }

    mutating func count(hasBegun: Bool) {
        if hasBegun { running += 1 } else { waiting += 1 }
    }
}

/// What became of the calls of one tenant since the server was made.
public struct TenantReport: Sendable, Hashable {
    /// The tenant; `other` for all but the fifty that call most of late.
    public var name: String
    /// Calls that ended.
    public var calls: Int
    /// Those of them that did not end well.
    public var failures: Int
    /// Its sessions now; `nil` for `other`, and where tenants are not counted.
    public var sessions: Int?
}
