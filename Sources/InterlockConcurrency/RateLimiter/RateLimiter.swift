public import Synchronization

/// So much in so long, for each key: answers at once whether one more is within the limit, and if not, when it will be.
///
/// ```swift
/// let rates = RateLimiter<SessionID>([RateLimit(10, per: .seconds(1)), RateLimit(1_000, per: .seconds(3_600))])
/// let decision = rates.take(for: session)
/// guard decision.isAllowed else { throw tooManyRequests(retryAfter: decision.retryAfter) }
/// ```
///
/// Several rules are charged all or none. A decision is one short critical section without an allocation or a suspension;
/// but while the table grows to its bound, every doubling copies the keys it has under the lock.
/// Memory is bounded: at most `maxKeys` keys, about 60 bytes each for small keys, and 24 for every further rule. Keys whose use has
/// come back make place first; see ``RateLimiterSnapshot/evictedLive`` for what happens under a flood of keys.
///
/// **Fairness.** Decisions are made in the order they are asked for. Callers of ``acquire(for:cost:deadline:)`` get
/// instants in that order too, each key by itself, and keep them. How many may wait for theirs is bounded over all keys, by a
/// ``QueueConfiguration``: when its places are taken, the key with most callers in line gives one up to a key with less than
/// its share, and else the newcomer is refused. It is always the newest of a key who leaves: with anybody else an instant
/// would lapse in the middle of the line and its units come back at the end, where two would then run at once. Nobody's
/// instant comes sooner because somebody leaves.
public final class RateLimiter<Key: Hashable & Sendable>: Sendable {
    @usableFromInline let state: Mutex<RateLimiterStateMachine<Key>>
    @usableFromInline let clock: any SchedulingClock
    @usableFromInline let name: String
    private let queueDeadline: Duration?

    /// Makes a limiter of which nobody has used anything.
    ///
    /// - Parameters:
    ///   - limits: The rules, at least one; without any everything is allowed.
    ///   - blockTime: For how long a key is refused after it was over a limit, even when its units come back sooner.
    ///   - maxKeys: Keys that are kept at a time, at least 1.
    ///   - queue: How many callers may wait in ``acquire(for:cost:deadline:)``, for how long.
    ///     Its policy for a full queue must be ``QueueConfiguration/FullPolicy/rejectNewest``.
    ///   - isShadow: Whether to decide and count but let everything run: to try limits on live traffic.
    ///   - name: What errors call it.
    ///   - clock: Decides what has come back.
    public init(
        _ limits: [RateLimit], blockTime: Duration? = nil, maxKeys: Int = 100_000, queue: QueueConfiguration = .init(depth: 1_000),
        isShadow: Bool = false, name: String = "rate limiter", clock: any SchedulingClock = SystemClock.shared
    ) {
        precondition(
            queue.whenFull == .rejectNewest,
            "RateLimiter '\(name)': whenFull is \(queue.whenFull), and must be rejectNewest: callers wait for instants, which cannot go to others")
        state = Mutex(
            RateLimiterStateMachine(limits, blockTime: blockTime, maxKeys: maxKeys, queue: queue, isShadow: isShadow))
        queueDeadline = queue.deadline
        self.clock = clock
        self.name = name
    }

    /// Charges a request if it is within all limits.
    ///
    /// - Parameters:
    ///   - key: Whose limits to charge.
    ///   - cost: Units it uses. Zero asks whether the key is blocked; more than a rule's burst is never allowed.
    ///   - now: The present instant of the limiter's clock, for who has just read it.
    @inlinable
    public func take(for key: Key, cost: Int = 1, now: MonotonicTime? = nil) -> RateDecision {
        let now = (now ?? clock.now).nanoseconds
        return state.withLock { $0.take(key, cost: cost, now: now, latest: now).decision }
    }

    /// What ``take(for:cost:now:)`` would answer, without charging or counting anything.
    @inlinable
    public func peek(for key: Key, cost: Int = 1) -> RateDecision {
        let now = clock.now.nanoseconds
        return state.withLock { $0.take(key, cost: cost, now: now, latest: now, commits: false).decision }
    }

    /// Runs `body`, in the caller's isolation, if it is within all limits.
    ///
    /// - Throws: ``AcquireError`` with ``AcquireError/Code-swift.struct/rateLimited`` and the exact retry-after when it is
    ///   not, and what `body` throws. What a body that fails was charged stays charged.
    @inlinable
    public nonisolated(nonsending) func withRate<R>(
        for key: Key, cost: Int = 1, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let decision = take(for: key, cost: cost)
        guard decision.isAllowed else { throw refusal(decision) }
        return try await body()
    }

    /// Charges a request and waits until it may run.
    ///
    /// The units are reserved when it is called, so callers of a key run in the order they came. A caller that is
    /// cancelled gives its units back if nobody of its key has a later instant. Otherwise its instant lapses: those behind it
    /// keep theirs, and what came back would come back behind them, where two would run at once.
    ///
    /// - Parameter deadline: A request whose instant would be later is refused at once, and charged nothing; the queue's own
    ///   deadline counts if it is earlier.
    /// - Throws: ``AcquireError``: over the limit with no instant before the deadline; too many waiting, with the exact time after
    ///   which it need not wait; cancelled; or shut down.
    public nonisolated(nonsending) func acquire(
        for key: Key, cost: Int = 1, deadline: MonotonicTime? = nil
    ) async throws(AcquireError) {
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: now)
        // Instants beyond 73 years are never promised, so that sums of them stay far below the end of the clock.
        let latest = max(now, min(deadline ?? .distantFuture, MonotonicTime(nanoseconds: .max / 4)))
        let isCancelled = Task.isCancelled
        let seat = RateLine<Key>.Seat(waiter: .init(), key: key, cost: cost)
        let admission: RateAdmission<Key> = state.withLock { machine in
            guard machine.line.isOpen else { return .shutDown }
            let outcome = machine.take(key, cost: cost, now: now.nanoseconds, latest: isCancelled ? now.nanoseconds : latest.nanoseconds)
            if outcome.decision.isOverLimit, !outcome.decision.isAllowed { return .refused(outcome.decision) }
            let delay = Duration.nanoseconds(outcome.delayNanoseconds)
            guard delay > .zero else { return .now }
            switch machine.wait(seat, deadline: deadline) {
            case .queued(let ticket, let evicted):
                let leaver = evicted.map { RateLeaver(waiter: $0.waiter, retryAfter: machine.wait(of: $0, now: now.nanoseconds), depth: machine.line.depth) }
                return .wait(delay, ticket, leaver)
            case .queueFull: return .queueFull(delay, depth: machine.line.depth)
            case .shutDown: return .shutDown
            }
        }
        switch admission {
        case .now: return
        case .shutDown: throw .shutDown(name)
        case .queueFull(let delay, let depth): throw .queueFull(name, depth: depth, retryAfter: delay)
        case .refused(let decision): throw isCancelled ? .cancelled(name) : refusal(decision)
        case .wait(let delay, let ticket, let leaver):
            if let leaver { leaver.waiter.resolve(.queueFull(name, depth: leaver.depth, retryAfter: leaver.retryAfter)) }
            let timer = clock.schedule(at: now + delay) { [self] in
                guard let (waiter, drained) = state.withLock({ $0.line.arrive(ticket, waited: clock.now - now) }) else { return }
                waiter.resolve(nil)
                for watcher in drained { watcher.resolve(nil) }
            }
            let failure = await seat.waiter.wait { [self] in
                guard let (waiter, drained) = state.withLock({ $0.giveUp(ticket) }) else { return }
                waiter.resolve(.cancelled(name))
                for watcher in drained { watcher.resolve(nil) }
            }
            timer.cancel()
            if let failure { throw failure }
        }
    }

    /// Changes how many may wait in ``acquire(for:cost:deadline:)``, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        state.withLock { $0.line.setDepth(depth) }
    }

    /// Refuses callers of ``acquire(for:cost:deadline:)`` from now on, and waits until the instants of all who wait have come.
    /// ``take(for:cost:now:)`` decides on.
    ///
    /// - Parameter deadline: When to stop waiting. ``shutDown()`` sends away who still waits.
    /// - Returns: `true` when nobody waits any more; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        state.withLock { $0.line.close() }
        return await Waiter.untilIdle(clock: clock, deadline: deadline, name: name) { watcher in
            state.withLock { $0.line.watch(watcher) }
        } unwatch: { [self] ticket in
            state.withLock { $0.line.unwatch(ticket) }
        }
    }

    /// Refuses callers of ``acquire(for:cost:deadline:)`` from now on, and all who wait, with
    /// ``AcquireError/Code-swift.struct/shutDown``; what those were charged stays charged. Cannot be undone.
    public func shutDown() {
        let (refused, drained) = state.withLock { $0.line.shutDown() }
        for waiter in refused { waiter.resolve(.shutDown(name)) }
        for watcher in drained { watcher.resolve(nil) }
    }

    /// Asks a limiter elsewhere, a shared store for instance, but refuses here while the key is known to be over its limit.
    ///
    /// A refusal of `remote` is remembered for its retry-after and answered from memory meanwhile, so a caller that
    /// hammers costs the store one question per period. The limiter's own rules are not charged.
    ///
    /// - Throws: What `remote` throws; whether to let a request run when the store is down is the caller's decision.
    @inlinable
    public nonisolated(nonsending) func take(
        for key: Key, cost: Int = 1, asking remote: nonisolated(nonsending) (Key, Int) async throws -> RateDecision
    ) async throws -> RateDecision {
        let now = clock.now.nanoseconds
        if let known = state.withLock({ $0.knownRefusal(key, now: now) }) { return known }
        let decision = try await remote(key, cost)
        if !decision.isAllowed, let retryAfter = decision.retryAfter { block(key, for: retryAfter) }
        return decision
    }

    /// Refuses a key for a while, whatever it has used: a penalty, or a limit known from elsewhere.
    ///
    /// A shorter time than it is blocked for already changes nothing; ``reset(_:)`` lifts it.
    @inlinable
    public func block(_ key: Key, for duration: Duration) {
        let now = clock.now
        state.withLock { $0.block(key, until: (now + duration).nanoseconds, now: now.nanoseconds) }
    }

    /// Gives units back that were charged for something that did not happen.
    @inlinable
    public func giveBack(for key: Key, cost: Int = 1) {
        state.withLock { $0.giveBack(key, cost: cost) }
    }

    /// Forgets what a key has used, and its block. Returns whether anything was known of it.
    @discardableResult
    @inlinable
    public func reset(_ key: Key) -> Bool {
        state.withLock { $0.reset(key) }
    }

    /// Replaces the rules at once. What keys have used counts on if the number of rules and their algorithms stay the
    /// same, and is forgotten otherwise.
    public func setLimits(_ limits: [RateLimit]) {
        state.withLock { $0.setLimits(limits) }
    }

    /// The state and the counters now.
    public var snapshot: RateLimiterSnapshot {
        state.withLock { machine in
            RateLimiterSnapshot(
                keys: machine.keys, allowed: machine.allowed, refused: machine.refused,
                refusedWhileBlocked: machine.refusedWhileBlocked, evictedRecovered: machine.evictedRecovered,
                evictedLive: machine.evictedLive, waiting: machine.line.count,
                peakWaiting: machine.line.peakWaiting, turnedAway: machine.line.turnedAway, cancelled: machine.line.cancelled,
                waits: machine.line.waits)
        }
    }

    @usableFromInline
    func refusal(_ decision: RateDecision) -> AcquireError {
        let reason = decision.retryAfter == nil ? "asks for more than its burst of \(decision.limit)" : "is over its limit"
        return AcquireError(
            code: .rateLimited, message: "the request \(reason) at \(name); slow down, or raise the limit",
            retryAfter: decision.retryAfter)
    }
}

/// What became of a request that may wait.
private enum RateAdmission<Key: Hashable & Sendable> {
    case now
    case wait(Duration, RateLine<Key>.Ticket, RateLeaver?)
    case queueFull(Duration, depth: Int)
    case refused(RateDecision)
    case shutDown
}

/// Who has to leave the line for a newcomer, and what it is told.
private struct RateLeaver {
    let waiter: Waiter<AcquireError?>
    let retryAfter: Duration?
    let depth: Int
}
