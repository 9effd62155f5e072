public import InterlockConcurrency
public import InterlockProfiler
public import Logging
import Synchronization

/// Watches the cooperative pool, and when no thread of it takes up tasks, finds out what they are doing instead.
///
/// ```swift
/// let watchdog = StallWatchdog(logger: logger) { server.report.tools.filter { $0.calls.running > 0 }.map(\.name) }
/// await watchdog.run()
/// ```
///
/// A task of the pool is expected to run every quarter of a second (``probe``). When it is late by the threshold, a thread of the
/// watchdog's own takes one stack from every thread of the process, keeps those that run tasks, and writes one line to the log,
/// at most one in ten seconds. The last sixteen stalls are kept. Calls cost nothing for it; a stall costs each thread a signal,
/// which ends a `sleep` of the C library before its time.
public final class StallWatchdog: Sendable {
    /// Takes the stacks of this process's threads, those it is told first of all.
    public typealias Capture = @Sendable (_ first: Set<Int32>) throws -> [StackCapture.Thread]

    /// What the watchdog, its probe and its thread share.
    private final class Shared: Sendable {
        let log = Mutex(StallLog())
        let parker = ThreadParker()
        let isStopping = Atomic<Bool>(false)
        let hasEnded = Waiter<Void>()
    }

    /// Measures the pool; ``run()`` runs it.
    public let probe: ExecutorDelayProbe

    private let shared: Shared
    private let clock: any SchedulingClock
    private let logger: Logger
    private let tools: @Sendable () -> [String]
    private let capture: Capture

    /// Makes a watchdog that does nothing before ``run()``.
    ///
    /// - Parameters:
    ///   - configuration: How often to look, and what is a stall.
    ///   - clock: Measures.
    ///   - logger: Where stalls are told.
    ///   - capture: Where stacks come from.
    ///   - onEvent: What else hears of the probe's events; on the same terms as with the probe itself.
    ///   - tools: The tools whose handlers run now; asked during a stall, on the watchdog's thread.
    public init(
        _ configuration: ExecutorDelayProbe.Configuration = .init(), clock: any SchedulingClock = SystemClock.shared, logger: Logger,
        capture: @escaping Capture = { try StackCapture.take(first: $0) }, onEvent: @escaping @Sendable (ExecutorDelayProbe.Event) -> Void = { _ in },
        tools: @escaping @Sendable () -> [String] = { [] }
    ) {
        let shared = Shared()
        self.shared = shared
        self.clock = clock
        self.logger = logger
        self.tools = tools
        self.capture = capture
        probe = ExecutorDelayProbe(configuration, clock: clock) { event in
            switch event {
            case .delay:
                let thread = StackCapture.thisThread
                shared.log.withLock { $0.ran(on: thread) }
            case .stallBegan(let stall):
                let (wallTime, now) = (clock.wallTime, clock.now)
                if shared.log.withLock({ $0.began(stall, wallTime: wallTime, now: now) }) { shared.parker.unpark() }
            case .stallEnded(let stall):
                let wallTime = clock.wallTime
                shared.log.withLock { $0.ended(stall, wallTime: wallTime) }
            }
            onEvent(event)
        }
    }

    /// The last sixteen stalls, oldest first.
    public var records: [StallRecord] {
        let now = clock.now
        return shared.log.withLock { $0.records(at: now) }
    }

    /// Watches until the task is cancelled; call once, on the pool that is to be watched. Its thread has ended when this returns.
    @concurrent
    public func run() async {
        do throws(ThreadStartError) {
            try OperatingSystem.startThread(named: "interlock-stall") { [self] in watch() }
        } catch {
            // Stalls are counted and timed all the same; what blocks stays unknown.
            logger.warning("the executor is watched without stacks", metadata: ["error": "\(error)"])
            return await probe.run()
        }
        await probe.run()
        shared.isStopping.store(true, ordering: .releasing)
        shared.parker.unpark()
        await shared.hasEnded.suspend()
    }

    // MARK: - On the thread

    private func watch() {
        while !shared.isStopping.load(ordering: .acquiring) {
            shared.parker.park()
            guard let (began, pool) = shared.log.withLock({ log in log.take().map { ($0, log.poolThreads) } }) else { continue }
            let look = look(pool)
            let now = clock.now
            if let line = shared.log.withLock({ $0.looked(look, at: began, now: now) }) { write(line) }
        }
        shared.hasEnded.resolve(())
    }

    private func look(_ pool: Set<Int32>) -> StallLog.Look {
        var look = StallLog.Look()
        do {
            // Stacks first: the stall may be over in a moment.
            look.threads = try capture(pool).filter { pool.contains($0.id) || $0.runsTask }
            if look.threads.isEmpty { look.unsampled = "no thread of the pool was in a task: the processors may be busy elsewhere" }
        } catch {
            look.unsampled = "\(error)"
        }
        look.tools = tools()
        return look
    }

    private func write(_ line: StallLog.Line) {
        logger.warning(
            "the cooperative pool is stalled: none of its threads takes up tasks",
            metadata: [
                "event": "executor_stalled", "stalled_ms": "\(Int(line.stall.duration / .milliseconds(1)))",
                "tools": "\(line.stall.tools.joined(separator: ", "))", "in": "\(line.stall.places.joined(separator: ", "))", "unsaid": "\(line.unsaid)",
            ])
    }
}

extension StackCapture.Thread {
    /// Whether the thread is inside a task of the pool, whose jobs this function of the Swift runtime runs. Those of task executors,
    /// such as the workers, are run by another.
    var runsTask: Bool { frames.contains { $0.symbol == "swift_job_run" } }
}
