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
/// the work is cancelled, and who comes then begins anew. **Bound.** At most `maxWaiting` callers wait, over all keys;
/// who comes when it is full is refused.
public final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Machine = SingleFlightStateMachine<Key, Waiter<Result<Value, any Error>>>

    private struct State {
        var machine: Machine
        var tasks: [Int: Task<Void, Never>] = [:]
    }

    private let state: Mutex<State>
    private let maxWaiting: Int
    private let clock: any SchedulingClock
    private let name: String

    /// Makes one with nothing under way.
    ///
    /// - Parameters:
    ///   - maxWaiting: Callers that may wait at a time, with those that began the work.
    ///   - name: What errors call it.
    ///   - clock: Decides when deadlines pass.
    public init(maxWaiting: Int = 10_000, name: String = "single flight", clock: any SchedulingClock = SystemClock.shared) {
        state = Mutex(State(machine: Machine(maxWaiting: max(1, maxWaiting))))
        self.maxWaiting = max(1, maxWaiting)
        self.clock = clock
        self.name = name
    }

    /// The result of the work for `key`: of the one under way, or of `work`, which begins if there is none.
    ///
    /// `work` runs in a task of its own, with the priority and the task-local values of the caller that began it, and is
    /// cancelled only when nobody waits for it any more.
    ///
    /// - Parameter deadline: Until when this caller waits. The work goes on while others do.
    /// - Throws: ``AcquireError`` when this caller got no result, and what the work throws.
    public nonisolated(nonsending) func value(
        for key: Key, deadline: MonotonicTime? = nil, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let waiter = Waiter<Result<Value, any Error>>()
        let now = clock.now
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let ticket: Machine.Ticket
        switch state.withLock({ $0.machine.join(key, waiter, patience) }) {
        case .refused(let code): throw AcquireError.refused(code, name, depth: maxWaiting)
        case .follows(let joined): ticket = joined
        case .leads(let joined, let flight):
            ticket = joined
            start(work, for: key, flight: flight)
        }
        let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
            let (departure, task) = state.withLock { state in
                let departure = state.machine.giveUp(ticket, reason)
                return (departure, departure?.abandoned.flatMap { state.tasks.removeValue(forKey: $0) })
            }
            task?.cancel()
            departure?.waiter.resolve(.failure(AcquireError.gaveUp(reason, name)))
        }
        if case .success = outcome { state.withLock { $0.machine.recordWait(clock.now - now) } }
        return try outcome.get()
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

    /// The state and the counters now.
    public var snapshot: SingleFlightSnapshot {
        state.withLock { state in
            let machine = state.machine
            return SingleFlightSnapshot(
                underWay: machine.underWay, waiting: machine.waiting, started: machine.led, joined: machine.shared,
                refused: machine.counters.refused, expired: machine.counters.expired, cancelled: machine.counters.cancelled,
                peakWaiting: machine.counters.peakWaiting, waits: machine.counters.waits, runs: machine.counters.runs)
        }
    }

    private func start(_ work: @escaping @Sendable () async throws -> Value, for key: Key, flight: Int) {
        // Awaited, through their waiters, by all who joined; when they have all left it is cancelled, and its result dropped.
        let task = Task { [self] in
            let start = clock.now
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            let took = clock.now - start
            let waiters = state.withLock { state in
                state.tasks[flight] = nil
                state.machine.recordRun(took)
                return state.machine.land(key, flight: flight)
            }
            for waiter in waiters { waiter.resolve(result) }
        }
        // Kept for cancellation, unless it has landed or been abandoned before this line.
        let isAbandoned = state.withLock { state in
            guard state.machine.isWaitedFor(key, flight: flight) else { return true }
            state.tasks[flight] = task
            return false
        }
        if isAbandoned { task.cancel() }
    }
}
