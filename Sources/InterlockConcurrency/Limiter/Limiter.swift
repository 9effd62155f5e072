import Synchronization

/// A number of permits that callers share, first come first served: at most so many at a time, the rest in a bounded queue.
///
/// ```swift
/// let limiter = Limiter(limit: 5, queue: .init(depth: 100, deadline: .seconds(20)))
/// let answer = try await limiter.withPermit { try await upstream.fetch(url) }
/// ```
///
/// A free permit is taken in one short critical section, without a suspension. A freed permit passes to the first in
/// line in the same transition, so a newcomer cannot overtake, and neither cancelling a waiter nor a deadline that
/// passes loses or doubles one.
public final class Limiter: Sendable {
    private typealias Machine = LimiterStateMachine<Waiter<AcquireError?>>

    private let state: Mutex<Machine>
    private let queueDeadline: Duration?
    private let clock: any SchedulingClock
    private let name: String
    @usableFromInline let measuresRuns: Bool

    /// Makes a limiter with all permits free.
    ///
    /// - Parameters:
    ///   - limit: Permits. Zero (or less) is a closed limiter: callers wait until ``setLimit(_:)`` opens it.
    ///   - queue: How many may wait, for how long, and who goes when there are too many.
    ///   - name: What errors call it.
    ///   - measuresRuns: Whether to measure how long permits are held, which reads the clock twice for each (about 40 ns).
    ///   - clock: Decides when deadlines pass, and measures.
    public init(
        limit: Int, queue: QueueConfiguration = .init(depth: 100, deadline: nil, whenFull: .rejectNewest),
        name: String = "limiter", measuresRuns: Bool = false, clock: any SchedulingClock = SystemClock.shared
    ) {
        self.state = Mutex(Machine(limit: limit, queue: queue))
        self.queueDeadline = queue.deadline
        self.clock = clock
        self.name = name
        self.measuresRuns = measuresRuns
    }

    /// Runs `body` while holding permits, in the caller's isolation, and gives them back however `body` ends.
    ///
    /// Cancellation and deadlines end the wait, never `body`. A cancelled task may take free permits, but never queues.
    ///
    /// - Parameters:
    ///   - weight: Permits this call needs, at least 1. A call that needs more than the limit runs alone.
    ///   - deadline: Until when to wait; the queue's own deadline counts if it is earlier. Free permits are taken even
    ///     after it.
    /// - Throws: ``AcquireError`` when the permits were not acquired, and what `body` throws.
    @inlinable
    public nonisolated(nonsending) func withPermit<R>(
        weight: Int = 1, deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let weight = max(1, weight)
        if !tryAcquire(weight) { try await acquire(weight, deadline: deadline) }
        let start = measuresRuns ? now : nil
        defer { release(weight, since: start) }
        return try await body()
    }

    /// Runs `body` while holding permits, if they are free and nobody waits; returns `nil` without running it otherwise.
    ///
    /// A miss is not counted among the refused.
    @inlinable
    public nonisolated(nonsending) func tryWithPermit<R, Failure: Error>(
        weight: Int = 1, _ body: nonisolated(nonsending) () async throws(Failure) -> R
    ) async throws(Failure) -> R? {
        let weight = max(1, weight)
        guard tryAcquire(weight) else { return nil }
        let start = measuresRuns ? now : nil
        defer { release(weight, since: start) }
        return try await body()
    }

    /// Changes the number of permits at once.
    ///
    /// Raising it lets waiters in. Lowering it takes nothing away from who holds permits: it takes effect as they are given back.
    public func setLimit(_ limit: Int) {
        state.withLock { $0.setLimit(limit) }.deliver(name)
    }

    /// Changes how many may wait, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        state.withLock { $0.setQueueDepth(depth) }
    }

    /// Takes everybody out of the queue, who fail with ``AcquireError/Code-swift.struct/cancelled``. Newcomers may queue again.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func clearQueue() -> Int {
        let (removed, effects) = state.withLock { $0.clearQueue() }
        for waiter in removed { waiter.resolve(.removed(name)) }
        effects.deliver(name)
        return removed.count
    }

    /// Refuses newcomers from now on, and waits until the queue is empty and every permit is back.
    ///
    /// - Parameter deadline: When to stop waiting. The limiter goes on draining; ``shutDown()`` empties the queue.
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

    /// Refuses newcomers from now on, and all who wait, with ``AcquireError/Code-swift.struct/shutDown``.
    ///
    /// Who holds permits is not disturbed. Cannot be undone.
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

    @usableFromInline
    func tryAcquire(_ weight: Int) -> Bool {
        state.withLock { $0.tryAcquire(weight: weight) }
    }

    /// Permits in use now.
    var active: Int { state.withLock { $0.active } }

    @usableFromInline
    var now: MonotonicTime { clock.now }

    @usableFromInline
    func release(_ weight: Int, since start: MonotonicTime?) {
        let run = start.map { clock.now - $0 }
        let effects = state.withLock { machine in
            if let run { machine.recordRun(run) }
            return machine.release(weight: weight)
        }
        effects?.deliver(name)
    }

    @usableFromInline
    nonisolated(nonsending) func acquire(
        _ weight: Int, deadline: MonotonicTime?, mayExceedDepth: Bool = false
    ) async throws(AcquireError) {
        let waiter = Waiter<AcquireError?>()
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: now)
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let (acquisition, depth, retryAfter) = state.withLock { machine in
            let acquisition = machine.acquire(waiter, weight: weight, patience, mayExceedDepth: mayExceedDepth)
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
