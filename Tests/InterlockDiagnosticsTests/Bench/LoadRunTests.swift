import Dispatch
import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("A load", .timeLimit(.minutes(5)))
struct LoadRunTests {
    private static let mix = ToolMix([.init(tool: "t")])

    /// Numbers calls as they come, from 1.
    private final class CallCount: Sendable {
        private let count = Atomic(0)

        var made: Int { count.load(ordering: .sequentiallyConsistent) }

        func next() -> Int { count.add(1, ordering: .sequentiallyConsistent).newValue }
    }

    /// An agent that hears neither an answer nor that it is cancelled, and counts its calls.
    private final class Hanging: Sendable {
        let calls = CallCount()

        var agent: LoadAgent {
            LoadAgent { _, _ in
                _ = self.calls.next()
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                return (.ok, nil)
            }
        }
    }

    /// A thread that is busy with something else: what is to run on it waits until it is told to.
    private final class BusyExecutor: TaskExecutor {
        private let state = Mutex<(jobs: [UnownedJob], isFree: Bool)>(([], false))

        var waiting: Int { state.withLock { $0.jobs.count } }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            let isFree = state.withLock { state in
                if !state.isFree { state.jobs.append(job) }
                return state.isFree
            }
            if isFree { run([job]) }
        }

        func free() {
            run(state.withLock { state in
                defer { state = ([], true) }
                return state.jobs
            })
        }

        private func run(_ jobs: [UnownedJob]) {
            DispatchQueue.global().async { for job in jobs { job.runSynchronously(on: self.asUnownedTaskExecutor()) } }
        }
    }

    private static func waitUntil(_ isTrue: () -> Bool) async { while !isTrue() { await Task.yield() } }

    @Test("each call is counted once, its kind of failure apart, and the first message of each kind is kept")
    func kinds() async {
        let calls = CallCount()
        let agent = LoadAgent { _, _ in
            let kind = CallOutcome.allCases[calls.next() % 5]
            return (kind, kind == .ok ? nil : "because of \(kind.rawValue)")
        }
        let configuration = LoadConfiguration(.closed(clients: 4, duration: .seconds(60)), maximumCalls: 100)
        let result = await LoadRun(configuration, mix: Self.mix, agents: [agent], clock: ManualClock()).run()
        #expect(result.offered == 100 && result.total.calls == 100)
        for kind in CallOutcome.allCases { #expect(result.total.outcomes[kind] == 20) }
        #expect(result.total.latency.count == 20 && result.total.failed.count == 80)
        #expect(result.examples.count == 4 && result.examples["busy"] == "because of busy")
        #expect(result.tools["t"] == result.total)
        #expect(result.slices.reduce(0) { $0 + $1.calls } == 100)
    }

    @Test("an open loop makes the calls that are due, when they are due")
    func open() async throws {
        let clock = ManualClock()
        let configuration = LoadConfiguration(.open([LoadPhase(rate: 10, duration: .seconds(1))]))
        let run = LoadRun(configuration, mix: Self.mix, agents: [LoadAgent { _, _ in (.ok, nil) }], clock: clock)
        async let result = run.run()
        for _ in 0..<9 {
            // The end of the load, that of the drain, and the next arrival.
            try await clock.waitForPending(3)
            clock.advance(by: .milliseconds(100))
        }
        let total = await result
        #expect(total.offered == 10 && total.total.calls == 10 && total.dropped == 0)
    }

    @Test("the same seed makes the same calls, however the clients come to them")
    func seeded() async throws {
        func calls() async throws -> [String] {
            let seen = Mutex<[String]>([])
            let agent = LoadAgent { tool, arguments in
                seen.withLock { $0.append("\(tool) \(arguments.value())") }
                return (.ok, nil)
            }
            let mix = ToolMix([
                .init(tool: "a", weight: 2, arguments: try ArgumentTemplate(["n": "{{random 1 1000}}"])), .init(tool: "b"),
            ])
            let configuration = LoadConfiguration(.closed(clients: 3, duration: .seconds(9)), maximumCalls: 50, seed: 8)
            _ = await LoadRun(configuration, mix: mix, agents: [agent], clock: ManualClock()).run()
            return seen.withLock { $0.sorted() }
        }
        let first = try await calls()
        #expect(first.count == 50)
        #expect(try await calls() == first)
    }

    @Test("calls that hang and do not hear of it hold the run up to its drain bound, and count as failed")
    func hanging() async throws {
        let (clock, hanging) = (ManualClock(), Hanging())
        let configuration = LoadConfiguration(.closed(clients: 2, duration: .seconds(1)), drain: .seconds(2))
        let run = LoadRun(configuration, mix: Self.mix, agents: [hanging.agent], clock: clock)
        async let result = run.run()
        try await clock.waitForPending(2) // the end of the load and that of the drain: the calls may be made before these are set
        await Self.waitUntil { hanging.calls.made == 2 }
        clock.advance(by: .seconds(3))
        let total = await result
        #expect(total.total.outcomes == [.transportError: 2])
        #expect(total.total.failed.longest == .seconds(3))
        #expect(total.examples["transportError"] == "no answer within 2.0 seconds after the last call was begun")
    }

    @Test("without that bound the same run would not end; cancelled, it ends at once and counts nothing that was in flight")
    func unbounded() async throws {
        let (clock, hanging) = (ManualClock(), Hanging())
        let ended = Mutex(false)
        let configuration = LoadConfiguration(.closed(clients: 2, duration: .seconds(1)), drain: .seconds(1_000_000))
        let run = LoadRun(configuration, mix: Self.mix, agents: [hanging.agent], clock: clock)
        let task = Task {
            let result = await run.run()
            ended.withLock { $0 = true }
            return result
        }
        await Self.waitUntil { hanging.calls.made == 2 }
        clock.advance(by: .seconds(999_999))
        for _ in 0..<100 { await Task.yield() }
        #expect(!ended.withLock { $0 })
        task.cancel()
        #expect(await task.value.total.calls == 0)
    }

    @Test("a call without an answer changes neither the throughput of the others nor how busy the generator was", arguments: [false, true])
    func unanswered(hangs: Bool) async throws {
        let (clock, hanging) = (ManualClock(), Hanging())
        let calls = CallCount()
        let agent = LoadAgent { tool, arguments in
            let number = calls.next()
            if hangs, number == 50 { return await hanging.agent.call(tool, arguments) }
            return (.ok, nil)
        }
        let configuration = LoadConfiguration(.open([LoadPhase(rate: 10, duration: .seconds(10))]), drain: .seconds(30))
        // A generator at its limit while calls are begun, and idle while it waits for the last.
        let processor: @Sendable () -> Double = { min(9.9, (clock.now - MonotonicTime.zero).seconds) }
        let run = LoadRun(configuration, mix: Self.mix, agents: [agent], clock: clock, processorTime: processor)
        async let result = run.run()
        for _ in 0..<99 {
            try await clock.waitForPending(3)
            clock.advance(by: .milliseconds(100))
        }
        if hangs {
            // With the last arrival its timer has gone: the third is the drain's, set when no call begins any more.
            await Self.waitUntil { run.progress.ended == 99 && clock.pendingCount == 3 }
            clock.advance(by: .seconds(60))
        }
        let brought = await result
        #expect(brought.total.calls == 100 && brought.total.unanswered.count == (hangs ? 1 : 0) && brought.offeredSeconds == 10)
        #expect(brought.throughput == (hangs ? 9.9 : 10))
        #expect(brought.generatorCores == 1 && brought.isGeneratorBound)
        // Ten seconds of calls end with the one that is due at 9.9 s.
        #expect(!hangs || abs(brought.seconds - 39.9) < 1e-6)
    }

    @Test("the drain counts from when no call begins any more, also where all have been made long before the time is over", arguments: [256, 1])
    func drained(places: Int) async throws {
        let (clock, hanging) = (ManualClock(), Hanging())
        let calls = CallCount()
        let agent = LoadAgent { tool, arguments in
            let number = calls.next()
            // The last that has a place: with one place, the first of those that waited for it.
            return number == (places > 1 ? 20 : 2) ? await hanging.agent.call(tool, arguments) : (.ok, nil)
        }
        var configuration = LoadConfiguration(.open([LoadPhase(rate: 10, duration: .seconds(600))]), maximumCalls: 20, drain: .seconds(5))
        configuration.maximumInFlight = places
        let run = LoadRun(configuration, mix: Self.mix, agents: [agent], clock: clock)
        async let result = run.run()
        for _ in 0..<19 {
            try await clock.waitForPending(3)
            clock.advance(by: .milliseconds(100))
        }
        // All but the one that hangs have ended, too: a call is counted before that.
        await Self.waitUntil { calls.made == (places > 1 ? 20 : 2) && run.progress.ended == calls.made - 1 && clock.pendingCount == 3 }
        clock.advance(by: .seconds(5))
        let brought = await result
        #expect(brought.offered == 20 && brought.total.unanswered.count == 1 && abs(brought.seconds - 6.9) < 1e-6, "\(brought.seconds)")
        #expect(brought.dropped == (places > 1 ? 0 : 18))
    }

    @Test("a call that waited for a place and begins when all have been made has the whole drain for itself")
    func drainedAfterWaiting() async throws {
        let (clock, hanging) = (ManualClock(), Hanging())
        let calls = CallCount()
        let agent = LoadAgent { tool, arguments in
            let number = calls.next()
            if number == 2 { return await hanging.agent.call(tool, arguments) }
            do { try await clock.sleep(for: .seconds(4)) } catch {}
            return (.ok, nil)
        }
        var configuration = LoadConfiguration(.open([LoadPhase(rate: 10, duration: .seconds(600))]), maximumCalls: 2, drain: .seconds(5))
        configuration.maximumInFlight = 1
        let run = LoadRun(configuration, mix: Self.mix, agents: [agent], clock: clock)
        async let result = run.run()
        // The end of the time, the bound of it all, the next arrival and the first call; then the drain in the arrival's place.
        try await clock.waitForPending(4)
        clock.advance(by: .milliseconds(100))
        try await clock.waitForPending(4)
        clock.advance(by: .milliseconds(3_900))
        await Self.waitUntil { hanging.calls.made == 1 }
        clock.advance(by: .seconds(5))
        let brought = await result
        #expect(brought.total.calls == 2 && brought.total.unanswered.count == 1 && abs(brought.seconds - 9) < 1e-6, "\(brought.seconds)")
    }

    @Test("a call that was begun in time and ran late began late: the generator's fault, and in its latency", arguments: [0, 5])
    func lateTask(milliseconds: Int) async throws {
        let (clock, busy) = (ManualClock(), BusyExecutor())
        let agents = [LoadAgent { _, _ in (.ok, nil) }, LoadAgent(executor: busy) { _, _ in (.ok, nil) }]
        let configuration = LoadConfiguration(.open([LoadPhase(rate: 10, duration: .milliseconds(200))]))
        let run = LoadRun(configuration, mix: Self.mix, agents: agents, clock: clock)
        async let result = run.run()
        try await clock.waitForPending(3)
        await Self.waitUntil { run.progress.ended == 1 } // else the first call would be late as well
        clock.advance(by: .milliseconds(100))
        await Self.waitUntil { busy.waiting == 1 }
        clock.advance(by: .milliseconds(milliseconds))
        busy.free()
        let brought = await result
        #expect(brought.total.calls == 2 && brought.lateStarts == (milliseconds > 0 ? 1 : 0))
        #expect(brought.total.latency.longest == .milliseconds(milliseconds) && brought.total.service.longest == .zero)
        #expect(brought.summary["total"]?["max"]?.double == Double(milliseconds) && brought.summary["total"]?["service"]?["max"]?.double == 0)
    }

    @Test("how busy the generator is, is judged by the threads it has", arguments: [(0.7, 1, false), (0.9, 1, true), (0.9, 8, false), (7, 8, true)])
    func threads(cores: Double, threads: Int, isLimit: Bool) {
        var result = LoadResult()
        (result.generatorCores, result.generatorThreads) = (cores, threads)
        #expect(result.isGeneratorBound == isLimit && result.warnings.count == (isLimit ? 1 : 0))
        let loops = (0..<threads).map { _ in BusyExecutor() }
        let agents = (0..<(2 * threads)).map { number in LoadAgent(executor: loops[number % threads]) { _, _ in (.ok, nil) } }
        #expect(GeneratorUse.threads(of: agents, clients: nil) == threads && GeneratorUse.threads(of: agents, clients: 1) == 1)
        #expect(GeneratorUse.threads(of: Array(agents.prefix(1)), clients: nil) == 1)
    }

    @Test("a generator that was the limit says so; without that guard nothing would show it")
    func generator() {
        func load(lateAfter: Duration) -> LoadResult {
            let phases = [LoadPhase(rate: 1_000, duration: .seconds(1))]
            var machine = LoadStateMachine(LoadConfiguration(.open(phases), lateAfter: lateAfter), start: .zero)
            var result = LoadResult()
            var now = Int64(0)
            // Looks at the time only every 20 ms; the server answers at once.
            while machine.nextArrival != nil {
                now += 20_000_000
                for start in machine.begin(now: MonotonicTime(nanoseconds: now)) {
                    let latency = MonotonicTime(nanoseconds: now) - start.intended
                    machine.really(start, began: MonotonicTime(nanoseconds: now))
                    _ = machine.ended(now: MonotonicTime(nanoseconds: now))
                    result.total.record(.ok, latency: latency, service: .zero)
                }
            }
            (result.offered, result.lateStarts) = (machine.arrived, machine.lateStarts)
            return result
        }
        let guarded = load(lateAfter: .milliseconds(2))
        #expect(guarded.warnings.contains { $0.contains("the generator was the limit") })
        let blind = load(lateAfter: .seconds(1))
        #expect(blind.warnings.isEmpty && blind.total == guarded.total)
        #expect(blind.total.latency.quantile(0.99)! > .milliseconds(15))
    }

    @Test("a busy processor and dropped calls are told too")
    func warnings() {
        var result = LoadResult()
        #expect(result.warnings.isEmpty)
        result.generatorCores = 0.9
        result.dropped = 1
        #expect(result.warnings.count == 2)
    }
}
