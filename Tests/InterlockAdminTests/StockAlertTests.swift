import CoreMetrics
@testable import InterlockAdmin
import InterlockConcurrency
import InterlockJSON
import InterlockObservability
import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import Synchronization
import Testing

@Suite("The alerts that come with the server, on the metrics it exports", .timeLimit(.minutes(5)))
struct StockAlertTests {
    /// Numbers on every side of a rule's two thresholds.
    private struct Levels {
        /// Just not enough to fire.
        var below: Double
        /// Just enough.
        var above: Double
        /// Not enough to fire, and enough to go on firing.
        var between: Double
        /// Enough to be over.
        var clear: Double
    }

    /// Takes a rule through its levels: it keeps quiet below, fires above and no sooner than it may, goes on in between, and ends.
    ///
    /// Without hysteresis it ends in between, which shows that this is what keeps it.
    ///
    /// - Parameters:
    ///   - steps: How many of `step` bring any level about.
    ///   - step: A while at a level, by which the clock goes on.
    private func prove(
        _ name: String, _ levels: Levels, steps: Int, hasHysteresis: Bool, _ bench: AlertBench, _ clock: ManualClock, step: (Double) async throws -> Void
    ) async throws {
        func stay(_ level: Double) async throws {
            for _ in 0..<steps {
                try await step(level)
                bench.judge()
            }
        }
        bench.judge()
        try await stay(levels.below)
        #expect(!bench.isFiring(name))
        let (began, rule) = (clock.now, try #require(bench.rule(name)))
        for _ in 0..<steps where !bench.isFiring(name) {
            try await step(levels.above)
            bench.judge()
        }
        #expect(bench.isFiring(name) && clock.now - began >= rule.duration)
        try await stay(levels.between)
        #expect(bench.isFiring(name) == hasHysteresis)
        try await stay(levels.clear)
        #expect(!bench.isFiring(name))
        #expect(await bench.told() == ["\(name) firing", "\(name) resolved"])
    }

    @Test("HTTP connections near their limit", arguments: [true, false])
    func connections(hasHysteresis: Bool) async throws {
        let active = Dial(0)
        var fixture = try AdminFixture()
        fixture.sources.connections = { ObservedConnections(active: active.value, limit: 100, waiting: 0) }
        let (bench, clock) = (AlertBench(fixture.sources, hasHysteresis: hasHysteresis), fixture.clock)
        try await prove(
            "connections-near-limit", Levels(below: 90, above: 91, between: 88, clear: 85), steps: 8, hasHysteresis: hasHysteresis, bench, clock
        ) { level in
            active.value = Int(level)
            clock.advance(by: .seconds(15))
        }
    }

    @Test("calls that take long: p99 over the last minute", arguments: [true, false])
    func slowCalls(hasHysteresis: Bool) async throws {
        let take = Dial<@Sendable () -> Void>({})
        let fixture = try AdminFixture { _ in
            Tool("take", inputSchema: AdminFixture.anything) { (_: RawJSON, _) in
                take.value()
                return ""
            }
        }
        let (bench, clock, client) = (AlertBench(fixture.sources, hasHysteresis: hasHysteresis), fixture.clock, try WireClient(fixture.server))
        var id = 0
        try await prove("calls-slow", Levels(below: 4.7, above: 5.3, between: 4.5, clear: 1), steps: 16, hasHysteresis: hasHysteresis, bench, clock) { level in
            let end = clock.now + .seconds(15)
            for duration in [level, 0.01] { // one slow call of two, which is more than one in a hundred
                id += 1
                take.value = { clock.advance(by: .seconds(duration)) }
                _ = try await client.request(AdminFixture.call("take", id: id))
            }
            clock.advance(to: end)
        }
    }

    @Test("calls that fail: more than one in twenty over a minute", arguments: [true, false])
    func failingCalls(hasHysteresis: Bool) async throws {
        let fails = Dial(false)
        let fixture = try AdminFixture { _ in
            Tool("may_fail", inputSchema: AdminFixture.anything) { (_: RawJSON, _) in
                if fails.value { throw AdminFixture.Broken() }
                return ""
            }
        }
        let (bench, clock, client) = (AlertBench(fixture.sources, hasHysteresis: hasHysteresis), fixture.clock, try WireClient(fixture.server))
        var (id, owed) = (0, 0.0)
        try await prove("calls-failing", Levels(below: 4.5, above: 5.5, between: 4.5, clear: 1), steps: 14, hasHysteresis: hasHysteresis, bench, clock) { level in
            owed += level // of a hundred calls
            for _ in 0..<100 {
                id += 1
                fails.value = owed >= 1
                if fails.value { owed -= 1 }
                _ = try await client.request(AdminFixture.call("may_fail", id: id))
            }
            clock.advance(by: .seconds(15))
        }
    }

    /// Is where an advance ends before it runs what became due on the way, as a clock is for whoever is resumed late.
    private final class LateClock: SchedulingClock {
        private let base: ManualClock
        private let end: Mutex<MonotonicTime>

        init(_ base: ManualClock) {
            self.base = base
            end = Mutex(base.now)
        }

        var now: MonotonicTime { max(base.now, end.withLock(\.self)) }
        var wallTime: Int64 { base.wallTime }

        func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction { base.schedule(at: time, action) }

        func advance(by duration: Duration) {
            let time = base.now + duration
            end.withLock { $0 = time }
            base.advance(to: time)
        }
    }

    @Test("a pool that takes up tasks late, as its probe measures it", arguments: [true, false])
    func stalls(hasHysteresis: Bool) async throws {
        let fixture = try AdminFixture()
        let (bench, clock) = (AlertBench(fixture.sources, hasHysteresis: hasHysteresis), fixture.clock)
        let (timer, rounds) = (CoreMetrics.Timer(label: "interlock_executor_delay_seconds", dimensions: [], factory: fixture.registry), Dial(0))
        let interval = Duration.seconds(5)
        let late = LateClock(clock)
        let probe = ExecutorDelayProbe(.init(interval: interval), clock: late) { event in
            guard case .delay(let delay) = event else { return }
            timer.recordNanoseconds(delay.wholeNanoseconds)
            rounds.value += 1
        }
        let others = clock.pendingCount
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await probe.run() }
            try await prove(
                "executor-stalled", Levels(below: 0.45, above: 0.55, between: 0.35, clear: 0.1), steps: 12, hasHysteresis: hasHysteresis, bench, clock
            ) { level in
                for _ in 0..<3 {
                    try await clock.waitForPending(others + 2) // the round's end, and the watchdog
                    let round = rounds.value
                    late.advance(by: interval + .seconds(level))
                    while rounds.value == round { await Task.yield() }
                }
            }
            group.cancelAll()
        }
    }

    @Test("memory that keeps rising by more than 64 MiB an hour", arguments: [true, false])
    func memory(hasHysteresis: Bool) async throws {
        let resident = Dial(100.0 * 1_048_576)
        var fixture = try AdminFixture()
        let clock = fixture.clock
        fixture.sources.process = ProcessMetrics(clock: clock) {
            ProcessStatistics(residentBytes: Int(resident.value), userTime: .zero, systemTime: .zero)
        }
        let bench = AlertBench(fixture.sources, hasHysteresis: hasHysteresis)
        try await prove("memory-rising", Levels(below: 60, above: 68, between: 40, clear: 10), steps: 60, hasHysteresis: hasHysteresis, bench, clock) { level in
            clock.advance(by: .seconds(60))
            resident.value += level * 1_048_576 / 60
        }
    }

    /// What tools do to the alert about failures that rise together with the load.
    struct Rise: Sendable, CustomTestStringConvertible {
        /// How many times as many fail as in the five minutes before.
        var factor: Int
        var callsInFlight: Int
        var isTold: Bool

        var testDescription: String { "\(factor) times as many with \(callsInFlight) calls in flight" }
    }

    @Test("tool errors that rise are told of while more than 20 calls are in flight, and only then", arguments: [
        Rise(factor: 4, callsInFlight: 21, isTold: true), Rise(factor: 4, callsInFlight: 20, isTold: false),
        // Above twice the rate for a moment, not for half a minute.
        Rise(factor: 3, callsInFlight: 21, isTold: false), Rise(factor: 1, callsInFlight: 21, isTold: false),
    ])
    func risingErrors(rise: Rise) async throws {
        let name = "tool-errors-rising-under-load"
        let fixture = try AdminFixture { gate in
            Tool("fail", inputSchema: AdminFixture.anything) { (_: RawJSON, _) -> String in throw AdminFixture.Broken() }
            Tool("stay", inputSchema: AdminFixture.anything) { (_: RawJSON, _) in
                try await gate.wait()
                return ""
            }
        }
        let (bench, clock, client) = (AlertBench(fixture.sources), fixture.clock, try WireClient(fixture.server))
        var id = 0
        func ask(_ tool: String) -> Int {
            id += 1
            client.send(AdminFixture.call(tool, id: id))
            return id
        }
        func fail(_ times: Int) async throws {
            for _ in 0..<times { _ = try await client.response(.number(JSONNumber(ask("fail")))) }
            clock.advance(by: .seconds(15))
            bench.judge()
        }
        let staying = (0..<rise.callsInFlight).map { _ in ask("stay") }
        try await fixture.gate.waitForWaiters(rise.callsInFlight)
        bench.judge()
        for _ in 0..<20 { try await fail(2) }
        #expect(!bench.isFiring(name))
        var hasFired = false
        for _ in 0..<6 {
            try await fail(2 * rise.factor)
            hasFired = hasFired || bench.isFiring(name)
        }
        #expect(hasFired == rise.isTold)
        for _ in 0..<12 { try await fail(2) }
        #expect(!bench.isFiring(name))
        fixture.gate.open()
        for id in staying { _ = try await client.response(.number(JSONNumber(id))) }
        // That all these calls fail is told by another alert.
        #expect(await bench.told(of: name) == (rise.isTold ? ["\(name) firing", "\(name) resolved"] : []))
    }

    private final class Store: ObservedStore {
        let outage = Dial<StoreOutage?>(nil)
        var observedName: String { "redis" }
        var condition: StoreCondition { StoreCondition(outage: outage.value) }
    }

    @Test("a store that comes and goes is told of once in a quarter of an hour; without that window each time", arguments: [true, false])
    func degradedStore(isDeduplicated: Bool) async throws {
        let (name, store) = ("store-degraded", Store())
        var fixture = try AdminFixture()
        fixture.sources.stores = [store]
        let (bench, clock) = (AlertBench(fixture.sources, deduplication: isDeduplicated ? .seconds(900) : .zero), fixture.clock)
        func pass(_ outage: StoreOutage?, _ seconds: Int) {
            store.outage.value = outage
            bench.judge()
            for _ in 0..<seconds {
                clock.advance(by: .seconds(1))
                bench.judge()
            }
        }
        pass(nil, 60)
        pass(StoreOutage(.timeout, since: clock.wallTime), 14) // a second less than it takes
        #expect(!bench.isFiring(name))
        pass(nil, 60)
        for _ in 0..<6 {
            pass(StoreOutage(.refused, since: clock.wallTime), 15)
            #expect(bench.isFiring(name))
            pass(nil, 15)
            #expect(!bench.isFiring(name))
        }
        let once = ["\(name) firing", "\(name) resolved"]
        #expect(await bench.told() == (isDeduplicated ? once : Array(repeating: once, count: 6).flatMap(\.self)))
    }
}
