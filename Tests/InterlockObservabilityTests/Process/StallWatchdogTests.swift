import InterlockConcurrency
@testable import InterlockObservability
import InterlockProfiler
import InterlockSimulation
import Logging
import Synchronization
import Testing

@Suite("The watchdog of the pool", .timeLimit(.minutes(5)))
struct StallWatchdogTests {
    /// A pool of one thread.
    final class OneThread: TaskExecutor {
        private let jobs = Mutex<(waiting: [UnownedJob], isClosed: Bool)>(([], false))
        private let parker = ThreadParker()

        init() throws {
            try OperatingSystem.startThread(named: "one-thread") { [self] in
                while true {
                    let (job, isClosed) = jobs.withLock { ($0.waiting.isEmpty ? nil : $0.waiting.removeFirst(), $0.isClosed) }
                    if let job { job.runSynchronously(on: asUnownedTaskExecutor()) } else if isClosed { return } else { parker.park() }
                }
            }
        }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            jobs.withLock { $0.waiting.append(job) }
            parker.unpark()
        }

        /// Its thread ends when it has nothing more to do.
        func close() {
            jobs.withLock { $0.isClosed = true }
            parker.unpark()
        }
    }

    /// Holds whoever comes: a thread, or only a task.
    final class Hold: Sendable {
        private let parker = ThreadParker()
        private let isOpen = Atomic<Bool>(false)
        let gate = Gate()
        let isHeld = Atomic<Bool>(false)

        @inline(never)
        func blockUnderAKnownName() {
            isHeld.store(true, ordering: .releasing)
            while !isOpen.load(ordering: .acquiring) { parker.park() }
        }

        func open() {
            isOpen.store(true, ordering: .releasing)
            parker.unpark()
            gate.open()
        }
    }

    /// A log that is read back.
    struct Lines: LogHandler {
        final class Kept: Sendable { let all = Mutex<[Logger.Metadata]>([]) }

        let kept: Kept
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { kept.all.withLock { $0.append(event.metadata ?? [:]) } }
    }

    /// The capture of this process, again when another suite is looking at the same moment, and up to a hundred times when a thread that is asked for had no processor to
    /// answer in time.
    private static let capture: StallWatchdog.Capture = { first in
        var tries = 0
        while true {
            do throws(SamplingError) {
                let threads = try StackCapture.take(first: first)
                tries += 1
                if first.isSubset(of: threads.map(\.id)) || tries == 100 { return threads }
            } catch { if error.code != .busy { throw error } }
        }
    }

    @Test(
        "a function that blocks the pool's thread is named in the record, with the tools that ran; one that awaits leaves none",
        .enabled(if: SamplingProfiler.isSupported), arguments: [true, false])
    func blocked(isBlocking: Bool) async throws {
        let (clock, pool, hold, kept) = (ManualClock(), try OneThread(), Hold(), Lines.Kept())
        let logger = Logger(label: "test") { _ in Lines(kept: kept) }
        let watchdog = StallWatchdog(clock: clock, logger: logger, capture: Self.capture, tools: { ["search"] })
        let watching = Task(executorPreference: pool) { await watchdog.run() }  // awaited below
        try await clock.waitForPending(2)
        // A round that is in time: the probe runs, and is due again.
        clock.advance(by: .milliseconds(250))
        while watchdog.probe.snapshot.lastDelay != .zero || clock.pendingCount < 2 { await Task.yield() }
        let working = Task(executorPreference: pool) {  // awaited below
            if isBlocking { hold.blockUnderAKnownName() } else { try await hold.gate.wait() }
        }
        if isBlocking { while !hold.isHeld.load(ordering: .acquiring) { await Task.yield() } } else { try await hold.gate.waitForWaiters(1) }
        if isBlocking {
            clock.advance(by: .milliseconds(500))
            while watchdog.records.first?.threads.isEmpty ?? true { await Task.yield() }
            let record = try #require(watchdog.records.first)
            #expect(record.tools == ["search"] && !record.hasEnded && record.duration >= .milliseconds(250) && record.unsampled == nil)
            let frames = record.threads.flatMap(\.frames).map(\.symbol)
            #expect(frames.contains { $0.contains("blockUnderAKnownName") }, "\(frames)")
            #expect(record.places.contains { $0.contains("ThreadParker") || $0.contains("blockUnderAKnownName") })
            while kept.all.withLock({ $0.isEmpty }) { await Task.yield() }
            let line = try #require(kept.all.withLock { $0 }.first)
            #expect(line["event"] == "executor_stalled" && line["tools"] == "search" && line["unsaid"] == "0")
        } else {
            // The same time passes, and the thread takes up every round.
            for _ in 0..<4 {
                clock.advance(by: .milliseconds(125))
                for _ in 0..<50 { await Task(executorPreference: pool) {}.value }
            }
        }
        hold.open()
        try await working.value
        if isBlocking { while watchdog.records.first?.hasEnded != true { await Task.yield() } }
        #expect(watchdog.records.count == (isBlocking ? 1 : 0) && watchdog.probe.snapshot.stallCount == (isBlocking ? 1 : 0))
        watching.cancel()
        await watching.value
        #expect(clock.pendingCount == 0)
        pool.close()
    }

    @Test("where no stacks can be had the stall is kept all the same, and says why")
    func unsampled() async throws {
        struct Refused: Error, CustomStringConvertible { var description: String { "refused" } }
        let (clock, pool, hold) = (ManualClock(), try OneThread(), Hold())
        let watchdog = StallWatchdog(clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, capture: { _ in throw Refused() })
        let watching = Task(executorPreference: pool) { await watchdog.run() }  // awaited below
        try await clock.waitForPending(2)
        let working = Task(executorPreference: pool) { hold.blockUnderAKnownName() }  // awaited below
        while !hold.isHeld.load(ordering: .acquiring) { await Task.yield() }
        clock.advance(by: .milliseconds(600))
        while watchdog.records.first?.unsampled == nil { await Task.yield() }
        #expect(watchdog.records.map(\.unsampled) == ["refused"] && watchdog.records.map(\.threads) == [[]])
        hold.open()
        await working.value
        watching.cancel()
        await watching.value
        pool.close()
    }
}
