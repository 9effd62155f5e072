@testable import InterlockAdmin
import InterlockConcurrency
@testable import InterlockObservability
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import Testing

@Suite("What dashboards are told")
struct FeedTests {
    private static func point(_ number: Int) -> LoadPoint {
        LoadPoint(wallTime: Int64(number), calls: 0, failures: 0, running: 0, waiting: 0, sessions: 0)
    }

    private static func section(_ name: String, _ text: String) -> (name: String, json: [UInt8]) { (name, Array(text.utf8)) }

    /// An answer, to compare.
    private enum Told {
        case waits, ended, update

        init(_ answer: FeedStateMachine<Int>.Answer) {
            self = switch answer {
            case .wait: .waits
            case .ended: .ended
            case .update: .update
            }
        }

        static func update(in answer: FeedStateMachine<Int>.Answer) -> FeedStateMachine<Int>.Update? {
            if case .update(let update) = answer { update } else { nil }
        }
    }

    @Test("a listener gets all at first, then what changed since, however many moments it skipped, then waits")
    func table() throws {
        var machine = FeedStateMachine<Int>(maximumListeners: 2)
        #expect(Told(machine.next(after: 0, id: 1, 100)) == .waits)
        #expect(machine.advance([Self.section("a", "1"), Self.section("b", "1")], Self.point(1)) == [100])
        let first = try #require(Told.update(in: machine.next(after: 0, id: 2, 101)))
        #expect(first.isComplete && first.moment == 1 && first.sections.map(\.name) == ["a", "b"] && first.points.count == 1)
        #expect(Told(machine.next(after: 1, id: 3, 102)) == .waits)
        #expect(machine.advance([Self.section("a", "1"), Self.section("b", "2")], Self.point(2)) == [102])
        _ = machine.advance([Self.section("a", "1"), Self.section("b", "2")], Self.point(3))
        let second = try #require(Told.update(in: machine.next(after: 1, id: 4, 103)))
        #expect(!second.isComplete && second.moment == 3 && second.sections.map(\.name) == ["b"] && second.points.map(\.wallTime) == [2, 3])
        #expect(Told(machine.next(after: 3, id: 5, 104)) == .waits)
        #expect(machine.abandon(id: 5) == 104 && machine.abandon(id: 5) == nil)
        #expect(machine.end().isEmpty)
        #expect(Told(machine.next(after: 0, id: 6, 105)) == .ended)
    }

    @Test("so many listeners may join, and a place is free again when one leaves")
    func listeners() {
        var machine = FeedStateMachine<Int>(maximumListeners: 2)
        #expect(machine.join() && machine.join() && !machine.join())
        machine.leave()
        #expect(machine.join() && !machine.join())
    }

    @Test("in any order, who catches up knows exactly what there is, and every waiter is told once", arguments: 0..<50)
    func randomOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var machine = FeedStateMachine<Int>(maximumListeners: 4)
        var truth: [String: Int] = [:]
        var known = Array(repeating: (moment: 0, sections: [String: Int](), points: [Int64]()), count: 4)
        var (waiting, told, nextID) = (Set<Int>(), [Int](), 0)
        func decode(_ json: [UInt8]) -> Int { Int(String(decoding: json, as: UTF8.self)) ?? -1 }
        for step in 1...400 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                for name in ["a", "b", "c"] where Bool.random(using: &random) || truth[name] == nil { truth[name] = Int.random(in: 0..<3, using: &random) }
                told += machine.advance(truth.map { Self.section($0.key, "\($0.value)") }, Self.point(step))
            case 4..<9:
                let listener = Int.random(in: 0..<4, using: &random)
                nextID += 1
                switch machine.next(after: known[listener].moment, id: nextID, nextID) {
                case .wait: waiting.insert(nextID)
                case .ended: Issue.record("it has not ended")
                case .update(let update):
                    #expect(update.isComplete == (known[listener].moment == 0))
                    known[listener].moment = update.moment
                    for (name, json) in update.sections { known[listener].sections[name] = decode(json) }
                    known[listener].points += update.points.map(\.wallTime)
                    #expect(known[listener].sections == truth)
                    #expect(known[listener].points == known[listener].points.sorted() && Set(known[listener].points).count == known[listener].points.count)
                }
            default:
                if let id = waiting.subtracting(told).randomElement(using: &random) { told += machine.abandon(id: id).map { [$0] } ?? [] }
            }
        }
        told += machine.end()
        #expect(told.count == Set(told).count && Set(told) == waiting)
    }

    // MARK: - Rates

    @Test("an interval's quantiles are those of what was added in it")
    func intervals() {
        var histogram = DurationHistogram()
        for _ in 0..<1_000 { histogram.record(.seconds(5)) }
        let before = histogram
        #expect(IntervalHistogram(from: before, to: histogram).quantile(0.5) == nil)
        for milliseconds in 1...100 { histogram.record(.milliseconds(milliseconds)) }
        let interval = IntervalHistogram(from: before, to: histogram)
        #expect(interval.count == 100)
        for (share, exact) in [(0.5, 50.0), (0.99, 99), (1, 100)] {
            let value = (interval.quantile(share) ?? .zero) / .milliseconds(1)
            #expect(value >= exact && value <= exact * 1.25, "\(share): \(value)")
        }
        // The control: without taking off what was there, five seconds would be the answer.
        #expect(IntervalHistogram(from: nil, to: histogram).quantile(0.5) ?? .zero >= .seconds(5))
        #expect(IntervalHistogram(from: histogram, to: before).count == before.count)
    }

    @Test("rates are per second over the window, and what happened before the first look is nobody's rate")
    func slidingTotals() {
        var window = SlidingTotals(window: .seconds(10), step: .seconds(1))
        var totals = CallTotals()
        totals.count = 1_000
        #expect(window.add(totals, at: .zero) == CallRates())
        for second in 1...30 {
            totals.count += 5
            totals.failures += 1
            let rates = window.add(totals, at: .zero + .seconds(second))
            #expect(rates.calls == 5 && rates.failures == 1 && rates.failureShare == 0.2 && rates.count == 5 * min(10, second))
        }
        for second in 31...45 { _ = window.add(totals, at: .zero + .seconds(second)) }
        #expect(window.add(totals, at: .zero + .seconds(46)).calls == 0)
    }

    @Test("the history keeps five minutes of points, and a tool's first call counts")
    func history() throws {
        let fixture = try AdminFixture()
        var history = LoadHistory()
        for second in 0..<400 {
            var report = fixture.server.report
            report.time = .zero + .seconds(second)
            report.wallTime = Int64(second) * 1_000
            if second >= 390 {
                let count = (second - 389) * 3
                let figures = OperationFigures(
                    operation: "tools/call", tool: "count", outcomes: [.ok: count], durations: DurationHistogram(), waits: DurationHistogram())
                report.operations = [figures]
                report.tools[0].figures = figures
            }
            history.add(report, residentBytes: 1, executorDelay: nil)
        }
        #expect(history.points.count == 300 && history.points.first?.wallTime == 100_000 && history.points.last?.calls == 3)
        #expect(history.tools["count"]?.count == 30 && history.tools.keys.sorted() == ["count", "flaky", "hold"])
        #expect(history.lastMinute.count == 30)
    }

    // MARK: - Verdicts

    @Test("one thing that is wrong is one reason, and nothing wrong is none")
    func verdicts() throws {
        let well = try AdminFixture().server.report
        func judge(
            _ report: ServerReport? = nil, rates: CallRates = CallRates(), stores: [(name: String, condition: StoreCondition)] = [],
            executor: ExecutorDelayProbe.Snapshot? = nil, alerts: [AlertStatus] = [], now: MonotonicTime = .zero + .seconds(100)
        ) -> HealthVerdict {
            HealthVerdict.judge(report ?? well, lastMinute: rates, stores: stores, executor: executor, alerts: alerts, now: now)
        }
        #expect(judge() == HealthVerdict(level: .healthy, reasons: []))
        var draining = well
        draining.isDraining = true
        #expect(judge(draining).level == .draining)
        let store = [(name: "sessions", condition: StoreCondition(outage: StoreOutage(.readOnly, since: 7)))]
        #expect(judge(stores: store).sentence == "Degraded: the store 'sessions' is degraded (read only).")
        #expect(judge(stores: store).reasons.map(\.store) == [HealthReason.Store(name: "sessions", outage: StoreOutage(.readOnly, since: 7))])
        #expect(judge(stores: [(name: "sessions", condition: StoreCondition())]).level == .healthy)
        let stall = ExecutorStall(began: .zero + .seconds(60), duration: .seconds(5), hasEnded: true)
        let stalled = ExecutorDelayProbe.Snapshot(lastDelay: .zero, longestDelay: .seconds(5), stallCount: 1, stalls: [stall], ongoing: nil)
        #expect(judge(executor: stalled, now: .zero + .seconds(94)).reasons.map(\.code) == [.executorStalled])
        #expect(judge(executor: stalled, now: .zero + .seconds(96)).level == .healthy)
        var failing = CallRates()
        (failing.calls, failing.failures, failing.count) = (1, 0.06, 60)
        #expect(judge(rates: failing).reasons.map(\.code) == [.callsFailing])
        failing.count = 19
        #expect(judge(rates: failing).level == .healthy)
        let rule = AlertRule("slow", when: [])
        #expect(judge(alerts: [AlertStatus(rule: rule, phase: .firing(since: .zero), values: [])]).reasons.map(\.code) == [.alertFiring])
        #expect(judge(alerts: [AlertStatus(rule: rule, phase: .pending(since: .zero), values: [])]).level == .healthy)
        var full = well
        full.sessions.count = full.sessions.limit * 9 / 10
        #expect(judge(full).reasons.map(\.code) == [.sessionsNearLimit])
        full.sessions.count -= 1
        #expect(judge(full).level == .healthy)
        #expect(judge(draining, stores: store + store + store + store).reasons.count == 5)
    }
}
