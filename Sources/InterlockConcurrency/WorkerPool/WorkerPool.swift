/// Dedicated threads for work that computes or blocks, so that it does not stop the tasks of the cooperative pool.
///
/// ```swift
/// let workers = WorkerPool(name: "hashing")
/// let hash = try await workers.run { bcrypt(password, cost: 12) }
/// ```
///
/// Make a pool once and keep it: its threads start with it and end with ``shutDown()`` or with its last reference. One
/// thread fewer than there are processors leaves one for everything else. The queue is first come first served and
/// bounded; who comes when it is full is refused.
///
/// Asynchronous code runs on the pool too: the stretches between its suspensions are jobs of a task executor. Such a job
/// cannot be refused, since its task could never end, so the bound lies before it: ``runAsync(deadline:_:)`` lets in at
/// most `queueDepth` calls at a time. Who uses ``executor`` directly brings a bound of their own.
public final class WorkerPool: Sendable {
    let core: WorkerPoolCore

    /// Makes a pool and starts its threads.
    ///
    /// - Parameters:
    ///   - threads: Dedicated threads, at least 1.
    ///   - queueDepth: Calls that may wait for a thread; and, counted apart, asynchronous calls that may be in flight.
    ///   - name: What errors and threads are called (`name-0`, `name-1`; Linux shows 15 bytes).
    ///   - clock: Decides when deadlines pass, and measures utilisation.
    public init(
        threads: Int = WorkerPool.defaultThreads, queueDepth: Int = 1_000, name: String = "workers",
        clock: any SchedulingClock = SystemClock.shared
    ) {
        core = WorkerPoolCore(threads: threads, queueDepth: queueDepth, name: name, clock: clock)
        core.start()
    }

    deinit {
        core.shutDown()
    }

    /// One thread fewer than this machine has processors, and at least one.
    public static let defaultThreads = max(1, OperatingSystem.processorCount - 1)

    /// The executor whose jobs run on this pool's threads, for `withTaskExecutorPreference` and `Task(executorPreference:)`.
    ///
    /// It may outlive the pool: after ``shutDown()`` its jobs still run, on a thread that comes back for them.
    public var executor: any TaskExecutor { core }

    /// Runs `body` on one of the pool's threads and returns what it returns.
    ///
    /// `body` runs outside any task: it must not wait for asynchronous work, and cannot see cancellation. A call that is
    /// cancelled while queued leaves the queue; once a thread has begun, it runs to its end and the caller waits for it.
    ///
    /// - Parameter deadline: Until when a thread must have begun.
    /// - Throws: ``AcquireError`` when no thread began, and what `body` throws.
    public nonisolated(nonsending) func run<R: Sendable>(
        deadline: MonotonicTime? = nil, _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        let waiter = Waiter<Result<R, any Error>>()
        let call = WorkerPoolCore.Call(
            run: { waiter.resolve(Result(catching: body)) }, refuse: { waiter.resolve(.failure($0)) },
            submittedAt: core.clock.now)
        let ticket = try core.submit(call, deadline: deadline, isCancelled: Task.isCancelled)
        let result = await waiter.wait(clock: core.clock, deadline: deadline) { [core] in core.giveUp(ticket, $0) }
        return try result.get()
    }

    /// Runs asynchronous `body` with its synchronous stretches on the pool's threads.
    ///
    /// `body` is part of the calling task, so cancellation, priority and task-local values reach it, and while it is
    /// suspended it holds no thread. Child tasks follow it onto the pool; actors with executors of their own, and
    /// unstructured tasks, do not.
    ///
    /// - Parameter deadline: Until when a thread must have begun. Noticed when a thread takes the call; the same holds for
    ///   cancellation.
    /// - Throws: ``AcquireError`` when `body` did not begin, and what `body` throws.
    public nonisolated(nonsending) func runAsync<R: Sendable>(
        deadline: MonotonicTime? = nil, _ body: @concurrent @Sendable () async throws -> R
    ) async throws -> R {
        try core.admitAsync(deadline: deadline, isCancelled: Task.isCancelled)
        defer { core.leaveAsync() }
        return try await withTaskExecutorPreference(core) {
            try await core.begin(deadline: deadline, body)
        }
    }

    /// Changes the number of threads at once.
    ///
    /// More take from the queue as soon as they have started. Of fewer, those that sleep end now, and those at work after the piece of work
    /// they are at; nothing that is queued is lost. No effect on a pool that was shut down.
    ///
    /// - Parameter count: Dedicated threads, at least 1.
    public func setThreads(_ count: Int) {
        core.setThreads(count)
    }

    /// Waits until no call is queued any more: what a producer that found ``WorkerPoolSnapshot/needsDrain`` waits for.
    ///
    /// - Parameter deadline: When to stop waiting.
    /// - Returns: `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func waitForQueue(deadline: MonotonicTime? = nil) async -> Bool {
        await core.waitForQueue(deadline: deadline)
    }

    /// Refuses new calls, waits until all others have ended, and shuts down.
    ///
    /// - Parameter deadline: When to stop waiting. What is still queued is refused then; what runs is left to end by itself.
    /// - Returns: `true` when everything ended; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        let isDrained = await core.drain(deadline: deadline)
        core.shutDown()
        return isDrained
    }

    /// Refuses new and queued calls with ``AcquireError/Code-swift.struct/shutDown``; what runs ends by itself, then the
    /// threads end.
    ///
    /// Asynchronous calls that were let in still run to their end on the pool. Cannot be undone.
    public func shutDown() {
        core.shutDown()
    }

    /// Threads the pool has when it has work.
    public var threads: Int { core.threadCount }

    /// The state and the counters now.
    public var snapshot: WorkerPoolSnapshot { core.snapshot }

    /// Threads that have not ended. For tests.
    package var aliveThreads: Int { core.aliveThreads }
}
