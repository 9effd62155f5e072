import Synchronization

/// Processes for work that cannot be stopped any other way: a pattern that backtracks for ever, a parser that may crash.
///
/// ```swift
/// let matchers = ProcessWorkerPool(executable: "/usr/libexec/matcher", processes: 2)
/// let matches = try await matchers.run(document, timeout: .seconds(2))
/// ```
///
/// A call has a process to itself. When its time is up or its task is cancelled, the process is killed with all it has
/// started, and the next call gets a new one; a crash ends that one call. Input and output lie in memory that both
/// processes see (`memfd`), so large ones pass through no pipe; what goes through the pipe is their length. The worker program is
/// written with ``ProcessWorker``. Linux only.
///
/// No process outlives this one, however that ends: a shell beside the workers (`/bin/sh`, if there is one) kills them then,
/// and those written with ``ProcessWorker`` also notice by themselves. A pool that is let go of ends its processes.
///
/// Processes are started when they are needed and kept for the next call. The queue is first come first served and
/// bounded; who comes when it is full is refused.
public final class ProcessWorkerPool: Sendable {
    private let processes: ResourcePool<WorkerProcess>
    /// One thread for each process, since waiting for an answer blocks.
    private let threads: WorkerPool
    private let clock: any SchedulingClock
    private let name: String

    /// Makes a pool; starts no process yet.
    ///
    /// - Parameters:
    ///   - executable: The path of the worker program.
    ///   - arguments: What it is given, after its name.
    ///   - environment: Its whole environment, as `NAME=value`; nothing is inherited.
    ///   - processes: Processes at a time, at least 1.
    ///   - queueDepth: Calls that may wait for one.
    ///   - idleLifetime: For how long one may lie unused before ``run()`` ends it.
    ///   - name: What errors call it.
    ///   - clock: Decides when time is up, and measures.
    public init(
        executable: String, arguments: [String] = [], environment: [String] = [], processes: Int = WorkerPool.defaultThreads,
        queueDepth: Int = 100, idleLifetime: Duration? = .seconds(300), name: String = "worker processes",
        clock: any SchedulingClock = SystemClock.shared
    ) {
        let threads = WorkerPool(threads: max(1, processes), queueDepth: 1_000, name: "processes", clock: clock)
        self.threads = threads
        self.clock = clock
        self.name = name
        let guardian = ProcessGuardSlot()
        self.processes = ResourcePool(
            ResourcePoolConfiguration(
                maximum: processes, idleLifetime: idleLifetime, validateAfter: .zero, queueDepth: queueDepth),
            name: name, clock: clock,
            make: { try WorkerProcess(executable: executable, arguments: arguments, environment: environment, guardian: guardian.shared) },
            close: { process in
                // On a thread, unless these are gone: a killed process is soon reaped.
                do { try await threads.run { process.end() } } catch { process.end() }
            },
            validate: { $0.isRunning }, spoils: { !Self.leavesProcessIntact($0) })
    }

    /// Has a process work on `input`.
    ///
    /// - Parameters:
    ///   - deadline: Until when to wait for a process.
    ///   - timeout: How long the process may take; then it is killed.
    /// - Returns: what the process answered.
    /// - Throws: ``AcquireError`` when no process was free in time; ``WorkTimeoutError`` when the time was up, `CancellationError`
    ///   when the task was cancelled meanwhile; ``WorkerProcessError`` when the process failed or died; ``FileError`` when it
    ///   could not be started.
    public nonisolated(nonsending) func run(
        _ input: [UInt8], deadline: MonotonicTime? = nil, timeout: Duration
    ) async throws -> [UInt8] {
        try await processes.withResource(deadline: deadline) { process in
            let timer = clock.schedule(after: timeout) { process.kill() }
            let result: Result<[UInt8], any Error>
            do {
                result = .success(
                    try await withTaskCancellationHandler {
                        try await threads.run { try process.call(input) }
                    } onCancel: {
                        process.kill()
                    })
            } catch {
                result = .failure(error)
            }
            // When the timer could not be taken back, the process is dead or about to be, whatever it has answered.
            guard timer.cancel() else { throw WorkTimeoutError(name, after: timeout) }
            // Nobody else but the cancellation of this task has killed it meanwhile.
            guard process.isRunning else { throw CancellationError() }
            return try result.get()
        }
    }

    /// Changes how many processes there may be at a time.
    ///
    /// More let waiting calls begin at once. Of fewer, those that lie unused are ended before this returns, and those at work after their call.
    ///
    /// - Parameter count: Processes at a time, at least 1.
    public nonisolated(nonsending) func setProcesses(_ count: Int) async {
        let count = max(1, count)
        // A process in use has a thread that waits for it: first more threads and then more processes, first fewer processes and then fewer threads.
        let isMore = count > threads.snapshot.threads
        if isMore { threads.setThreads(count) }
        await processes.resize(minimum: 0, maximum: count)
        if !isMore { threads.setThreads(count) }
    }

    /// Ends processes that lay unused too long, until the task is cancelled. Call it once, or let them live.
    public func run() async {
        await processes.run()
    }

    /// Refuses new calls, waits until all others have ended, and ends the processes.
    ///
    /// - Parameter deadline: When to stop waiting.
    /// - Returns: `true` when everything ended; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public nonisolated(nonsending) func drain(deadline: MonotonicTime? = nil) async -> Bool {
        let isDrained = await processes.drain(deadline: deadline)
        if isDrained { threads.shutDown() }
        return isDrained
    }

    /// Refuses new and waiting calls; calls under way end by themselves or at their time, and their processes with them.
    public nonisolated(nonsending) func shutDown() async {
        await processes.shutDown()
    }

    /// The state and the counters now: processes are its resources.
    public var snapshot: ResourcePoolSnapshot { processes.snapshot }

    /// A process that said itself that it failed can do the next piece of work.
    private static func leavesProcessIntact(_ error: any Error) -> Bool {
        (error as? WorkerProcessError)?.code == .failed
    }
}
