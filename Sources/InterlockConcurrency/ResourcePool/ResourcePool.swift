import Synchronization

/// A bounded number of things that are costly to make and used by one caller at a time: connections, for instance.
///
/// ```swift
/// let pool = ResourcePool(.init(minimum: 1, maximum: 5)) { try Database(path) } close: { $0.close() }
/// async let maintenance: Void = pool.run()
/// let rows = try await pool.withResource { try $0.query("…") }
/// ```
///
/// The one used last is lent first, so that the rest may grow old and go. Who finds none ready and a place free makes
/// one, in its own task; who finds no place free waits. There are never more than the maximum, counting those that are
/// being made and closed. Which line borrowed what is kept, for the snapshot and for leaks.
///
/// **Fairness.** First come first served; on request also between keys, such as tenants
/// (``withResource(for:deadline:file:line:_:)``): those that wait are served in turn, and first come first served within one.
/// **The queue** is bounded, over all keys; its ``QueueConfiguration`` says who is refused when it is full.
/// **Cancellation** ends the wait of that caller only. Making and validating run in the caller's task and see its
/// cancellation; closing does too, and should not mind.
public final class ResourcePool<Resource: Sendable>: Sendable {
    /// A borrowed resource, until it is given back.
    ///
    /// One that is let go of without ``giveBack(isUsable:)`` is a leak: it is reported with the line that borrowed it, and
    /// closed before its place is used again. Prefer ``ResourcePool/withResource(deadline:file:line:_:)``.
    public final class Lease: Sendable {
        /// What was borrowed.
        public let resource: Resource
        private let core: ResourcePoolCore<Resource>
        private let number: Int
        private let isOut = Atomic(true)

        fileprivate init(_ core: ResourcePoolCore<Resource>, _ number: Int, _ resource: Resource) {
            self.core = core
            self.number = number
            self.resource = resource
        }

        deinit {
            if isOut.load(ordering: .relaxed) { core.abandon(number, resource) }
        }

        /// Gives the resource back, to the next in the queue if somebody waits. A second call does nothing.
        ///
        /// - Parameter isUsable: `false` closes it instead, which this call waits for.
        public nonisolated(nonsending) func giveBack(isUsable: Bool = true) async {
            guard isOut.exchange(false, ordering: .relaxed) else { return }
            await core.giveBack(number, resource, isUsable: isUsable)
        }
    }

    private let core: ResourcePoolCore<Resource>
    private let spoils: @Sendable (any Error) -> Bool

    /// Makes an empty pool. ``run()`` fills it to the minimum.
    ///
    /// - Parameters:
    ///   - configuration: How many, for how long, and who may wait.
    ///   - name: What errors call it.
    ///   - clock: Decides what is over, and measures.
    ///   - make: Makes one. What it throws reaches the caller that asked for it.
    ///   - close: Closes one; called once for each that was made, also when the pool is let go of without ``shutDown()``.
    ///   - validate: Whether one that lay unused still works.
    ///   - spoils: Whether a resource is to be closed after this error of a body. By default it is not.
    ///   - onLeak: Is told of resources that were not given back, on the thread that let go of them; must be short.
    ///   - onMakeFailure: Is told what ``run()`` could not make, since no caller is.
    public init(
        _ configuration: ResourcePoolConfiguration, name: String = "resource pool", clock: any SchedulingClock = SystemClock.shared,
        make: @escaping @Sendable () async throws -> Resource, close: @escaping @Sendable (Resource) async -> Void,
        validate: @escaping @Sendable (Resource) async -> Bool = { _ in true },
        spoils: @escaping @Sendable (any Error) -> Bool = { _ in false },
        onLeak: @escaping @Sendable (ResourceLeak) -> Void = { _ in }, onMakeFailure: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        core = ResourcePoolCore(
            configuration, name: name, clock: clock, make: make, close: close, validate: validate, onLeak: onLeak,
            onMakeFailure: onMakeFailure)
        self.spoils = spoils
    }

    /// Closes what lies ready, and what is lent when it comes back: a pool that is let go of leaves nothing open.
    deinit {
        core.letGo()
    }

    /// Runs `body` with a resource, in the caller's isolation, and gives it back however `body` ends.
    ///
    /// - Parameter deadline: Until when to wait for a place; the pool's own deadline counts if it is earlier. Limits neither
    ///   making nor `body`.
    /// - Throws: ``AcquireError`` when no place was free in time, what `make` throws, and what `body` throws.
    public nonisolated(nonsending) func withResource<R>(
        deadline: MonotonicTime? = nil, file: String = #fileID, line: UInt = #line,
        _ body: nonisolated(nonsending) (Resource) async throws -> R
    ) async throws -> R {
        try await use(try await lease(deadline: deadline, file: file, line: line), body)
    }

    /// ``withResource(deadline:file:line:_:)``, fair between keys: while it waits, the caller stands in the line of `key`.
    ///
    /// The keys that wait are served in turn, so a key with a thousand callers in line delays another's single caller by one
    /// of them. When the queue is full, the key with the longest line gives up a place, rather than a key with less than its share
    /// being refused; within one line the queue's policy decides. Callers without a key share a line of their own. A key
    /// is kept only while a caller with it waits.
    ///
    /// - Parameter key: Who asks: a tenant, a session.
    /// - Throws: ``AcquireError`` when no place was free in time, what `make` throws, and what `body` throws.
    public nonisolated(nonsending) func withResource<R>(
        for key: some Hashable & Sendable, deadline: MonotonicTime? = nil, file: String = #fileID, line: UInt = #line,
        _ body: nonisolated(nonsending) (Resource) async throws -> R
    ) async throws -> R {
        try await use(try await lease(for: key, deadline: deadline, file: file, line: line), body)
    }

    /// Borrows a resource beyond the end of a scope. See ``withResource(deadline:file:line:_:)``.
    public nonisolated(nonsending) func lease(
        deadline: MonotonicTime? = nil, file: String = #fileID, line: UInt = #line
    ) async throws -> Lease {
        let (number, resource) = try await core.acquire(at: SourcePlace(file: file, line: line), for: nil, deadline: deadline)
        return Lease(core, number, resource)
    }

    /// Borrows a resource beyond the end of a scope, fair between keys. See ``withResource(for:deadline:file:line:_:)``.
    public nonisolated(nonsending) func lease(
        for key: some Hashable & Sendable, deadline: MonotonicTime? = nil, file: String = #fileID, line: UInt = #line
    ) async throws -> Lease {
        let (number, resource) = try await core.acquire(at: SourcePlace(file: file, line: line), for: key, deadline: deadline)
        return Lease(core, number, resource)
    }

    /// Keeps the minimum ready and closes what is over, until the task is cancelled.
    ///
    /// Call it once, in the group of the program's services. Without it nothing is made ahead of need, and what is over is
    /// closed when it would be lent.
    public func run() async {
        while !Task.isCancelled {
            await core.maintain()
            do { try await core.clock.sleep(for: core.configuration.maintenanceInterval) } catch { return }
        }
    }

    /// Changes how many there may be, at once. Those beyond the new maximum are closed, those lent when they come back.
    public nonisolated(nonsending) func resize(minimum: Int, maximum: Int) async {
        let now = core.clock.now
        await core.perform(core.state.withLock { $0.resize(minimum: minimum, maximum: maximum, now: now) })
    }

    /// Changes how many callers may wait, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        core.state.withLock { $0.setQueueDepth(depth) }
    }

    /// Refuses newcomers from now on, and waits until nobody waits and every resource is closed.
    ///
    /// - Parameter deadline: When to stop waiting. The pool goes on draining; ``shutDown()`` empties the queue.
    /// - Returns: `true` when everything is closed; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public nonisolated(nonsending) func drain(deadline: MonotonicTime? = nil) async -> Bool {
        await core.drain(deadline: deadline)
    }

    /// Refuses newcomers from now on, and all who wait, with ``AcquireError/Code-swift.struct/shutDown``; closes what lies
    /// ready, and what is lent when it comes back. Cannot be undone.
    public nonisolated(nonsending) func shutDown() async {
        let now = core.clock.now
        await core.perform(core.state.withLock { $0.shutDown(now: now) })
    }

    /// The state and the counters now, with every lease and the line that took it.
    public var snapshot: ResourcePoolSnapshot {
        let now = core.clock.now
        return core.state.withLock { machine in
            let leases = machine.leases.values.map { ResourcePoolSnapshot.Lease(place: $0.place, heldFor: now - $0.since) }
            let counters = machine.counters
            return ResourcePoolSnapshot(
                maximum: machine.maximum, total: machine.total, idle: machine.idleCount, leases: leases.sorted { $0.heldFor > $1.heldFor },
                waiting: machine.waiting, granted: counters.granted, refused: counters.refused, expired: counters.expired,
                cancelled: counters.cancelled, peakWaiting: counters.peakWaiting, made: machine.made,
                makeFailures: machine.makeFailures, closed: machine.closedCount, invalid: machine.invalid, leaked: machine.leaked,
                waits: counters.waits, runs: counters.runs)
        }
    }

    private nonisolated(nonsending) func use<R>(
        _ lease: Lease, _ body: nonisolated(nonsending) (Resource) async throws -> R
    ) async throws -> R {
        do {
            let result = try await body(lease.resource)
            await lease.giveBack()
            return result
        } catch {
            await lease.giveBack(isUsable: !spoils(error))
            throw error
        }
    }
}
