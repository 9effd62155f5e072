import Synchronization

/// A limiter that shares its permits fairly: round-robin over the keys that wait, first come first served within a key.
///
/// Keys are tenants, sessions, principals. A key with a thousand callers in line delays another key's single caller by
/// at most one grant. The queue's places are shared the same way: when it is full, the key with the longest line gives
/// up one rather than a key with less than its share being refused; which of that line, the ``QueueConfiguration`` says.
/// Where it serves the newest first under overload, the keys keep their turns, and each one's newest goes first.
///
/// A caller takes one permit. A turn is a call: if calls could weigh several permits, a key with heavy calls would get more than
/// its share at each of its turns, and everybody would stand behind a heavy one until enough permits are free, so that the bound
/// above would be lost. ``AsyncSemaphore`` has both, weights and keys in turn, without that bound.
///
/// While permits are free no key is looked at: taking and releasing one are two short critical sections without an
/// allocation or a suspension.
public final class FairLimiter<Key: Hashable & Sendable>: Sendable {
    /// The right to run, until it is released.
    ///
    /// A value that may be stored and passed on, but stands for one permit: call ``release()`` exactly once, on any
    /// thread. A second release traps, also in release builds, because the permit may be somebody else's by then. A
    /// permit that is dropped without release is lost to the limiter; prefer ``FairLimiter/withPermit(for:deadline:_:)``.
    public struct Permit: Sendable {
        @usableFromInline let limiter: FairLimiterCore
        @usableFromInline let slot: PermitTable.Slot

        @inlinable
        init(limiter: FairLimiterCore, slot: PermitTable.Slot) {
            self.limiter = limiter
            self.slot = slot
        }

        /// Gives the permit back, to the next in line if somebody waits.
        @inlinable
        public func release() {
            limiter.release(slot)
        }
    }

    private let keys = Mutex(KeyTable<Key>())
    private let groups = FairKeys()
    @usableFromInline let core: FairLimiterCore

    /// Makes a limiter with all permits free.
    ///
    /// - Parameters:
    ///   - limit: Permits over all keys. Zero (or less) is a closed limiter: callers wait until ``setLimit(_:)`` opens it.
    ///   - queue: How many callers may wait over all keys, for how long, and who goes when there are too many.
    ///   - name: What errors call it.
    ///   - measuresRuns: Whether ``withPermit(for:deadline:_:)`` measures how long it holds its permit, which reads the clock twice for each
    ///     (about 40 ns).
    ///   - clock: Decides when deadlines pass.
    public init(
        limit: Int, queue: QueueConfiguration = .init(), name: String = "limiter", measuresRuns: Bool = false,
        clock: any SchedulingClock = SystemClock.shared
    ) {
        core = FairLimiterCore(limit: limit, queue: queue, name: name, measuresRuns: measuresRuns, clock: clock)
    }

    /// Takes a permit now, or returns `nil`: when none is free, when anybody waits, and after ``shutDown()``.
    ///
    /// A miss is not counted among the refused.
    @inlinable
    public func tryAcquire(for key: Key) -> Permit? {
        core.tryAcquire().map { Permit(limiter: core, slot: $0) }
    }

    /// Takes a permit, or waits in the line of `key` until it is its turn.
    ///
    /// Cancellation ends the wait. A caller that is cancelled in the moment it is granted gets its permit, and must
    /// release it. A cancelled task may take a free permit, but never queues.
    ///
    /// - Parameter deadline: Until when to wait; the queue's own deadline counts if it is earlier. A free permit is taken
    ///   even after it.
    /// - Throws: ``AcquireError`` when no permit was acquired.
    public nonisolated(nonsending) func acquire(
        for key: Key, deadline: MonotonicTime? = nil
    ) async throws(AcquireError) -> Permit {
        if let permit = tryAcquire(for: key) { return permit }
        let line = keys.withLock { $0.retain(key) }
        defer { keys.withLock { $0.release(key) } }
        return Permit(limiter: core, slot: try await core.acquire(line: line, deadline: deadline))
    }

    /// ``acquire(for:deadline:)`` of a key that belongs to a group, such as a session of a tenant: those who wait are served in
    /// turn by their groups, and those of a group by their keys; places are given up in the same way.
    ///
    /// - Parameters:
    ///   - group: Equal for all callers of the key. `nil` is a group of its own.
    ///   - revocation: Lets somebody else end the wait, which fails with ``AcquireError/Code-swift.struct/queueFull`` then.
    package nonisolated(nonsending) func acquire(
        for key: Key, of group: (any Hashable & Sendable)?, deadline: MonotonicTime?, revocation: Revocation? = nil
    ) async throws(AcquireError) -> Permit {
        if let permit = tryAcquire(for: key) { return permit }
        let line = keys.withLock { $0.retain(key) }
        let number = groups.retain(group)
        defer {
            keys.withLock { $0.release(key) }
            groups.release(group)
        }
        return Permit(limiter: core, slot: try await core.acquire(line: line, of: number, deadline: deadline, revocation: revocation))
    }

    /// Runs `body` while holding a permit, in the caller's isolation, and gives it back however `body` ends.
    ///
    /// - Throws: ``AcquireError`` when no permit was acquired, and what `body` throws.
    @inlinable
    public nonisolated(nonsending) func withPermit<R>(
        for key: Key, deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let permit: Permit
        if let free = tryAcquire(for: key) { permit = free } else { permit = try await acquire(for: key, deadline: deadline) }
        let start = core.measuresRuns ? core.now : nil
        defer {
            if let start { core.recordRun(since: start) }
            permit.release()
        }
        return try await body()
    }

    /// Changes the number of permits at once. Lowering it takes effect as permits come back.
    public func setLimit(_ limit: Int) {
        core.setLimit(limit)
    }

    /// Changes how many may wait over all keys, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        core.setQueueDepth(depth)
    }

    /// Cancels all who wait in the line of `key`, for instance because its session ended. Permits it holds stay out.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func removeAll(for key: Key) -> Int {
        withLine(of: key) { core.removeAll(line: $0) }
    }

    /// Refuses newcomers from now on, and waits until nobody waits and every permit is back.
    ///
    /// - Parameter deadline: When to stop waiting. The limiter goes on draining; ``shutDown()`` empties the queue.
    /// - Returns: `true` when it ran empty; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        await core.drain(deadline: deadline)
    }

    /// Refuses newcomers from now on, and all who wait, with ``AcquireError/Code-swift.struct/shutDown``. Cannot be undone.
    public func shutDown() {
        core.shutDown()
    }

    /// Callers that wait in the line of `key`.
    public func waitingCount(for key: Key) -> Int {
        withLine(of: key) { core.waitingCount(line: $0) }
    }

    /// The state and the counters now.
    public var snapshot: FairLimiterSnapshot { core.snapshot }

    /// Does something with the line of a key, 0 when it has none. The line stays the key's own meanwhile.
    private func withLine(of key: Key, _ body: (Int32) -> Int) -> Int {
        guard let line = keys.withLock({ $0.retainIfPresent(key) }) else { return 0 }
        defer { keys.withLock { $0.release(key) } }
        return body(line)
    }
}
