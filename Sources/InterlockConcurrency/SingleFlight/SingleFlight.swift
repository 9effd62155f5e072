import Synchronization

/// Does a piece of work once for all who ask for it while it is under way, by key.
///
/// ```swift
/// let tokens = SingleFlight<TenantID, Token>()
/// let token = try await tokens.value(for: tenant) { try await issuer.token(for: tenant) }
/// ```
///
/// Nothing is kept: who asks after the work has ended begins it anew; ``LRUCache`` keeps results too. Everybody gets the
/// same value or the same error, in the order they came.
///
/// **Cancellation.** A caller that is cancelled leaves alone, also the one that began the work; when the last one leaves,
/// the work is cancelled, and who comes then begins anew. **Time.** Work that takes longer than its timeout is cancelled, and
/// fails for all who wait with ``WorkTimeoutError``; without one it may take for ever.
///
/// **Bounds.** Everybody who waits holds a place, also who began the work; the ``QueueConfiguration`` says how many there are
/// over all keys, how long one is kept, and who gives one up when none is left. A retry-after is the time in which what runs
/// will have ended, at the pace of late. At most `maxRunning` pieces of work run, with those that were cancelled and do not heed
/// it; who would begin another is refused, whatever the policy, since nobody's leaving would end one.
///
/// **Fairness.** All who wait for a key are served together, so there are no turns, and `newestFirstUnderOverload` is
/// `rejectOldest` here. Places are shared between keys: a key with less than an even share of them gets one of the key with most
/// callers, so that one question asked by thousands does not shut out the others; the policy decides among those of one key.
public final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Machine = SingleFlightStateMachine<Key, Waiter<Result<Value, any Error>>>

    private struct State {
        var machine: Machine
        var tasks: [Int: Task<Void, Never>] = [:]
        var timers: [Int: ScheduledAction] = [:]

        /// What is to be stopped of a piece of work that nobody waits for any more.
        mutating func takeRest(of flight: Int) -> (task: Task<Void, Never>?, timer: ScheduledAction?) {
            (tasks.removeValue(forKey: flight), timers.removeValue(forKey: flight))
        }
    }

    private let state: Mutex<State>
    private let queueDeadline: Duration?
    private let clock: any SchedulingClock
    private let name: String

    /// Makes one with nothing under way.
    ///
    /// - Parameters:
    ///   - queue: How many callers may wait at a time, with those that began the work, for how long, and who goes when there
    ///     are too many. With a depth of zero nobody is let in.
    ///   - maxRunning: Pieces of work that may run at a time, with those nobody waits for any more; at least 1. `nil` means as
    ///     many as callers may wait.
    ///   - name: What errors call it.
    ///   - clock: Decides when deadlines pass.
    public init(
        queue: QueueConfiguration = .init(depth: 10_000), maxRunning: Int? = nil, name: String = "single flight",
        clock: any SchedulingClock = SystemClock.shared
    ) {
        state = Mutex(State(machine: Machine(queue: queue, maxRunning: maxRunning)))
        queueDeadline = queue.deadline
        self.clock = clock
        self.name = name
    }

    /// The result of the work for `key`: of the one under way, or of `work`, which begins if there is none.
    ///
    /// `work` runs in a task of its own, with the priority and the task-local values of the caller that began it, and is
    /// cancelled only when nobody waits for it any more.
    ///
    /// - Parameters:
    ///   - deadline: Until when this caller waits; the queue's own deadline counts if it is earlier. The work goes on while
    ///     others wait.
    ///   - timeout: How long the work may take, if this call begins it; who joins it takes part in that. `nil` means as long
    ///     as it likes.
    /// - Throws: ``AcquireError`` when this caller got no result, ``WorkTimeoutError`` when the work was out of time, and what
    ///   the work throws.
    public nonisolated(nonsending) func value(
        for key: Key, deadline: MonotonicTime? = nil, timeout: Duration? = nil, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: clock.now)
        return try await value(for: key, within: deadline, timeout: timeout, work)
    }

    /// ``value(for:deadline:timeout:_:)`` for who does not wait for a caller: the queue's own deadline does not count.
    nonisolated(nonsending) func value(
        for key: Key, within deadline: MonotonicTime?, timeout: Duration?, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let waiter = Waiter<Result<Value, any Error>>()
        let now = clock.now
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let (joining, depth, retryAfter) = state.withLock { state in
            let joining = state.machine.join(key, waiter, patience)
            return (joining, state.machine.queueDepth, state.machine.retryAfter(now: now))
        }
        let ticket: Machine.Ticket
        let evicted: Machine.Departure?
        switch joining {
        case .refused(let code, let retryAfter): throw AcquireError.refused(code, name, depth: depth, retryAfter: retryAfter)
        case .follows(let joined, let leaver): (ticket, evicted) = (joined, leaver)
        case .leads(let joined, let flight, let leaver):
            (ticket, evicted) = (joined, leaver)
            start(work, for: key, flight: flight, timeout: timeout)
        }
        if let evicted { dismiss(evicted, .queueFull(name, depth: depth, retryAfter: retryAfter)) }
        let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
            guard let departure = state.withLock({ $0.machine.giveUp(ticket, reason) }) else { return }
            dismiss(departure, .gaveUp(reason, name))
        }
        if case .success = outcome { state.withLock { $0.machine.recordWait(clock.now - now) } }
        return try outcome.get()
    }

    /// Changes how many may wait, at once. Who waits already stays, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        state.withLock { $0.machine.setQueueDepth(depth) }
    }

    /// Lets the next caller for `key` begin anew, although work is under way: after what it reads has changed.
    ///
    /// Who waits gets the result of the work they joined.
    ///
    /// - Returns: whether work was under way.
    @discardableResult
    public func forget(_ key: Key) -> Bool {
        state.withLock { $0.machine.forget(key) }
    }

    /// ``forget(_:)`` for all keys.
    public func forgetAll() {
        state.withLock { $0.machine.forgetAll() }
    }

    /// Refuses newcomers from now on, and waits until no work runs, also none that nobody waits for.
    ///
    /// - Parameter deadline: When to stop waiting. ``shutDown()`` cancels what runs.
    /// - Returns: `true` when nothing runs any more; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        tellDrained(state.withLock { $0.machine.startDraining() })
        let watcher = Waiter<Result<Value, any Error>>()
        guard let ticket = state.withLock({ $0.machine.watchIdle(watcher) }) else { return true }
        let outcome = await watcher.wait(clock: clock, deadline: deadline) { [self] reason in
            state.withLock { $0.machine.unwatchIdle(ticket) }?.resolve(.failure(AcquireError.gaveUp(reason, name)))
        }
        if case .failure(is Drained) = outcome { return true }
        return false
    }

    /// Refuses newcomers from now on, and all who wait, with ``AcquireError/Code-swift.struct/shutDown``; cancels the work they
    /// waited for. Cannot be undone.
    public func shutDown() {
        let (closed, rests) = state.withLock { state in
            let closed = state.machine.shutDown()
            return (closed, closed.abandoned.map { state.takeRest(of: $0) })
        }
        for rest in rests {
            rest.task?.cancel()
            rest.timer?.cancel()
        }
        for waiter in closed.refused { waiter.resolve(.failure(AcquireError.shutDown(name))) }
        tellDrained(closed.drained)
    }

    /// The state and the counters now.
    public var snapshot: SingleFlightSnapshot {
        state.withLock { state in
            let machine = state.machine
            return SingleFlightSnapshot(
                underWay: machine.underWay, running: machine.running, peakRunning: machine.peakRunning, waiting: machine.waiting,
                started: machine.led, joined: machine.shared,
                refused: machine.counters.refused, expired: machine.counters.expired, cancelled: machine.counters.cancelled,
                timedOut: machine.timedOut, peakWaiting: machine.counters.peakWaiting, waits: machine.counters.waits, runs: machine.counters.runs)
        }
    }

    private func start(_ work: @escaping @Sendable () async throws -> Value, for key: Key, flight: Int, timeout: Duration?) {
        // Awaited, through their waiters, by all who joined; when they have all left it is cancelled, and its result dropped.
        let task = Task { [self] in
            let start = clock.now
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            let end = clock.now
            let (landed, timer) = state.withLock { state in
                let timer = state.takeRest(of: flight).timer
                state.machine.recordRun(end - start)
                return (state.machine.land(key, flight: flight, now: end), timer)
            }
            timer?.cancel()
            for waiter in landed.waiters { waiter.resolve(result) }
            tellDrained(landed.drained)
        }
        let timer = timeout.map { timeout in clock.schedule(after: timeout) { [self] in timeOut(key, flight: flight, after: timeout) } }
        // Kept for cancellation, unless it has landed or been abandoned before this line.
        let isAbandoned = state.withLock { state in
            guard state.machine.isWaitedFor(key, flight: flight) else { return true }
            state.tasks[flight] = task
            state.timers[flight] = timer
            return false
        }
        guard isAbandoned else { return }
        task.cancel()
        timer?.cancel()
    }

    /// Tells somebody who has left why, and stops the work that nobody waits for by it.
    private func dismiss(_ departure: Machine.Departure, _ error: AcquireError) {
        if let abandoned = departure.abandoned {
            let rest = state.withLock { $0.takeRest(of: abandoned) }
            rest.task?.cancel()
            rest.timer?.cancel()
        }
        departure.waiter.resolve(.failure(error))
    }

    private func tellDrained(_ watchers: [Waiter<Result<Value, any Error>>]) {
        for watcher in watchers { watcher.resolve(.failure(Drained())) }
    }

    private func timeOut(_ key: Key, flight: Int, after timeout: Duration) {
        let (waiters, task) = state.withLock { state in
            (state.machine.timeOut(key, flight: flight), state.takeRest(of: flight).task)
        }
        task?.cancel()
        for waiter in waiters { waiter.resolve(.failure(WorkTimeoutError(name, after: timeout))) }
    }
}

/// What who drains is told, in the place of a value it has no use for.
private struct Drained: Error {}
