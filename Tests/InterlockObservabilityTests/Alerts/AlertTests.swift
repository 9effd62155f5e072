import CoreMetrics
import Crypto
import InterlockConcurrency
import InterlockJSON
@testable import InterlockObservability
import InterlockSimulation
import Synchronization
import Testing

@Suite("Alerts", .timeLimit(.minutes(5)))
struct AlertTests {
    typealias Verdict = AlertCondition.Verdict

    private static func at(_ seconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000) }

    @Test("go from verdict to verdict as the table says")
    func table() {
        var machine = AlertStateMachine(for: .seconds(60), deduplication: .seconds(900))
        let steps: [(Int, Verdict, AlertPhase, AlertStateMachine.Announcement?)] = [
            (0, .clear, .inactive, nil), (10, .holds, .pending(since: Self.at(10)), nil), (20, .between, .inactive, nil),
            (30, .holds, .pending(since: Self.at(30)), nil), (40, .unknown, .inactive, nil), (50, .holds, .pending(since: Self.at(50)), nil),
            (109, .holds, .pending(since: Self.at(50)), nil), (110, .holds, .firing(since: Self.at(110)), .firing),
            (120, .between, .firing(since: Self.at(110)), nil), (130, .unknown, .firing(since: Self.at(110)), nil),
            (140, .clear, .resolved(since: Self.at(140)), .resolved),
            (150, .holds, .pending(since: Self.at(150)), nil), (210, .holds, .firing(since: Self.at(210)), nil),
            (220, .clear, .resolved(since: Self.at(220)), nil), (230, .holds, .pending(since: Self.at(230)), nil),
            (290, .holds, .firing(since: Self.at(290)), nil), (1_009, .holds, .firing(since: Self.at(290)), nil),
            (1_010, .holds, .firing(since: Self.at(290)), .firing), (1_020, .clear, .resolved(since: Self.at(1_020)), .resolved),
            (1_919, .clear, .resolved(since: Self.at(1_020)), nil), (1_920, .clear, .inactive, nil),
        ]
        for (time, verdict, phase, announcement) in steps {
            #expect(machine.observe(verdict, now: Self.at(time)) == announcement, "at \(time)")
            #expect(machine.phase == phase, "at \(time)")
        }
    }

    @Test("announce beginnings and ends in turn and beginnings seldom; without deduplication a flapping alert breaks that", arguments: [true, false])
    func invariants(isDeduplicated: Bool) {
        var shortest = Duration.seconds(1_000_000)
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var machine = AlertStateMachine(for: .seconds(20), deduplication: isDeduplicated ? .seconds(900) : .zero)
            var (now, holdingSince, lastFiring, isFiring) = (MonotonicTime.zero, MonotonicTime?.none, MonotonicTime?.none, false)
            for _ in 0..<500 {
                now += .seconds(Int.random(in: 1...30, using: &random))
                let verdict: Verdict = [.holds, .holds, .holds, .between, .clear, .unknown].randomElement(using: &random)!
                if verdict == .holds { holdingSince = holdingSince ?? now } else if !isFiring { holdingSince = nil }
                switch machine.observe(verdict, now: now) {
                case .firing:
                    #expect(!isFiring)
                    if let lastFiring { shortest = min(shortest, now - lastFiring) }
                    (isFiring, lastFiring) = (true, now)
                case .resolved:
                    #expect(isFiring && verdict == .clear)
                    isFiring = false
                case nil: break
                }
            }
        }
        #expect((shortest >= .seconds(900)) == isDeduplicated)
    }

    @Test("hold beyond the threshold, end beyond the other, and judge nothing without a number")
    func judging() {
        let above = AlertCondition(.value(MetricSelector("x")), .above, 10, clearing: 8)
        #expect([11, 10, 9, 8, 7].map { above.judge($0) } == [.holds, .between, .between, .clear, .clear])
        let below = AlertCondition(.value(MetricSelector("x")), .below, 10, clearing: 12)
        #expect([9, 10, 11, 12].map { below.judge($0) } == [.holds, .between, .between, .clear])
        #expect(above.judge(nil) == .unknown && above.judge(.nan) == .unknown && above.judge(.infinity) == .holds)
        #expect(AlertCondition.all([.holds, .clear, .unknown]) == .clear && AlertCondition.all([.holds, .between]) == .between)
    }

    private func snapshot(_ seconds: Int, _ values: [String: Double]) -> MetricsSnapshot {
        MetricsSnapshot(
            time: Self.at(seconds), wallTime: Int64(seconds) * 1_000,
            metrics: values.map { MetricsSnapshot.Metric($0.key, .gauge, series: [.init(labels: [], reading: .gauge($0.value))]) })
    }

    @Test("of the stock: sessions near the limit fire after a minute and end below the lower threshold")
    func sessions() throws {
        var evaluator = AlertEvaluator(rules: AlertRule.stock(), service: "files")
        func step(_ seconds: Int, _ active: Double) -> [AlertNotification] {
            evaluator.evaluate(snapshot(seconds, ["interlock_sessions_active": active, "interlock_sessions_limit": 100]))
        }
        #expect(step(0, 91).isEmpty)
        let fired = try #require(step(60, 92).first)
        #expect(fired.rule.name == "sessions-near-limit" && fired.values == [0.92])
        #expect(step(70, 88).isEmpty)
        let resolved = try #require(step(80, 50).first)
        #expect(resolved.id == fired.id && resolved.endedAt == 80_000)
        let body = try JSONValue(parsing: resolved.body)
        #expect(body["status"]?.string == "resolved" && body["id"]?.string == "sessions-near-limit-60000" && body["for"]?.string == "1m")
        #expect(body["conditions"]?[0]?["expression"]?.string == "interlock_sessions_active / interlock_sessions_limit")
        #expect(try JSONValue(parsing: fired.body)["endedAt"] == nil)
        #expect(try JSONValue(parsing: fired.body)["conditions"]?[0]?["value"]?.double == 0.92)
    }

    @Test("of the stock: HTTP connections near their limit fire; below it, and without a listener, nothing does", arguments: [nil, 80, 95] as [Double?])
    func connections(active: Double?) {
        var evaluator = AlertEvaluator(rules: AlertRule.stock(), service: "files")
        var names: [String] = []
        for seconds in [0, 60, 120] {
            let metrics: [String: Double] = active.map { ["interlock_http_connections_active": $0, "interlock_http_connections_limit": 100] } ?? [:]
            names += evaluator.evaluate(snapshot(seconds, metrics)).map(\.rule.name)
        }
        #expect(names == (active == 95 ? ["connections-near-limit"] : []))
    }

    @Test("of the stock: memory that rises fires, memory that only wavers does not", arguments: [true, false])
    func memory(rises: Bool) {
        var evaluator = AlertEvaluator(rules: AlertRule.stock(), service: "files")
        var random = SeededRandom(seed: 5)
        var names: [String] = []
        for step in 0..<240 {
            let noise = Double.random(in: -1e6...1e6, using: &random)
            let value = 1e8 + noise + (rises ? Double(step) * 15 * 50_000 : 0)
            names += evaluator.evaluate(snapshot(step * 15, ["interlock_process_resident_bytes": value])).map(\.rule.name)
        }
        #expect(names == (rises ? ["memory-rising"] : []))
    }

    @Test("of the stock: failing calls count against all calls, and silence is no failure")
    func failing() {
        let clock = ManualClock()
        let registry = MetricsRegistry(clock: clock)
        registry.sample()
        let ok = registry.makeCounter(label: "interlock_calls_total", dimensions: [("outcome", "ok"), ("tool", "a")])
        let failed = registry.makeCounter(label: "interlock_calls_total", dimensions: [("outcome", "timed_out"), ("tool", "a")])
        var evaluator = AlertEvaluator(rules: AlertRule.stock(), service: "files")
        var names: [String] = []
        func run(_ seconds: Int, failing: Int64) {
            for _ in 0..<seconds {
                clock.advance(by: .seconds(1))
                ok.increment(by: 10 - failing)
                failed.increment(by: failing)
                registry.sample()
                names += evaluator.evaluate(registry.snapshot).map { $0.rule.name + ($0.endedAt == nil ? "+" : "-") }
            }
        }
        run(200, failing: 0)
        #expect(names.isEmpty)
        run(300, failing: 2)
        #expect(names == ["calls-failing+"])
        run(100, failing: 0)
        #expect(names == ["calls-failing+", "calls-failing-"])
    }

    @Test("are read from JSON")
    func configuration() throws {
        let text = #"""
            {"rules": [{"name": "slow", "severity": "critical", "for": "2m", "summary": "s", "when": [
              {"quantile": {"metric": "d_seconds", "labels": {"tool": "x"}, "q": 0.99}, "above": 2, "clear": 1.5},
              {"ratio": [{"rate": {"metric": "a_total", "window": "5m"}}, {"value": {"metric": "b"}}], "below": 1},
              {"slope": {"metric": "m", "over": "30m"}, "above": 0}]}]}
            """#
        let rule = AlertRule(
            "slow", severity: .critical, summary: "s", for: .seconds(120),
            when: [
                AlertCondition(.quantile(0.99, of: MetricSelector("d_seconds", labels: ["tool": "x"])), .above, 2, clearing: 1.5),
                AlertCondition(.ratio(.rate(MetricSelector("a_total"), over: .fiveMinutes), .value(MetricSelector("b"))), .below, 1),
                AlertCondition(.slope(MetricSelector("m"), over: .seconds(1_800)), .above, 0),
            ])
        #expect(try AlertConfiguration.parse(Array(text.utf8)) == [rule])
    }

    @Test(
        "in JSON with a mistake are refused with its place and what to do",
        arguments: [
            ("{", "", "no JSON"), ("[]", "", "give an object"), ("{}", "rules", "is missing"), (#"{"rules":[],"x":1}"#, "x", "There may be rules"),
            (#"{"ruels":[]}"#, "ruels", "did you mean \"rules\"?"), (#"{"rules":[{"name":"a","fro":"2m"}]}"#, "rules[0].fro", "did you mean \"for\"?"),
            (#"{"rules":[{"when":[]}]}"#, "rules[0].name", "is missing"), (#"{"rules":[{"name":"a b","when":[]}]}"#, "rules[0].name", "is \"a b\": give"),
            (#"{"rules":[{"name":"a","when":[]}]}"#, "rules[0].when", "give 1 to 8"),
            (#"{"rules":[{"name":"a","severity":"bad","when":[]}]}"#, "rules[0].severity", "\"info\", \"warning\", \"critical\""),
            (#"{"rules":[{"name":"a","for":"2x","when":[{"value":{"metric":"m"},"above":1}]}]}"#, "rules[0].for", "a length of time"),
            (#"{"rules":[{"name":"a","for":"8d","when":[{"value":{"metric":"m"},"above":1}]}]}"#, "rules[0].for", "at most \"7d\""),
            (#"{"rules":[{"name":"a","when":[{"value":{"metric":"m"}}]}]}"#, "rules[0].when[0]", "give above or below"),
            (#"{"rules":[{"name":"a","when":[{"value":{"metric":"m"},"above":1,"below":0}]}]}"#, "rules[0].when[0]", "give one of them"),
            (#"{"rules":[{"name":"a","when":[{"above":1}]}]}"#, "rules[0].when[0]", "has 0 expressions"),
            (#"{"rules":[{"name":"a","when":[{"value":{"metric":"m"},"vlaue":1,"above":1}]}]}"#, "rules[0].when[0].vlaue", "did you mean \"value\"?"),
            (#"{"rules":[{"name":"a","when":[{"value":{"metric":"m-x"},"above":1}]}]}"#, "rules[0].when[0].value.metric", "as it is exported"),
            (#"{"rules":[{"name":"a","when":[{"value":{"metric":"m"},"above":"1"}]}]}"#, "rules[0].when[0].above", "give a number"),
            (#"{"rules":[{"name":"a","when":[{"value":{"metric":"m"},"above":1,"clear":2}]}]}"#, "rules[0].when[0].clear", "give at most 1"),
            (#"{"rules":[{"name":"a","when":[{"quantile":{"metric":"m","q":1},"above":1}]}]}"#, "rules[0].when[0].quantile.q", "between 0 and 1"),
            (#"{"rules":[{"name":"a","when":[{"rate":{"metric":"m","window":"2m"},"above":1}]}]}"#, "rules[0].when[0].rate.window", "\"5m\""),
            (#"{"rules":[{"name":"a","when":[{"slope":{"metric":"m","over":"30s"},"above":1}]}]}"#, "rules[0].when[0].slope.over", "at least \"1m\""),
            (#"{"rules":[{"name":"a","when":[{"ratio":[{"value":{"metric":"m"}}],"above":1}]}]}"#, "rules[0].when[0].ratio", "an array of two"),
            (
                #"{"rules":[{"name":"a","when":[{"value":{"metric":"m"},"above":1}]},{"name":"a","when":[{"value":{"metric":"m"},"above":1}]}]}"#,
                "rules[1].name", "its own name"
            ),
        ])
    func mistakes(text: String, path: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try AlertConfiguration.parse(Array(text.utf8)) }
        #expect(error.path == path && error.message.contains(message), "\(error)")
    }

    final class Sink: AlertSink {
        let sent = Mutex<[(body: [UInt8], headers: [(name: String, value: String)])]>([])
        func deliver(_ body: [UInt8], headers: [(name: String, value: String)]) async throws { sent.withLock { $0.append((body, headers)) } }
    }

    @Test("are sent signed, in order, and the signature says who sent them")
    func delivery() async throws {
        let (clock, sink) = (ManualClock(wallTime: 1_767_225_600_000), Sink())
        let registry = MetricsRegistry(clock: clock)
        registry.gauge("interlock_store_degraded") { 1 }
        let secret = Array("a secret of some length".utf8)
        let rule = AlertRule("degraded", when: [AlertCondition(.value(MetricSelector("interlock_store_degraded")), .above, 0)])
        let monitor = AlertMonitor(
            rules: [rule], service: "files", registry: registry, sink: sink, signer: AlertSigner(secret: secret), clock: clock)
        monitor.evaluate()
        #expect(monitor.status.map(\.phase) == [.firing(since: .zero)])
        monitor.beginShutdown()
        await monitor.run()
        let (body, headers) = try #require(sink.sent.withLock { $0.first })
        let code = HMAC<SHA256>.authenticationCode(for: Array("1767225600.".utf8) + body, using: SymmetricKey(data: secret))
        #expect(headers.map(\.name) == ["Interlock-Signature"])
        #expect(headers.map(\.value) == ["t=1767225600,v1=" + code.map { HexDigits.text($0) }.joined()])
        #expect(monitor.delivery.delivered == 1)
        #expect(AlertSigner(secret: [1, 2, 3]) == nil)
    }
}
