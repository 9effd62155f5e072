import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("A load", .timeLimit(.minutes(1)))
struct LoadRunTests {
    private static let mix = ToolMix([.init(tool: "t")])

    /// An agent that hears neither an answer nor that it is cancelled, and counts its calls.
    private final class Hanging: Sendable {
        let calls = Mutex(0)

        var agent: LoadAgent {
            LoadAgent { _, _ in
                self.calls.withLock { $0 += 1 }
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                return (.ok, nil)
            }
        }
    }

    private static func waitUntil(_ isTrue: () -> Bool) async { while !isTrue() { await Task.yield() } }

    @Test("each call is counted once, its kind of failure apart, and the first message of each kind is kept")
    func kinds() async {
        let number = Mutex(0)
        let agent = LoadAgent { _, _ in
            let kind = CallOutcome.allCases[number.withLock { value in
                defer { value += 1 }
                return value
            } % 5]
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
            // The end of the drain, and the next arrival.
            try await clock.waitForPending(2)
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
        await Self.waitUntil { hanging.calls.withLock { $0 } == 2 }
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
        await Self.waitUntil { hanging.calls.withLock { $0 } == 2 }
        clock.advance(by: .seconds(999_999))
        for _ in 0..<100 { await Task.yield() }
        #expect(!ended.withLock { $0 })
        task.cancel()
        #expect(await task.value.total.calls == 0)
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

    @Test("two servers by turns: the order changes from pair to pair, and both get the same calls")
    func interleaved() async throws {
        let seen = Mutex<[String]>([])
        func agent(_ name: String) -> LoadAgent {
            LoadAgent { _, arguments in
                seen.withLock { $0.append("\(name)\(arguments["n"]?.int ?? -1)") }
                return (.ok, nil)
            }
        }
        let mix = ToolMix([.init(tool: "t", arguments: try ArgumentTemplate(["n": "{{random 1 1000000}}"]))])
        let block = LoadConfiguration(.closed(clients: 1, duration: .seconds(1)), maximumCalls: 1, seed: 3)
        let clock = ManualClock()
        let (first, second) = await InterleavedRun(block, pairs: 4).run((mix, [agent("a")]), (mix, [agent("b")]), clock: clock)
        let calls = seen.withLock { $0 }
        #expect(calls.map { $0.prefix(1) } == ["a", "b", "b", "a", "a", "b", "b", "a"])
        for pair in 0..<4 { #expect(calls[2 * pair].dropFirst() == calls[2 * pair + 1].dropFirst()) }
        #expect(Set(calls.map { $0.dropFirst() }).count == 4)
        #expect(first.slices.count == 4 && first.total.calls == 4 && second.total.calls == 4)
    }
}
