public import InterlockConcurrency
import InterlockProtocol

extension Tool {
    /// At most `limit` calls of this tool run at once; the rest wait in its ``queue(depth:deadline:)``.
    ///
    /// Waiting is fair: round-robin over tenants, or sessions where no tenant is known, first come first served within one. Over all instances (`scope`) it is
    /// fair on each of them.
    ///
    /// - Parameter scope: whether the limit is each instance's or that of all together, by leases of ``ServerConfiguration/leaseStore``.
    public func concurrency(_ limit: Int, scope: LockScope = .process) -> Tool {
        precondition(limit > 0, "concurrency(\(limit)) on tool '\(definition.name)': the limit must be at least 1")
        var tool = self
        tool.policies.concurrency = limit
        tool.policies.concurrencyScope = scope
        return tool
    }

    /// As many calls of this tool at once as what is behind it can take: more while they stay as fast, fewer when they begin to queue up there.
    ///
    /// In the place of ``concurrency(_:scope:)``, for a callee whose capacity nobody knows or that changes; the rest wait as fairly, in the same
    /// ``queue(depth:deadline:)``. The limit is each instance's own. See ``InterlockConcurrency/AdaptiveLimiter``.
    ///
    /// - Parameters:
    ///   - initial: the limit to begin with.
    ///   - minimum: the least limit, at least 1.
    ///   - maximum: the greatest limit.
    ///   - tolerance: how many times as long as on average a call may take without the limit shrinking, at least 1.
    public func adaptiveConcurrency(initial: Int = 20, minimum: Int = 1, maximum: Int = 200, tolerance: Double = 1.5) -> Tool {
        let adaptation = ConcurrencyAdaptation(initial: initial, minimum: minimum, maximum: maximum, tolerance: tolerance)
        precondition(
            adaptation.isSensible,
            "adaptiveConcurrency on tool '\(definition.name)' needs 1 ≤ minimum ≤ initial ≤ maximum and a tolerance of at least 1, and has \(adaptation)")
        var tool = self
        tool.policies.adapt(adaptation)
        return tool
    }

    /// How many calls may wait for this tool's locks, its permits and worker threads [100 for each], and for how long [no limit of its own].
    ///
    /// A call that has no place, or has waited past the deadline, is answered with a tool error that says busy and when to retry.
    ///
    /// - Parameter whenFull: which call that is when all places are taken. First one of the tenant or session with the longest line makes room for a call
    ///   of one with less than its share; this decides among the calls of one. `newestFirstUnderOverload` serves the newest first for the permits of
    ///   ``concurrency(_:scope:)``; before locks and worker threads, which tools share, it only refuses the oldest.
    public func queue(depth: Int = 100, deadline: Duration? = nil, whenFull: QueueConfiguration.FullPolicy = .rejectNewest) -> Tool {
        precondition(depth >= 0, "queue(depth: \(depth)) on tool '\(definition.name)': the depth must not be negative")
        var tool = self
        tool.policies.queue = QueueConfiguration(depth: depth, deadline: deadline, whenFull: whenFull)
        return tool
    }

    /// How long the handler may run, from its start; waiting does not count.
    ///
    /// At the limit the client is answered with a tool error and the handler's task is cancelled. Permits and locks stay
    /// taken until the handler has really returned, so the limits stay true.
    public func timeout(_ limit: Duration) -> Tool {
        precondition(limit > .zero, "timeout(\(limit)) on tool '\(definition.name)': the limit must be positive")
        var tool = self
        tool.policies.timeout = limit
        return tool
    }

    /// One call at a time for each key; calls with several keys take them all at once, so they cannot deadlock.
    ///
    /// Keys are compared within this tool and all other tools of the server with such keys. On each instance the tenants that wait for a
    /// key get it in turn, or the sessions where no tenant is known, and the calls of one in the order they came.
    ///
    /// - Parameter scope: whether the lock is each instance's or holds over all of them, by fenced leases of ``ServerConfiguration/leaseStore``. Then
    ///   several keys, and a permit of ``concurrency(_:scope:)`` after them, are taken one by one in one order for all calls, and those a call has it keeps
    ///   while it waits for the rest, until its ``queue(depth:deadline:)`` ends that [30 s]. ``HandlerContext/fence(for:)`` gives the number that what is
    ///   protected can check. A lease that is lost, because the store was away for too long, before the handler runs makes the call begin again or refuses
    ///   it; afterwards the handler's task is cancelled.
    public func exclusive(scope: LockScope = .process, by keys: @escaping @Sendable (Input) -> [String]) -> Tool {
        var tool = self
        tool.exclusiveKeys = keys
        tool.policies.exclusiveScope = scope
        return tool
    }

    /// CPU-bound or blocking work: runs on the server's dedicated worker threads, off the cooperative pool and the event loops.
    public func onWorkers() -> Tool {
        var tool = self
        tool.policies.onWorkers = true
        return tool
    }

    /// Always starts the handler on the cooperative pool.
    ///
    /// Without this a tool that has proved to return within microseconds is started on the thread that read its request, which saves a thread hand-off.
    public func neverInline() -> Tool {
        var tool = self
        tool.policies.neverInline = true
        return tool
    }
}
