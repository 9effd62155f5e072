import Synchronization

/// The threads of a ``WorkerPool``, their queue, and the executor interface.
///
/// A type of its own so that it lives as long as a thread or a task needs it, also when the pool itself is let go.
final class WorkerPoolCore: TaskExecutor {
    /// A call of `run`, its result type erased.
    struct Call: Sendable {
        let run: @Sendable () -> Void
        let refuse: @Sendable (AcquireError) -> Void
        let submittedAt: MonotonicTime
    }

    typealias Machine = WorkerPoolStateMachine<Call, UnownedJob, Waiter<AcquireError?>>

    let name: String
    let clock: any SchedulingClock
    private let state: Mutex<Machine>
    /// The lines of calls by key.
    let keys = FairKeys()
    private let queueDeadline: Duration?
    private let threads: Mutex<ThreadTable>

    init(threads: Int, queue: QueueConfiguration, name: String, clock: any SchedulingClock) {
        let threads = max(1, threads)
        self.name = name
        self.clock = clock
        self.state = Mutex(Machine(threads: threads, queue: queue))
        self.queueDeadline = queue.deadline
        self.threads = Mutex(ThreadTable(count: threads, since: clock.now))
    }

    /// Starts all threads. Called once, by the pool.
    func start() {
        for worker in state.withLock({ $0.startAll() }) { startThread(worker) }
    }

    /// Queues a call in the line of a key.
    func submit(_ call: Call, line: Int32, deadline: MonotonicTime?, isCancelled: Bool) throws(AcquireError) -> Machine.Ticket {
        let now = clock.now
        let patience = Patience(now: now, deadline: deadline, isCancelled: isCancelled)
        let (submission, retryAfter) = state.withLock { machine in
            let submission = machine.submit(call, for: line, patience)
            return (submission, machine.retryAfter(now: now))
        }
        switch submission {
        case .queued(let ticket, let effect, let evicted):
            perform(effect)
            evicted?.refuse(refusal(.queueFull, retryAfter))
            return ticket
        case .refused(let code, let retryAfter):
            throw refusal(code, retryAfter)
        }
    }

    /// Until when a thread must have begun what is asked for now.
    func effectiveDeadline(_ own: MonotonicTime?) -> MonotonicTime? {
        queueDeadline == nil ? own : QueueConfiguration.effectiveDeadline(own, limit: queueDeadline, now: clock.now)
    }

    /// Takes a call out of the queue and refuses it; `false` when it has begun.
    @discardableResult
    func giveUp(_ ticket: Machine.Ticket, _ reason: GiveUpReason) -> Bool {
        guard let (call, effects) = state.withLock({ $0.giveUp(ticket, reason) }) else { return false }
        call.refuse(.gaveUp(reason, name))
        perform(effects)
        return true
    }

    func admitAsync(deadline: MonotonicTime?, isCancelled: Bool) throws(AcquireError) {
        let patience = Patience(now: clock.now, deadline: deadline, isCancelled: isCancelled)
        if let (code, retryAfter) = state.withLock({ $0.admitAsync(patience) }) { throw refusal(code, retryAfter) }
    }

    /// The first step of an asynchronous call that was let in; on a thread of the pool, wherever its caller is isolated.
    @concurrent
    func begin<R: Sendable>(
        deadline: MonotonicTime?, _ body: @concurrent @Sendable () async throws -> R
    ) async throws -> R {
        if let code = Patience(now: clock.now, deadline: deadline, isCancelled: Task.isCancelled).refusal {
            state.withLock { $0.countLateRefusal(code) }
            throw refusal(code, nil)
        }
        return try await body()
    }

    func leaveAsync() {
        perform(state.withLock { $0.leaveAsync() })
    }

    func drain(deadline: MonotonicTime?) async -> Bool {
        let waiter = Waiter<AcquireError?>()
        let ticket = state.withLock { machine in
            machine.startDraining()
            return machine.watchIdle(waiter)
        }
        guard let ticket else { return true }
        let failure = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
            let waiter = state.withLock { $0.unwatchIdle(ticket) }
            waiter?.resolve(.gaveUp(reason, name))
        }
        return failure == nil
    }

    func waitForQueue(deadline: MonotonicTime?) async -> Bool {
        let waiter = Waiter<AcquireError?>()
        guard let ticket = state.withLock({ $0.watchQueue(waiter) }) else { return true }
        let failure = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
            let waiter = state.withLock { $0.unwatchQueue(ticket) }
            waiter?.resolve(.gaveUp(reason, name))
        }
        return failure == nil
    }

    func shutDown() {
        perform(state.withLock { $0.shutDown() })
    }

    func setQueueDepth(_ depth: Int) {
        state.withLock { $0.setQueueDepth(depth) }
    }

    func setThreads(_ count: Int) {
        let (start, wake) = threads.withLock { table in
            // Under both locks, so that the table always has a place for every worker of the machine, and two resizes come in one order.
            state.withLock { machine in
                table.setCount(max(1, count), now: clock.now)
                return machine.setThreads(count)
            }
        }
        for worker in start { startThread(worker) }
        for worker in wake { parker(worker).unpark() }
    }

    /// Takes a step of a task. Called by the concurrency runtime, which cannot take no for an answer.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        perform(state.withLock { $0.enqueue(job) })
    }

    var snapshot: WorkerPoolSnapshot {
        let now = clock.now
        let available = threads.withLock { $0.available(now: now) }
        return state.withLock { machine in
            let busyTime = machine.busyTime(now: now)
            return WorkerPoolSnapshot(
                threads: machine.threads, busy: machine.busyWorkers, queued: machine.queuedCalls + machine.queuedJobs,
                asyncCalls: machine.asyncCalls, completed: machine.completedCalls, completedSteps: machine.completedJobs,
                refused: machine.counters.refused, expired: machine.counters.expired,
                cancelled: machine.counters.cancelled, peakQueued: machine.peakQueued, busyTime: busyTime,
                utilisation: available > .zero ? min(1, busyTime / available) : 0, needsDrain: machine.needsDrain,
                waits: machine.counters.waits, runs: machine.counters.runs)
        }
    }

    var threadCount: Int { state.withLock { $0.threads } }

    /// Threads that have not ended. For tests.
    var aliveThreads: Int { state.withLock { $0.aliveThreads } }

    private func refusal(_ code: AcquireError.Code, _ retryAfter: Duration?) -> AcquireError {
        .refused(code, name, depth: state.withLock { $0.queueDepth }, retryAfter: retryAfter)
    }

    private func perform(_ effect: Machine.ThreadEffect) {
        switch effect {
        case .none: break
        case .wake(let worker): parker(worker).unpark()
        case .start(let worker): startThread(worker)
        }
    }

    private func perform(_ effects: Machine.Effects) {
        for call in effects.refused { call.refuse(.shutDown(name)) }
        for waiter in effects.drained { waiter.resolve(nil) }
        for worker in effects.wake { parker(worker).unpark() }
        for worker in effects.start { startThread(worker) }
    }

    private func parker(_ worker: Int) -> ThreadParker { threads.withLock { $0.parkers[worker] } }

    private func startThread(_ worker: Int) {
        OperatingSystem.startEssentialThread(named: "\(name)-\(worker)") { [self] in work(as: worker) }
    }

    /// The life of one thread.
    private func work(as worker: Int) {
        let executor = asUnownedTaskExecutor()
        let parker = parker(worker)
        while true {
            let now = clock.now
            let (step, effects) = state.withLock { $0.next(worker: worker, now: now) }
            perform(effects)
            switch step {
            case .run(.call(let call)):
                state.withLock { $0.recordWait(now - call.submittedAt) }
                call.run()
            case .run(.job(let job)): job.runSynchronously(on: executor)
            case .park: parker.park()
            case .exit: return
            }
        }
    }
}
