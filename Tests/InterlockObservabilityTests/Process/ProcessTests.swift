import InterlockConcurrency
@testable import InterlockObservability
import InterlockSimulation
import Synchronization
import Testing

@Suite("Reading the process")
struct ProcessTests {
    @Test("finds the fields behind a name with spaces and parentheses, and refuses what is cut short")
    func stat() throws {
        let line = "42 (a) b (c) d) S 1 1 1 0 -1 4194304 10 0 0 0 120 34 0 0 20 0 7 0 9999 1000000 256 18446744073709551615 1 1\n"
        let stat = try #require(ProcStat(line))
        #expect(stat.userTicks == 120 && stat.systemTicks == 34 && stat.threads == 7 && stat.residentPages == 256)
        for text in ["", "42 name S 1", "42 (x) S 1 1 1", "42 (x) S 1 1 1 0 -1 0 0 0 0 0 a b 0 0 20 0 7 0 1 1 1"] { #expect(ProcStat(text) == nil) }
        #expect(ProcSmaps.proportionalBytes("Rss: 10 kB\nPss:     123 kB\nPss_Dirty: 1 kB\n") == 123 * 1_024)
        #expect(ProcSmaps.proportionalBytes("Pss: many kB\n") == nil)
    }

    #if os(Linux)
    @Test("tells plausible numbers about this very process")
    func current() throws {
        let statistics = try #require(ProcessStatistics.current(includingProportional: true))
        #expect(statistics.residentBytes > 1_000_000 && statistics.threads >= 1 && statistics.openDescriptors >= 3)
        #expect(try #require(statistics.proportionalBytes) <= statistics.residentBytes * 2)
        #expect(statistics.descriptorLimit.map { $0 >= statistics.openDescriptors } ?? true)
    }
    #endif

    @Test("reads at most once a second however often it is asked")
    func cached() {
        let clock = ManualClock()
        let reads = Mutex(0)
        let metrics = ProcessMetrics(clock: clock) {
            ProcessStatistics(residentBytes: reads.withLock { $0 += 1; return $0 })
        }
        let registry = MetricsRegistry(clock: clock)
        metrics.export(to: registry)
        _ = registry.snapshot
        #expect(metrics.statistics?.residentBytes == 1)
        clock.advance(by: .seconds(1))
        #expect(metrics.statistics?.residentBytes == 2)
    }
}

@Suite("The slope of memory")
struct MemorySlopeTests {
    @Test("says nothing before half the window is covered, and forgets what is older")
    func window() throws {
        var slope = MemorySlope(over: .seconds(100), points: 10)
        for second in 0..<49 { slope.add(Double(second), at: MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)) }
        #expect(slope.estimate() == nil)
        for second in 49..<1_000 { slope.add(Double(second), at: MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)) }
        #expect(slope.count <= 10)
        #expect(abs(try #require(slope.estimate()).slope - 1) < 1e-9)
        for second in 1_000..<1_200 { slope.add(7, at: MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)) }
        #expect(try #require(slope.estimate()).slope == 0)
    }
}

@Suite("The probe of the pool", .timeLimit(.minutes(5)))
struct ExecutorDelayProbeTests {
    /// A pool whose tasks run when the test says so.
    final class HeldExecutor: TaskExecutor {
        private let jobs = Mutex<[UnownedJob]>([])

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            jobs.withLock { $0.append(job) }
        }

        func runAll() {
            while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    @Test("tells of a stall while the pool is stuck, and how long it was once it moves")
    func stall() async {
        let (clock, pool) = (ManualClock(), HeldExecutor())
        let log = EventLog()
        let probe = ExecutorDelayProbe(.init(interval: .seconds(1), stallThreshold: .milliseconds(500)), clock: clock) { log.add($0) }
        let task = Task(executorPreference: pool) { await probe.run() }  // awaited below
        pool.runAll()
        clock.advance(by: .seconds(1))
        pool.runAll()
        #expect(log.events == [.delay(.zero)])
        clock.advance(by: .seconds(3))
        let due = MonotonicTime(nanoseconds: 2_000_000_000)
        #expect(log.events.last == .stallBegan(ExecutorStall(began: due, duration: .milliseconds(500), hasEnded: false)))
        #expect(probe.snapshot.ongoing?.duration == .seconds(2))
        pool.runAll()
        let ended = ExecutorStall(began: due, duration: .seconds(2), hasEnded: true)
        #expect(log.events.suffix(2) == [.delay(.seconds(2)), .stallEnded(ended)])
        #expect(probe.snapshot.stalls == [ended] && probe.snapshot.stallCount == 1 && probe.snapshot.ongoing == nil)
        task.cancel()
        pool.runAll()
        await task.value
        #expect(clock.pendingCount == 0)
    }

    final class EventLog: Sendable {
        private let all = Mutex<[ExecutorDelayProbe.Event]>([])
        var events: [ExecutorDelayProbe.Event] { all.withLock { $0 } }
        func add(_ event: ExecutorDelayProbe.Event) { all.withLock { $0.append(event) } }
    }

    @Test("remembers a bounded number of stalls, and counts each once whoever saw it first")
    func bound() {
        for seed in 0..<50 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var machine = ExecutorDelayStateMachine(threshold: .seconds(1), keptStalls: 4)
            var expected = 0
            for round in 0..<40 {
                let due = MonotonicTime(nanoseconds: Int64(round) * 100_000_000_000)
                machine.begin(due: due)
                let delay = Duration.milliseconds(Int.random(in: 0...2_000, using: &random))
                if Bool.random(using: &random), delay >= .seconds(1) { #expect(machine.look(roundDue: due, now: due + .seconds(1)) != nil) }
                #expect(machine.look(roundDue: due - .seconds(100), now: due + .seconds(50)) == nil)
                #expect((machine.ran(now: due + delay)?.ended != nil) == (delay >= .seconds(1)))
                #expect(machine.look(roundDue: due, now: due + .seconds(50)) == nil)
                if delay >= .seconds(1) { expected += 1 }
                #expect(machine.stallCount == expected && machine.stalls.count == min(4, expected))
            }
        }
    }
}
