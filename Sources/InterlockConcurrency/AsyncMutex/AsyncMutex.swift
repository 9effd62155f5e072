import Synchronization

/// A lock that a task may hold across an `await`, first come first served.
///
/// ```swift
/// let mutex = AsyncMutex()
/// try await mutex.withLock {
///     let balance = try await store.balance()
///     try await store.set(balance + 1)     // nobody else is between the two lines
/// }
/// ```
///
/// A free lock is taken in one short critical section, without a suspension. Who leaves it hands it to whose turn is next
/// in the same transition, so a newcomer cannot overtake. It is not re-entrant: a task that asks for the lock it holds
/// waits for itself, until its deadline. A section without an `await` wants `Synchronization.Mutex`.
///
/// **Fairness.** First come first served. On request also between keys, such as the sessions that ask
/// (``withLock(by:deadline:_:)``): the keys that wait are served in turn, and first come first served within one.
/// **The line** is bounded, over all keys; its ``QueueConfiguration`` says who is refused when it is full.
/// **Cancellation** ends the wait of that caller only; the lock is neither lost nor given twice by it.
public final class AsyncMutex: Sendable {
    private typealias Machine = AsyncMutexStateMachine<Waiter<AcquireError?>>

    private let state: Mutex<Machine>
    private let clock: any SchedulingClock
    private let keys = FairKeys()
    private let queueDeadline: Duration?
    private let name: String
    @usableFromInline let measuresRuns: Bool

    /// Makes a free lock.
    ///
    /// - Parameters:
    ///   - name: What errors call it.
    ///   - queue: How many may stand in line, for how long, and who goes when there are too many.
    ///   - measuresRuns: Whether to measure how long the lock is held, which reads the clock twice for each (about 40 ns).
    ///   - clock: Decides when deadlines pass, and measures.
    public init(
        name: String = "mutex", queue: QueueConfiguration = .init(depth: 10_000), measuresRuns: Bool = false,
        clock: any SchedulingClock = SystemClock.shared
    ) {
        self.state = Mutex(Machine(queue: queue))
        self.clock = clock
        self.queueDeadline = queue.deadline
        self.name = name
        self.measuresRuns = measuresRuns
    }

    /// Runs `body` while holding the lock, in the caller's isolation, and leaves the lock however `body` ends.
    ///
    /// Cancellation ends the wait, never `body`. A task that is cancelled in the moment it is given the lock runs `body`
    /// all the same. A cancelled task may take a free lock, but never joins the line.
    ///
    /// - Parameter deadline: Until when to stand in line; the line's own deadline counts if it is earlier. Does not limit
    ///   `body`. A free lock is taken even after it.
    /// - Throws: ``AcquireError`` when the lock was not acquired, and what `body` throws.
    @inlinable
    public nonisolated(nonsending) func withLock<R>(
        deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        if !tryLock() { try await lock(deadline: deadline) }
        let start = measuresRuns ? now : nil
        defer { unlock(since: start) }
        return try await body()
    }

    /// ``withLock(deadline:_:)``, fair between those who ask: while it waits, the call stands in the line of `key`.
    ///
    /// The keys that wait get the lock in turn, so a key with a thousand calls in line delays another's single call by one of them.
    /// When the places in line are all taken, the key with the longest line gives one up, rather than a key with less than
    /// its share being refused; within one line the queue's policy decides. Calls without a key share a line of their own.
    /// A key is looked at only when the lock is held, and kept only while a call with it waits.
    ///
    /// - Parameter key: Who asks: a session, a tenant.
    @inlinable
    public nonisolated(nonsending) func withLock<R>(
        by key: some Hashable & Sendable, deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        if !tryLock() { try await lock(by: key, deadline: deadline) }
        let start = measuresRuns ? now : nil
        defer { unlock(since: start) }
        return try await body()
    }

    /// Runs `body` while holding the lock, if it is free now; returns `nil` without running it when it is not.
    @inlinable
    public nonisolated(nonsending) func tryWithLock<R, Failure: Error>(
        _ body: nonisolated(nonsending) () async throws(Failure) -> R
    ) async throws(Failure) -> R? {
        guard tryLock() else { return nil }
        let start = measuresRuns ? now : nil
        defer { unlock(since: start) }
        return try await body()
    }

    /// Changes how many may stand in line, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        state.withLock { $0.setQueueDepth(depth) }
    }

    /// Refuses newcomers from now on, and waits until all who waited have had their turn and the lock is free.
    ///
    /// - Parameter deadline: When to stop waiting. The lock goes on draining; ``shutDown()`` empties the line.
    /// - Returns: `true` when it ran empty; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        state.withLock { $0.startDraining() }
        return await Waiter.untilIdle(clock: clock, deadline: deadline, name: name) { waiter in
            state.withLock { $0.watchIdle(waiter) }
        } unwatch: { [self] ticket in
            state.withLock { $0.unwatchIdle(ticket) }
        }
    }

    /// Refuses newcomers from now on, and all who wait, with ``AcquireError/Code-swift.struct/shutDown``.
    ///
    /// Who holds the lock is not disturbed. Cannot be undone.
    public func shutDown() {
        for waiter in state.withLock({ $0.shutDown() }) { waiter.resolve(.shutDown(name)) }
    }

    /// The state and the counters now.
    public var snapshot: MutexSnapshot {
        state.withLock { machine in
            let counters = machine.counters
            return MutexSnapshot(
                isHeld: machine.isHeld, waiting: machine.waiting, acquisitions: counters.granted,
                contended: counters.waited, refused: counters.refused, expired: counters.expired,
                cancelled: counters.cancelled, peakWaiting: counters.peakWaiting, waits: counters.waits, runs: counters.runs)
        }
    }

    @usableFromInline
    func tryLock() -> Bool {
        state.withLock { $0.tryLock() }
    }

    @usableFromInline
    var now: MonotonicTime { clock.now }

    @usableFromInline
    func unlock(since start: MonotonicTime?) {
        let run = start.map { clock.now - $0 }
        let departure = state.withLock { machine in
            if let run { machine.recordRun(run) }
            return machine.unlock()
        }
        switch departure {
        case .free: break
        case .handedOver(let next): next.resolve(nil)
        case .drained(let watchers): for waiter in watchers { waiter.resolve(nil) }
        }
    }

    @usableFromInline
    nonisolated(nonsending) func lock(by key: (any Hashable & Sendable)? = nil, deadline: MonotonicTime?) async throws(AcquireError) {
        let line = keys.retain(key)
        defer { keys.release(key) }
        let waiter = Waiter<AcquireError?>()
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: now)
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let (acquisition, depth, retryAfter) = state.withLock { machine in
            let acquisition = machine.lock(waiter, by: line, patience)
            return (acquisition, machine.queueDepth, machine.retryAfter(now: now))
        }
        switch acquisition {
        case .granted:
            return
        case .refused(let code, let retryAfter):
            throw .refused(code, name, depth: depth, retryAfter: retryAfter)
        case .queued(let ticket, let evicted):
            evicted?.resolve(.queueFull(name, depth: depth, retryAfter: retryAfter))
            let failure = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
                let waiter = state.withLock { $0.giveUp(ticket, reason) }
                waiter?.resolve(.gaveUp(reason, name))
            }
            if let failure { throw failure }
            state.withLock { $0.recordWait(since: now, now: clock.now) }
        }
    }
}
