public import Synchronization

/// One asynchronous lock per key, first come first served, that can take several keys at once without deadlock.
///
/// ```swift
/// let accounts = KeyedMutex<AccountID>()
/// try await accounts.withLocks(for: [from, to]) { … }     // in any order, against any other pair
/// ```
///
/// Calls with different keys do not wait for each other. A call with several keys takes its places in all the lines in
/// one step, so calls in opposite order cannot hold one key each and wait for the other. A key exists while somebody
/// holds it or waits for it, so there may be as many keys as there are resources. Not re-entrant: a task that asks for a
/// key it holds waits for itself, until its deadline; take the keys that belong together in one call.
///
/// **Fairness.** First come first served for each key. On request also between those who ask, such as sessions
/// (``withLock(for:by:deadline:_:)``): those that wait for a key get it in turn, and first come first served within one.
/// **The lines** are bounded, over all keys; the ``QueueConfiguration`` says who is refused when they are full. Where it serves
/// the newest first, who is next in line for a key already stays so.
/// **Cancellation** ends the wait of that caller only, and lets those go on who only stood behind it.
public final class KeyedMutex<Key: Hashable & Sendable>: Sendable {
    @usableFromInline let keys = Mutex(KeyTable<Key>())
    @usableFromInline let core: KeyedMutexCore

    /// Makes a mutex with all keys free.
    ///
    /// - Parameters:
    ///   - name: What errors call it.
    ///   - queue: How many may stand in line over all keys, for how long, and who goes when there are too many.
    ///   - measuresRuns: Whether to measure how long keys are held, which reads the clock twice for each (about 40 ns).
    ///   - clock: Decides when deadlines pass, and measures.
    public init(
        name: String = "keyed mutex", queue: QueueConfiguration = .init(depth: 10_000), measuresRuns: Bool = false,
        clock: any SchedulingClock = SystemClock.shared
    ) {
        core = KeyedMutexCore(name: name, queue: queue, measuresRuns: measuresRuns, clock: clock)
    }

    /// Runs `body` while holding the key, in the caller's isolation, and leaves it however `body` ends.
    ///
    /// Cancellation ends the wait, never `body`. A cancelled task may take a free key, but never joins a line.
    ///
    /// - Parameter deadline: Until when to stand in line; the mutex's own deadline counts if it is earlier. Does not limit
    ///   `body`. A free key is taken even after it.
    /// - Throws: ``AcquireError`` when the key was not acquired, and what `body` throws.
    @inlinable
    public nonisolated(nonsending) func withLock<R>(
        for key: Key, deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let line = keys.withLock { $0.retain(key) }
        defer { keys.withLock { $0.release(key) } }
        let hold: KeyedMutexCore.Hold
        if let free = core.tryLock(line) { hold = free } else { hold = try await core.lock([line], deadline: deadline) }
        defer { core.unlock(hold) }
        return try await body()
    }

    /// ``withLock(for:deadline:_:)``, fair between those who ask: while it waits, the call stands in the line of `asker`.
    ///
    /// Those who wait for a key get it in turn, so an asker with a thousand calls in line delays another's single call by
    /// one of them. When there are as many in line as there may be, the asker with the longest line gives up a place,
    /// rather than one with less than its share being refused; within one line the queue's policy decides. Calls that
    /// do not say who asks are one asker together. Who asks is looked at only when the key is not free, and kept only
    /// while a call waits.
    ///
    /// - Parameter asker: A session, a tenant.
    @inlinable
    public nonisolated(nonsending) func withLock<R>(
        for key: Key, by asker: some Hashable & Sendable, deadline: MonotonicTime? = nil,
        _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let line = keys.withLock { $0.retain(key) }
        defer { keys.withLock { $0.release(key) } }
        let hold: KeyedMutexCore.Hold
        if let free = core.tryLock(line) { hold = free } else { hold = try await core.lock([line], by: asker, deadline: deadline) }
        defer { core.unlock(hold) }
        return try await body()
    }

    /// Runs `body` while holding all the keys, in the caller's isolation, and leaves them however `body` ends.
    ///
    /// The order of the keys does not matter and a key named twice counts once. While it waits, the call keeps its place
    /// in every line, so those behind it wait for it even where its key is free. With no keys it runs at once.
    ///
    /// - Parameter deadline: Until when to stand in line; the mutex's own deadline counts if it is earlier. Does not limit `body`.
    /// - Throws: ``AcquireError`` when the keys were not acquired, and what `body` throws.
    @inlinable
    public nonisolated(nonsending) func withLocks<R>(
        for keys: [Key], deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let lines = self.keys.withLock { table in keys.map { table.retain($0) } }
        defer { self.keys.withLock { table in for key in keys { table.release(key) } } }
        let hold: KeyedMutexCore.Hold
        if let free = core.tryLock(lines) { hold = free } else { hold = try await core.lock(lines, deadline: deadline) }
        defer { core.unlock(hold) }
        return try await body()
    }

    /// ``withLocks(for:deadline:_:)``, fair between those who ask. See ``withLock(for:by:deadline:_:)``.
    ///
    /// A call that waits for several keys waits in turn for each. Later calls of the same asker do not overtake it, also where
    /// a key of theirs is free; those of others may take such a key while another call of the same asker is before it in
    /// line for one of the rest.
    ///
    /// - Parameter asker: A session, a tenant.
    @inlinable
    public nonisolated(nonsending) func withLocks<R>(
        for keys: [Key], by asker: some Hashable & Sendable, deadline: MonotonicTime? = nil,
        _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let lines = self.keys.withLock { table in keys.map { table.retain($0) } }
        defer { self.keys.withLock { table in for key in keys { table.release(key) } } }
        let hold: KeyedMutexCore.Hold
        if let free = core.tryLock(lines) { hold = free } else { hold = try await core.lock(lines, by: asker, deadline: deadline) }
        defer { core.unlock(hold) }
        return try await body()
    }

    /// ``withLocks(for:by:deadline:_:)`` of a caller whose wait somebody else may end; it fails with
    /// ``AcquireError/Code-swift.struct/queueFull`` then.
    package nonisolated(nonsending) func withLocks<R>(
        for keys: [Key], by asker: some Hashable & Sendable, deadline: MonotonicTime?, revocation: Revocation,
        _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let lines = self.keys.withLock { table in keys.map { table.retain($0) } }
        defer { self.keys.withLock { table in for key in keys { table.release(key) } } }
        let hold: KeyedMutexCore.Hold
        if let free = core.tryLock(lines) { hold = free } else { hold = try await core.lock(lines, by: asker, deadline: deadline, revocation: revocation) }
        defer { core.unlock(hold) }
        return try await body()
    }

    /// Runs `body` while holding the key, if nobody holds it or waits for it; returns `nil` without running it otherwise.
    ///
    /// A miss is not counted among the refused.
    @inlinable
    public nonisolated(nonsending) func tryWithLock<R, Failure: Error>(
        for key: Key, _ body: nonisolated(nonsending) () async throws(Failure) -> R
    ) async throws(Failure) -> R? {
        let line = keys.withLock { $0.retain(key) }
        defer { keys.withLock { $0.release(key) } }
        guard let hold = core.tryLock(line) else { return nil }
        defer { core.unlock(hold) }
        return try await body()
    }

    /// Runs `body` while holding all the keys, if nobody holds or waits for any of them; returns `nil` without running it
    /// otherwise. See ``tryWithLock(for:_:)``.
    @inlinable
    public nonisolated(nonsending) func tryWithLocks<R, Failure: Error>(
        for keys: [Key], _ body: nonisolated(nonsending) () async throws(Failure) -> R
    ) async throws(Failure) -> R? {
        let lines = self.keys.withLock { table in keys.map { table.retain($0) } }
        defer { self.keys.withLock { table in for key in keys { table.release(key) } } }
        guard let hold = core.tryLock(lines) else { return nil }
        defer { core.unlock(hold) }
        return try await body()
    }

    /// Changes how many may stand in line over all keys, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        core.setQueueDepth(depth)
    }

    /// Refuses newcomers from now on, whatever their keys, and waits until all who waited have had their turn and every key
    /// is free.
    ///
    /// - Parameter deadline: When to stop waiting. The mutex goes on draining; ``shutDown()`` empties the lines.
    /// - Returns: `true` when it ran empty; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        await core.drain(deadline: deadline)
    }

    /// Refuses newcomers from now on, and all who wait, with ``AcquireError/Code-swift.struct/shutDown``.
    ///
    /// Who holds keys is not disturbed. Cannot be undone.
    public func shutDown() {
        core.shutDown()
    }

    /// The state and the counters now.
    public var snapshot: KeyedMutexSnapshot {
        core.snapshot(keysHeld: keys.withLock { $0.count })
    }
}
