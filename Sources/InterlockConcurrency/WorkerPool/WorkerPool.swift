/// Dedicated threads for work that computes or blocks, so that it does not stop the tasks of the cooperative pool.
///
/// ```swift
/// let workers = WorkerPool(name: "hashing")
/// let hash = try await workers.run { bcrypt(password, cost: 12) }
/// ```
///
/// Make a pool once and keep it: its threads start with it and end with ``shutDown()`` or with its last reference. One
/// thread fewer than there are processors leaves one for everything else.
///
/// **Fairness.** First come first served; on request also between keys, such as sessions (``run(for:deadline:_:)``): those that
/// wait are served in turn, and first come first served within one. **The queue** is bounded, over all keys; its
/// ``QueueConfiguration`` says who is refused when it is full. **Cancellation** takes a call out of the queue.
///
/// Asynchronous code runs on the pool too: the stretches between its suspensions are jobs of a task executor, served in the
/// order they come, before calls that came later. Such a job cannot be refused, since its task could never end, so the
/// bound lies before it: ``runAsync(deadline:_:)`` lets in at most as many calls at a time as may wait, and refuses who
/// comes beyond, whatever the policy. Who uses ``executor`` directly brings a bound of their own.
public final class WorkerPool: Sendable {
    let core: WorkerPoolCore

    /// Makes a pool and starts its threads.
    ///
    /// - Parameters:
    ///   - threads: Dedicated threads, at least 1.
    ///   - queue: How many calls may wait for a thread, for how long, and who goes when there are too many. So many asynchronous
    ///     calls, counted apart, may be in flight.
    ///   - name: What errors and threads are called (`name-0`, `name-1`; Linux shows 15 bytes).
    ///   - clock: Decides when deadlines pass, and measures utilisation.
    public init(
        threads: Int = WorkerPool.defaultThreads, queue: QueueConfiguration = .init(depth: 1_000), name: String = "workers",
        clock: any SchedulingClock = SystemClock.shared
    ) {
        core = WorkerPoolCore(threads: threads, queue: queue, name: name, clock: clock)
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
    /// - Parameter deadline: Until when a thread must have begun; the queue's own deadline counts if it is earlier.
    /// - Throws: ``AcquireError`` when no thread began, and what `body` throws.
    public nonisolated(nonsending) func run<R: Sendable>(
        deadline: MonotonicTime? = nil, _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        try await run(inLineOf: nil, deadline: deadline, body)
    }

    /// ``run(deadline:_:)``, fair between keys: while it waits, the call stands in the line of `key`.
    ///
    /// The keys that wait are served in turn, so a key with a thousand calls in line delays another's single call by one of
    /// them. When the queue is full, the key with the longest line gives up a place, rather than a key with less than its
    /// share being refused; within one line the queue's policy decides. Calls without a key share a line of their own.
    /// A key is kept until its calls have ended.
    ///
    /// - Parameters:
    ///   - key: Who asks: a session, a tenant.
    ///   - deadline: Until when a thread must have begun; the queue's own deadline counts if it is earlier.
    /// - Throws: ``AcquireError`` when no thread began, and what `body` throws.
    public nonisolated(nonsending) func run<R: Sendable>(
        for key: some Hashable & Sendable, deadline: MonotonicTime? = nil, _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        try await run(inLineOf: key, deadline: deadline, body)
    }

    private nonisolated(nonsending) func run<R: Sendable>(
        inLineOf key: (any Hashable & Sendable)?, deadline: MonotonicTime?, _ body: @escaping @Sendable () throws -> R
    ) async throws -> R {
        let line = core.keys.retain(key)
        defer { core.keys.release(key) }
        let deadline = core.effectiveDeadline(deadline)
        let waiter = Waiter<Result<R, any Error>>()
        let call = WorkerPoolCore.Call(
            run: { waiter.resolve(Result(catching: body)) }, refuse: { waiter.resolve(.failure($0)) },
            submittedAt: core.clock.now)
        let ticket = try core.submit(call, line: line, deadline: deadline, isCancelled: Task.isCancelled)
        let result = await waiter.wait(clock: core.clock, deadline: deadline) { [core] in core.giveUp(ticket, $0) }
        return try result.get()
    }

    /// Runs asynchronous `body` with its synchronous stretches on the pool's threads.
    ///
    /// `body` is part of the calling task, so cancellation, priority and task-local values reach it, and while it is
    /// suspended it holds no thread. Child tasks follow it onto the pool; actors with executors of their own, and
    /// unstructured tasks, do not.
    ///
    /// - Parameter deadline: Until when a thread must have begun; the queue's own deadline counts if it is earlier. Noticed when
    ///   a thread takes the call; the same holds for cancellation.
    /// - Throws: ``AcquireError`` when `body` did not begin, and what `body` throws.
    public nonisolated(nonsending) func runAsync<R: Sendable>(
        deadline: MonotonicTime? = nil, _ body: @concurrent @Sendable () async throws -> R
    ) async throws -> R {
        let deadline = core.effectiveDeadline(deadline)
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

    /// Changes how many calls may wait and how many asynchronous ones be in flight, at once. Those that do stay, also beyond the new depth.
    public func setQueueDepth(_ depth: Int) {
        core.setQueueDepth(depth)
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
