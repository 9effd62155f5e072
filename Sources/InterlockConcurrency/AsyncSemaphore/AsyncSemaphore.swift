import Synchronization

/// Permits that callers take by the number and by priority, and may carry out of the scope they were taken in.
///
/// ```swift
/// let memory = AsyncSemaphore(permits: 512)                       // megabytes
/// try await memory.withPermits(64, priority: .high) { try await render(page) }
/// ```
///
/// **Fairness.** Higher priorities go first. Within one it is first come first served, and a newcomer never overtakes its
/// equals; on request it is fair between keys as well, such as sessions (``acquire(_:priority:for:deadline:)``): those
/// that wait with the same priority are served in turn. Priorities are strict: a steady stream of high ones starves the
/// low ones, whose deadlines then pass.
/// **Cancellation** ends the wait of that caller only; permits are neither lost nor doubled by it.
/// **The queue** is bounded, over all priorities and keys. When it is full, a newcomer takes the place of whoever came last
/// in the longest line of the lowest priority, if that is lower. Where none is lower, its equals settle it: the key with the longest line gives up a
/// place to a key with less than its share, and otherwise the queue's policy decides. Who comes with less than the lowest
/// priority is refused. Who wants neither priorities nor permits outside a scope takes a ``Limiter``.
public final class AsyncSemaphore: Sendable {
    private typealias Machine = AsyncSemaphoreStateMachine<Waiter<AcquireError?>>

    /// Permits in somebody's hand. They go back when the value is given up, whichever way that happens.
    ///
    /// It cannot be copied, so it can neither be given back twice nor be forgotten.
    public struct Permit: ~Copyable, Sendable {
        private let semaphore: AsyncSemaphore
        private let start: MonotonicTime?
        /// Permits taken.
        public let count: Int

        fileprivate init(_ semaphore: AsyncSemaphore, _ count: Int) {
            self.semaphore = semaphore
            self.count = count
            self.start = semaphore.measuresRuns ? semaphore.clock.now : nil
        }

        deinit {
            semaphore.release(count, since: start)
        }

        /// Gives the permits back now.
        public consuming func release() {}
    }

    private let state: Mutex<Machine>
    private let keys = FairKeys()
    private let queueDeadline: Duration?
    private let measuresRuns: Bool
    private let clock: any SchedulingClock
    private let name: String

    /// Makes a semaphore with all permits free.
    ///
    /// - Parameters:
    ///   - permits: Zero (or less) is a closed semaphore: callers wait until ``setPermits(_:)`` opens it.
    ///   - queue: How many may wait over all priorities, for how long, and who goes when there are too many of one priority.
    ///   - name: What errors call it.
    ///   - measuresRuns: Whether to measure how long permits are held, which reads the clock twice for each (about 40 ns).
    ///   - clock: Decides when deadlines pass, and measures.
    public init(
        permits: Int, queue: QueueConfiguration = .init(), name: String = "semaphore", measuresRuns: Bool = false,
        clock: any SchedulingClock = SystemClock.shared
    ) {
        self.state = Mutex(Machine(permits: permits, queue: queue))
        self.queueDeadline = queue.deadline
        self.measuresRuns = measuresRuns
        self.clock = clock
        self.name = name
    }

    /// Takes permits now, or returns `nil`: when too few are free, and when somebody waits whose priority is as high.
    ///
    /// - Parameter count: At least 1; more than there are counts as all.
    public func tryAcquire(_ count: Int = 1, priority: QueuePriority = .normal) -> Permit? {
        let count = max(1, count)
        guard state.withLock({ $0.tryAcquire(count, priority: priority) }) else { return nil }
        return Permit(self, count)
    }

    /// Takes permits, or waits in the line of `priority` until it is its turn.
    ///
    /// A caller that is cancelled in the moment it is granted gets its permits. A cancelled task never queues.
    ///
    /// - Parameters:
    ///   - count: At least 1. A caller that needs more than there are gets its turn when all are back.
    ///   - deadline: Until when to wait; the queue's own deadline counts if it is earlier. Free permits are taken even
    ///     after it.
    /// - Throws: ``AcquireError`` when no permits were acquired.
    public nonisolated(nonsending) func acquire(
        _ count: Int = 1, priority: QueuePriority = .normal, deadline: MonotonicTime? = nil
    ) async throws(AcquireError) -> Permit {
        let count = max(1, count)
        if !state.withLock({ $0.tryAcquire(count, priority: priority) }) {
            try await wait(count, priority: priority, for: nil, deadline: deadline)
        }
        return Permit(self, count)
    }

    /// ``acquire(_:priority:deadline:)``, fair between keys: while it waits, the caller stands in the line of `key`.
    ///
    /// The keys that wait with the same priority are served in turn, so a key with a thousand callers in line delays another's
    /// single caller by one of them. Callers without a key share a line of their own. A key is looked at only when the
    /// permits are not free, and kept only while a caller with it waits.
    ///
    /// - Parameter key: Who asks: a session, a tenant.
    /// - Throws: ``AcquireError`` when no permits were acquired.
    public nonisolated(nonsending) func acquire(
        _ count: Int = 1, priority: QueuePriority = .normal, for key: some Hashable & Sendable, deadline: MonotonicTime? = nil
    ) async throws(AcquireError) -> Permit {
        let count = max(1, count)
        if !state.withLock({ $0.tryAcquire(count, priority: priority) }) {
            try await wait(count, priority: priority, for: key, deadline: deadline)
        }
        return Permit(self, count)
    }

    /// Runs `body` while holding permits, in the caller's isolation, and gives them back however `body` ends.
    ///
    /// Cancellation and deadlines end the wait, never `body`. See ``acquire(_:priority:deadline:)``.
    ///
    /// - Throws: ``AcquireError`` when no permits were acquired, and what `body` throws.
    public nonisolated(nonsending) func withPermits<R>(
        _ count: Int = 1, priority: QueuePriority = .normal, deadline: MonotonicTime? = nil,
        _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let permit = try await acquire(count, priority: priority, deadline: deadline)
        do {
            let result = try await body()
            permit.release()
            return result
        } catch {
            permit.release()
            throw error
        }
    }

    /// ``withPermits(_:priority:deadline:_:)``, fair between keys. See ``acquire(_:priority:for:deadline:)``.
    ///
    /// - Throws: ``AcquireError`` when no permits were acquired, and what `body` throws.
    public nonisolated(nonsending) func withPermits<R>(
        _ count: Int = 1, priority: QueuePriority = .normal, for key: some Hashable & Sendable, deadline: MonotonicTime? = nil,
        _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let permit = try await acquire(count, priority: priority, for: key, deadline: deadline)
        do {
            let result = try await body()
            permit.release()
            return result
        } catch {
            permit.release()
            throw error
        }
    }

    /// Changes the number of permits at once. Lowering it takes effect as permits come back.
    public func setPermits(_ permits: Int) {
        state.withLock { $0.setPermits(permits) }.deliver(name)
    }

    /// Changes how many may wait, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        state.withLock { $0.setQueueDepth(depth) }
    }

    /// Cancels all who wait, whatever their priority, and leaves who holds permits alone. Newcomers may queue again.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func cancelAllWaiters() -> Int {
        let (removed, effects) = state.withLock { $0.cancelAll() }
        for waiter in removed { waiter.resolve(.removed(name)) }
        effects.deliver(name)
        return removed.count
    }

    /// Refuses newcomers from now on, and waits until nobody waits and every permit is back.
    ///
    /// - Parameter deadline: When to stop waiting. The semaphore goes on draining.
    /// - Returns: `true` when it ran empty; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        state.withLock { $0.startDraining() }.deliver(name)
        return await Waiter.untilIdle(clock: clock, deadline: deadline, name: name) { waiter in
            state.withLock { $0.watchIdle(waiter) }
        } unwatch: { [self] ticket in
            state.withLock { $0.unwatchIdle(ticket) }
        }
    }

    /// Refuses newcomers from now on, and all who wait, with ``AcquireError/Code-swift.struct/shutDown``. Cannot be undone.
    public func shutDown() {
        state.withLock { $0.shutDown() }.deliver(name)
    }

    /// The state and the counters now.
    public var snapshot: LimiterSnapshot {
        state.withLock { machine in
            LimiterSnapshot(
                limit: machine.limit, active: machine.active, waiting: machine.waiting, peakActive: machine.peakActive,
                counters: machine.counters)
        }
    }

    private func release(_ count: Int, since start: MonotonicTime?) {
        let run = start.map { clock.now - $0 }
        let effects = state.withLock { machine in
            if let run { machine.recordRun(run) }
            return machine.release(count)
        }
        effects?.deliver(name)
    }

    private nonisolated(nonsending) func wait(
        _ count: Int, priority: QueuePriority, for key: (any Hashable & Sendable)?, deadline: MonotonicTime?
    ) async throws(AcquireError) {
        let line = keys.retain(key)
        defer { keys.release(key) }
        let waiter = Waiter<AcquireError?>()
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: now)
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let (acquisition, depth, retryAfter) = state.withLock { machine in
            let acquisition = machine.acquire(waiter, count, priority: priority, for: line, patience)
            return (acquisition, machine.queueDepth, machine.retryAfter(now: now))
        }
        switch acquisition {
        case .granted:
            return
        case .refused(let code, let retryAfter):
            throw .refused(code, name, depth: depth, retryAfter: retryAfter)
        case .queued(let ticket, let evicted, let granted):
            evicted?.resolve(.queueFull(name, depth: depth, retryAfter: retryAfter))
            for waiter in granted { waiter.resolve(nil) }
            let failure = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
                guard let (waiter, effects) = state.withLock({ $0.giveUp(ticket, reason) }) else { return }
                waiter.resolve(.gaveUp(reason, name))
                effects.deliver(name)
            }
            if let failure { throw failure }
            state.withLock { $0.recordWait(since: now, now: clock.now) }
        }
    }
}
