public import Synchronization

/// Values at hand by key, as many as fit: when it is full, what was used longest ago goes.
///
/// ```swift
/// let pages = LRUCache<URL, Page>(.bytes(64 << 20) { _, page in page.body.count }, ttl: .seconds(60), staleFor: .seconds(600))
/// let page = try await pages.value(for: url) { try await fetch(url) }
/// ```
///
/// A cache has a bound, always. A hit is one short critical section without an allocation or a suspension. A value may
/// have a time to live; past it, and for `staleFor` longer, a fetching look-up still serves it while one fetch brings
/// the next. Entries past their time leave when somebody asks for them or when their place is needed.
///
/// Fetches of a key are shared: see ``SingleFlight`` for cancellation. A value that is set or removed while a fetch is
/// under way stays set or removed: the fetch may have read what was there before, so its callers get its value and the
/// cache does not.
///
/// **Fairness.** What is at hand is served at once, in the order of the calls, and nobody waits for it. Those who wait for
/// fetches hold places that the ``QueueConfiguration`` bounds; all who wait for one key are served together, and the places are
/// shared between keys as in ``SingleFlight``. Room for values is not shared: a key that is asked for often keeps its value,
/// whoever asks.
public final class LRUCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline let state: Mutex<LRUCacheStateMachine<Key, Value>>
    @usableFromInline let hasDeadlines: Atomic<Bool>
    @usableFromInline let clock: any SchedulingClock
    @usableFromInline let onEviction: (@Sendable (Eviction) -> Void)?
    private let flights: SingleFlight<Key, Value>
    private let bound: Bound
    private let ttl: Duration?
    private let staleFor: Duration
    private let maxRefreshes: Int
    private let refreshTimeout: Duration
    private let onRefreshFailure: @Sendable (Key, any Error) -> Void

    /// Makes an empty cache.
    ///
    /// - Parameters:
    ///   - bound: How much it may hold.
    ///   - ttl: For how long a value is fresh, unless it is stored with a time of its own. `nil` means for ever.
    ///   - staleFor: For how long after that ``value(for:deadline:fetch:)`` still serves it, while it is fetched anew.
    ///   - queue: How many callers may wait for fetches at a time, for how long, and who goes when there are too many.
    ///   - maxFetches: Fetches that may run at a time, with those that were cancelled and do not heed it. `nil` means as many
    ///     as callers may wait.
    ///   - maxRefreshes: Stale values that are fetched anew at a time; more are served stale without.
    ///   - refreshTimeout: How long fetching a stale value anew may take; then it is cancelled and its place is free again.
    ///   - name: What errors call it.
    ///   - clock: Decides what is fresh, and measures fetches.
    ///   - onEviction: Is told each entry that leaves, after it has left, on the thread that caused it; must be short.
    ///   - onRefreshFailure: Is told why a stale value could not be fetched anew, since no caller is.
    public init(
        _ bound: Bound, ttl: Duration? = nil, staleFor: Duration = .zero, queue: QueueConfiguration = .init(depth: 10_000),
        maxFetches: Int? = nil, maxRefreshes: Int = 16, refreshTimeout: Duration = .seconds(60), name: String = "cache",
        clock: any SchedulingClock = SystemClock.shared, onEviction: (@Sendable (Eviction) -> Void)? = nil,
        onRefreshFailure: @escaping @Sendable (Key, any Error) -> Void = { _, _ in }
    ) {
        state = Mutex(LRUCacheStateMachine(maxEntries: bound.entries, maxBytes: bound.bytes))
        hasDeadlines = Atomic(ttl != nil)
        flights = SingleFlight(queue: queue, maxRunning: maxFetches, name: name, clock: clock)
        self.bound = bound
        self.ttl = ttl
        self.staleFor = max(.zero, staleFor)
        self.maxRefreshes = max(0, maxRefreshes)
        self.refreshTimeout = max(.milliseconds(1), refreshTimeout)
        self.clock = clock
        self.onEviction = onEviction
        self.onRefreshFailure = onRefreshFailure
    }

    /// The fresh value of a key, if there is one.
    @inlinable
    public func value(for key: Key) -> Value? {
        switch look(key) {
        case .fresh(let value): return value
        case .stale, .miss, .expired: return nil
        }
    }

    /// The value of a key: the one at hand, or what `fetch` brings, which is then stored.
    ///
    /// One fetch serves all who ask meanwhile. A stale value is served at once, and fetched anew by a task of its own.
    ///
    /// - Parameters:
    ///   - deadline: Until when this caller waits for a fetch; the queue's own deadline counts if it is earlier.
    ///   - timeout: How long a fetch that this call begins may take. `nil` means as long as it likes: then bring a deadline, or
    ///     a fetch with a limit of its own. A stale value is fetched anew within the cache's own `refreshTimeout`.
    ///   - fetch: Is cancelled when nobody waits for it any more, and when its time is over.
    /// - Throws: ``AcquireError`` when this caller could not wait for the fetch, ``WorkTimeoutError`` when the fetch was out of
    ///   time, and what `fetch` throws; failures are not stored.
    public nonisolated(nonsending) func value(
        for key: Key, deadline: MonotonicTime? = nil, timeout: Duration? = nil, fetch: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        switch look(key) {
        case .fresh(let value):
            return value
        case .stale(let value):
            if state.withLock({ $0.beginRefresh(key, limit: maxRefreshes) }) { refresh(key, fetch) }
            return value
        case .miss, .expired:
            return try await flights.value(for: key, deadline: deadline, timeout: timeout) { [self] in try await load(key, fetch) }
        }
    }

    /// Stores a value, as the one used last.
    ///
    /// - Parameter ttl: For how long it is fresh; `nil` means as long as the cache says.
    public func set(_ value: Value, for key: Key, ttl: Duration? = nil) {
        let (fresh, stale) = times(ttl ?? self.ttl)
        let size = bound.size?(key, value) ?? 1
        flights.forget(key)
        report(state.withLock { $0.set(key, value, bytes: size, freshUntil: fresh, staleUntil: stale) })
    }

    /// Takes a key out. Who asks for it from now on does not get the result of a fetch that is under way.
    ///
    /// - Returns: the value it had, fresh or not.
    @discardableResult
    public func remove(_ key: Key) -> Value? {
        flights.forget(key)
        let gone = state.withLock { $0.remove(key) }
        if let gone { report([gone]) }
        return gone?.value
    }

    /// Takes everything out. Who asks from now on does not get the result of a fetch that is under way.
    public func removeAll() {
        flights.forgetAll()
        report(state.withLock { $0.removeAll() })
    }

    /// Takes out what was used longest ago until at most so many bytes are left, and gives the memory back: for when
    /// memory runs short. The bound stays as it is. ``MemoryPressure`` calls it when the system says so.
    ///
    /// - Parameter bytes: By the sizes given when the entries were stored; entries, for a cache bounded by entries.
    /// - Returns: bytes that were freed, by the same measure.
    @discardableResult
    public func trim(toBytes bytes: Int) -> Int {
        let (gone, freed) = state.withLock { machine in
            let before = machine.bytes
            let gone = machine.trim(entries: .max, bytes: bytes)
            return (gone, before - machine.bytes)
        }
        report(gone)
        return freed
    }

    /// Changes how much it may hold, at once. What no longer fits goes, first what was used longest ago.
    ///
    /// - Parameters:
    ///   - entries: At least 1; `nil` leaves the bound as it is.
    ///   - bytes: At least 1, for a cache bounded by bytes; `nil` leaves the bound as it is. One that is bounded by entries
    ///     has no sizes and keeps to its entries.
    public func resize(entries: Int? = nil, bytes: Int? = nil) {
        let entries = entries.map { min(Int(Int32.max), max(1, $0)) }
        let bytes = bound.size == nil ? nil : bytes.map { max(1, $0) }
        report(state.withLock { $0.resize(entries: entries, bytes: bytes) })
    }

    /// What it holds now, by its own measure.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Changes how many may wait for fetches, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        flights.setQueueDepth(depth)
    }

    /// Begins no fetch from now on, and waits until none runs any more.
    ///
    /// Fetches under way end, and what they bring is stored and given to those who wait. What is at hand is served on, a stale
    /// value too, which is not fetched anew; who would need a fetch is refused with ``AcquireError/Code-swift.struct/shutDown``.
    ///
    /// - Parameter deadline: When to stop waiting. ``shutDown()`` cancels what runs.
    /// - Returns: `true` when nothing runs any more; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        state.withLock { $0.stopRefreshing() }
        return await flights.drain(deadline: deadline)
    }

    /// Begins no fetch from now on, cancels those that run, and refuses all who wait for them, with
    /// ``AcquireError/Code-swift.struct/shutDown``. What is at hand is served on. Cannot be undone.
    public func shutDown() {
        state.withLock { $0.stopRefreshing() }
        flights.shutDown()
    }

    /// The state and the counters now: of those who wait for fetches, and of the entries a moment later.
    public var snapshot: LRUCacheSnapshot {
        let flights = flights.snapshot
        return state.withLock { machine in
            LRUCacheSnapshot(
                entries: machine.count, bytes: machine.bytes, hits: machine.hits, staleHits: machine.staleHits,
                misses: machine.misses, evictions: machine.evictions, fetched: machine.fetched,
                failedFetches: machine.failedFetches, refreshing: machine.refreshes, fetchTimes: machine.fetchTimes, flights: flights)
        }
    }

    @inlinable
    func look(_ key: Key) -> LRUCacheStateMachine<Key, Value>.Lookup {
        let now = hasDeadlines.load(ordering: .relaxed) ? clock.now.nanoseconds : .min
        let lookup = state.withLock { $0.get(key, now: now) }
        if case .expired(let eviction) = lookup { report([eviction]) }
        return lookup
    }

    @usableFromInline
    func report(_ evictions: [Eviction]) {
        guard let onEviction else { return }
        for eviction in evictions { onEviction(eviction) }
    }

    private func load(_ key: Key, _ fetch: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let start = clock.now
        // Who looked just before another fetch stored its value, and comes when that fetch has ended, finds the value here.
        let (number, known) = state.withLock { machine in
            let known = machine.peek(key, now: start.nanoseconds)
            return (known == nil ? machine.beginFetch(key) : 0, known)
        }
        if let known { return known }
        do {
            let value = try await fetch()
            let (fresh, stale) = times(ttl)
            let size = bound.size?(key, value) ?? 1
            let took = clock.now - start
            report(
                state.withLock {
                    $0.finishFetch(key, number, value, bytes: size, freshUntil: fresh, staleUntil: stale, took: took)
                })
            return value
        } catch {
            state.withLock { $0.failFetch(key, number) }
            throw error
        }
    }

    private func refresh(_ key: Key, _ fetch: @escaping @Sendable () async throws -> Value) {
        // Nobody awaits it: the caller has its stale value. One for each key and `maxRefreshes` in all, none for longer than
        // `refreshTimeout`, whatever a caller may wait; its failure is counted and told to `onRefreshFailure`, and the stale
        // value is served on until its time is over.
        Task { [self] in
            do {
                // The deadline as well, in case it joins a fetch that has no limit.
                let deadline = clock.now + refreshTimeout
                _ = try await flights.value(for: key, within: deadline, timeout: refreshTimeout) { [self] in try await load(key, fetch) }
            } catch {
                onRefreshFailure(key, error)
            }
            state.withLock { $0.endRefresh(key) }
        }
    }

    /// Until when a value stored now is fresh, and until when it may be served stale.
    private func times(_ ttl: Duration?) -> (fresh: Int64, stale: Int64) {
        guard let ttl else { return (.max, .max) }
        hasDeadlines.store(true, ordering: .relaxed)
        let fresh = clock.now + ttl
        return (fresh.nanoseconds, (fresh + staleFor).nanoseconds)
    }
}
