import Synchronization

/// Processes for work that cannot be stopped any other way: a pattern that backtracks for ever, a parser that may crash.
///
/// ```swift
/// let matchers = ProcessWorkerPool(executable: "/usr/libexec/matcher", processes: 2)
/// let matches = try await matchers.run(document, timeout: .seconds(2))
/// ```
///
/// A call has a process to itself. When its time is up or its task is cancelled, the process is killed with all it has
/// started, and the next call gets a new one; a crash ends that one call. One that has ended while it lay ready, or has spoken
/// without being asked, is replaced before it is given a call; between this look and the call it may still die. Input and output lie in memory that both
/// processes see (`memfd`), so large ones pass through no pipe; what goes through the pipe is their length. The worker program is
/// written with ``ProcessWorker``. Linux only.
///
/// No process outlives this one, however that ends: a shell beside the workers (`/bin/sh`, if there is one) kills them then,
/// and those written with ``ProcessWorker`` also notice by themselves. A pool that is let go of ends its processes.
///
/// Processes are started when they are needed and kept for the next call; the one used last is used first, and one that lies
/// idle gives back the memory of a large call.
///
/// **Fairness.** First come first served, or by keys in turn (``run(_:for:deadline:timeout:)``), unless the policy for a full
/// line says otherwise; the line is bounded.
/// **Cancellation and deadlines.** In line they end the wait of that caller alone. At work they kill the process, and its
/// place is free when the system has forgotten it, which the caller waits for. A call is stopped or answered, whichever comes
/// first, and never both; a process that was killed is never given out again.
public final class ProcessWorkerPool: Sendable {
    private let core: ProcessWorkerPoolCore<ThreadedWorkerProcess>
    /// One thread for each process, since waiting for an answer blocks. Of fewer processes the threads stay: one may be left to reap what another waits for.
    private let threads: WorkerPool
    /// The most processes there ever were to be.
    private let most: Mutex<Int>
    private let clock: any SchedulingClock

    /// How often ``run()`` looks for processes that lay unused too long.
    private static let maintenanceInterval = Duration.seconds(5)

    /// Makes a pool; starts no process yet.
    ///
    /// - Parameters:
    ///   - executable: The path of the worker program.
    ///   - arguments: What it is given, after its name.
    ///   - environment: Its whole environment, as `NAME=value`; nothing is inherited.
    ///   - processes: Processes at a time, at least 1.
    ///   - queue: How many calls may wait for one, for how long, and who goes when there are too many.
    ///   - idleLifetime: For how long one may lie unused before ``run()`` ends it. `nil` means for ever.
    ///   - name: What errors call it.
    ///   - clock: Decides when time is up, and measures.
    public init(
        executable: String, arguments: [String] = [], environment: [String] = [], processes: Int = WorkerPool.defaultThreads,
        queue: QueueConfiguration = QueueConfiguration(), idleLifetime: Duration? = .seconds(300), name: String = "worker processes",
        clock: any SchedulingClock = SystemClock.shared
    ) {
        let threads = WorkerPool(threads: max(1, processes), name: "processes", clock: clock)
        let guardian = ProcessGuardSlot()
        self.threads = threads
        most = Mutex(threads.threads)
        self.clock = clock
        core = ProcessWorkerPoolCore(processes: processes, queue: queue, idleLifetime: idleLifetime, name: name, clock: clock) {
            let process = try WorkerProcess(
                executable: executable, arguments: arguments, environment: environment, guardian: guardian.shared)
            return ThreadedWorkerProcess(process: process, threads: threads)
        }
    }

    deinit {
        core.letGo()
    }

    /// Has a process work on `input`.
    ///
    /// - Parameters:
    ///   - deadline: Until when to wait for a process, the line's own deadline if that is earlier.
    ///   - timeout: How long the process may take; then it is killed.
    /// - Returns: what the process answered.
    /// - Throws: ``AcquireError`` when no process was free in time; ``WorkTimeoutError`` when the time was up, `CancellationError`
    ///   when the task was cancelled meanwhile; ``WorkerProcessError`` when the process failed or died; ``FileError`` when it
    ///   could not be started.
    public nonisolated(nonsending) func run(
        _ input: [UInt8], deadline: MonotonicTime? = nil, timeout: Duration
    ) async throws -> [UInt8] {
        try await core.run(input, deadline: deadline, timeout: timeout)
    }

    /// ``run(_:deadline:timeout:)``, fair between keys: while it waits, the call stands in the line of `key`.
    ///
    /// The keys that wait get a process in turn, first come first served within one; when the line is full, the key with the
    /// longest line gives up a place, rather than a key with less than its share being refused.
    ///
    /// - Parameter key: Who asks: a session, a tenant.
    public nonisolated(nonsending) func run(
        _ input: [UInt8], for key: some Hashable & Sendable, deadline: MonotonicTime? = nil, timeout: Duration
    ) async throws -> [UInt8] {
        try await core.run(input, for: key, deadline: deadline, timeout: timeout)
    }

    /// Changes how many processes there may be at a time.
    ///
    /// More let waiting calls begin at once. Of fewer, those that lie unused are ended before this returns, and those at work after their call.
    ///
    /// - Parameter count: Processes at a time, at least 1.
    public nonisolated(nonsending) func setProcesses(_ count: Int) async {
        let count = max(1, count)
        // Before there are more processes: each that is in use has a thread that waits for it. Who sets it looks once more, so that the most is set last.
        var needed = most.withLock { most in
            most = max(most, count)
            return most
        }
        while threads.threads < needed {
            threads.setThreads(needed)
            needed = most.withLock { $0 }
        }
        await core.resize(count)
    }

    /// Changes how many calls may wait, at once. Who waits already stays, also beyond a smaller number.
    public func setQueueDepth(_ depth: Int) {
        core.setQueueDepth(depth)
    }

    /// Ends processes that lay unused too long, and what is left of those that died meanwhile, until the task is cancelled. Call
    /// it once, or let them live: a dead one is noticed by the next call as well.
    public func run() async {
        while !Task.isCancelled {
            await core.maintain()
            do { try await clock.sleep(for: Self.maintenanceInterval) } catch { return }
        }
    }

    /// Refuses new calls, waits until all others have ended, and ends the processes.
    ///
    /// - Parameter deadline: When to stop waiting. The pool goes on draining; ``shutDown()`` empties the line.
    /// - Returns: `true` when everything ended; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public nonisolated(nonsending) func drain(deadline: MonotonicTime? = nil) async -> Bool {
        let isDrained = await core.drain(deadline: deadline)
        if isDrained { threads.shutDown() }
        return isDrained
    }

    /// Refuses new and waiting calls with ``AcquireError/Code-swift.struct/shutDown``; calls under way end by themselves or at
    /// their time, and their processes with them. Cannot be undone.
    public nonisolated(nonsending) func shutDown() async {
        await core.shutDown()
    }

    /// The state and the counters now.
    public var snapshot: ProcessWorkerPoolSnapshot { core.snapshot }
}
