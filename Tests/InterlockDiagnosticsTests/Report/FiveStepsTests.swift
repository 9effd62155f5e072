import InterlockConcurrency
import InterlockJSON
import InterlockProfiler
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("Five steps for one server", .timeLimit(.minutes(5)))
struct FiveStepsTests {
    /// A load of `calls` with a share of slow and of failed ones.
    private static func load(calls: Int = 2_000, slow: Double = 0, failed: Double = 0) -> LoadResult {
        var result = LoadResult()
        for number in 0..<calls {
            let isSlow = Double(number) < slow * Double(calls), isFailed = Double(calls - number) <= failed * Double(calls)
            result.total.record(isFailed ? .toolError : .ok, latency: .milliseconds(isSlow ? 400 : 5), service: .zero)
        }
        (result.offered, result.seconds, result.offeredSeconds) = (calls, 10, 10)
        return result
    }

    private static func part(_ operation: ProbeOperation?, _ verdict: GrowthJudgement.Verdict, each: Double = 1024) -> LeakReport.Part {
        let readings = GrowthSeries((0..<80).map { .init(Double($0) * 100, 60e6 + Double($0) * 100 * each) })
        var judgement = GrowthRule.memory.judge(readings)
        judgement.verdict = verdict
        return LeakReport.Part(
            operation: operation, cycles: 8_000, failures: 0, duration: .seconds(3),
            measures: [.init(quantity: .privateDirty, series: readings, judgement: judgement)])
    }

    private static func concurrency(_ name: String = "work", alone: Double, together: Double, beat: Double = 3) -> DoctorObservations {
        var seen = DoctorObservations()
        seen.quietBeats = Array(repeating: 2, count: 10)
        seen.concurrency = [
            .init(
                operation: name, alone: Array(repeating: alone, count: 5), width: 8, batches: Array(repeating: together, count: 3), cpu: 24,
                beats: Array(repeating: beat, count: 12)),
        ]
        return seen
    }

    @Test("a benchmark judges failures, the tail, and who was the limit", arguments: [
        ("even", load(), StepOutcome.Verdict.sound), ("two of a hundred are slow", load(slow: 0.02), .attention), ("two of a hundred "
            + "fail", load(failed: 0.02), .fault),
        ("nineteen calls", load(calls: 19), .undecided),
    ])
    func benchmark(name: String, result: LoadResult, verdict: StepOutcome.Verdict) {
        let outcome = BenchmarkStep.outcome(.init(result, rate: 200))
        #expect(outcome.verdict == verdict, "\(name): \(outcome.sentence)")
        #expect(!outcome.next.isEmpty && !outcome.cannotCatch.isEmpty)
    }

    @Test("a generator that was late judges nobody, a busy thread is at its limit")
    func limits() {
        var late = Self.load()
        (late.lateStarts, late.waited) = (500, 90)
        #expect(BenchmarkStep.outcome(.init(late, rate: 200)).verdict == .undecided)
        late.lateStarts = 0
        #expect(BenchmarkStep.outcome(.init(late, rate: 200)).verdict == .attention)
        #expect(BenchmarkStep.outcome(.init(Self.load(), rate: 200, serverCores: 0.97, busiest: .init(name: "loop", share: 0.93))).verdict == .attention)
        #expect(BenchmarkStep.outcome(.init(Self.load(), rate: 200, serverCores: 1.9, busiest: .init(name: "loop", share: 0.93))).verdict == .sound)
        #expect(BenchmarkStep.outcome(nil).verdict == .undecided)
    }

    /// A load of ten slices of a second each, as it is saved and compared.
    private static func course(
        seed: UInt64 = 1, factor: Double = 1, each: Int = 100, failed: Double = 0, tool: String = "work", late: Int = 0
    ) -> LoadResult {
        var random = SeededRandom(seed: seed)
        var result = LoadResult()
        (result.rate, result.offeredSeconds, result.seconds, result.sliceSeconds) = (Double(each), 10, 10, 1)
        (result.offered, result.lateStarts) = (10 * each, late)
        for _ in 0..<10 {
            var slice = LoadMeasure()
            for _ in 0..<each {
                let share = (Double.random(in: 0..<1, using: &random) + Double.random(in: 0..<1, using: &random)) / 2
                let isFailed = Double.random(in: 0..<1, using: &random) < failed
                slice.record(isFailed ? .toolError : .ok, latency: Duration(seconds: factor * (0.002 + 0.02 * share * share)), service: .zero)
            }
            result.slices.append(slice)
            result.total.merge(slice)
        }
        result.tools[tool] = result.total
        return result
    }

    /// What clients brought that waited for their answers.
    private static func closed() -> LoadResult {
        var result = course()
        result.rate = 0
        return result
    }

    private static func baseline(_ result: LoadResult, machine: String = "a", acrossMachines: Bool = false) -> BenchmarkStep.Baseline {
        var baseline = BenchmarkStep.Baseline(
            BenchRecord(target: "t", seed: 1, time: 0, machine: MachineFingerprint(parts: ["machine": machine]), result: result),
            bounds: [.init(name: "p50", share: 0.5, limit: 1.1), .init(name: "p99", share: 0.99, limit: 1.1)], acrossMachines: acrossMachines)
        baseline.draws = 200
        return baseline
    }

    @Test("a load is held against its baseline, and only one that can be compared", arguments: [
        ("as quick", course(seed: 2), 100, baseline(course()), StepOutcome.Verdict.sound, BenchComparison.Verdict.within, "No regression against"),
        ("a fifth slower", course(seed: 2, factor: 1.2), 100, baseline(course()), .attention, .regression, "Regression against the baseline of 1970-01-01"),
        ("quicker", course(seed: 2, factor: 0.5), 100, baseline(course()), .sound, .within, "0.5"),
        ("more failures", course(seed: 2, failed: 0.05), 100, baseline(course()), .fault, .regression, "It is a regression, too: failures 0.0 % → "),
        ("too few calls", course(seed: 2, each: 20), 20, baseline(course(each: 20)), .undecided, .notEnoughData, "too few calls for p99"),
        ("another tool", course(seed: 2, tool: "search"), 100, baseline(course()), .undecided, nil, "the baseline called work, and this run search"),
        ("another rate", course(seed: 2, each: 50), 50, baseline(course()), .undecided, nil, "made at 100.0 calls a second, and this run at 50.0"),
        ("another machine", course(seed: 2), 100, baseline(course(), machine: "b"), .undecided, nil, "different machines"),
        ("another machine, all the same", course(seed: 2), 100, baseline(course(), machine: "b", acrossMachines: true), .sound, .within, "No regression"),
        ("a late generator", course(seed: 2, factor: 3, late: 300), 100, baseline(course()), .undecided, nil, "generator"),
        ("another tool than none", course(seed: 2), 100, baseline(load()), .undecided, nil, "the baseline called none, and this run work"),
        ("a closed loop", course(seed: 2), 100, baseline(closed()), .undecided, nil, "not made at one rate"),
    ] as [(String, LoadResult, Double, BenchmarkStep.Baseline, StepOutcome.Verdict, BenchComparison.Verdict?, String)])
    func compared(
        name: String, result: LoadResult, rate: Double, baseline: BenchmarkStep.Baseline, verdict: StepOutcome.Verdict, comparison: BenchComparison.Verdict?,
        part: String
    ) throws {
        let here = MachineFingerprint(parts: ["machine": "a"])
        let outcome = BenchmarkStep.outcome(.init(result, rate: rate), baseline: baseline, machine: here)
        #expect(outcome.verdict == verdict && outcome.comparison?.verdict == comparison, "\(name): \(outcome.sentence)")
        #expect(outcome.sentence.contains(part), "\(name): \(outcome.sentence)")
        let report = FiveStepsReport(target: "t", server: "s", time: 0, machine: here, steps: [outcome])
        #expect(report.html.contains("Against the baseline") == (comparison != nil))
        #expect(report.json["steps"]?[0]?["comparison"]?["verdict"]?.string == comparison?.rawValue)
        #expect(!outcome.cannotCatch.contains("compares with nothing"))
        // Saved and read back, it is the same baseline.
        let saved = try #require(report.benchmark)
        #expect(try BenchRecord(parsing: saved.json.description).result.slices == result.slices)
        #expect(BenchmarkStep.Baseline(saved, bounds: []).rate == rate)
    }

    @Test("what was asked is saved with the load: two of one load compare, and other arguments are another load")
    func asked() throws {
        let here = MachineFingerprint(parts: ["machine": "a"])
        func record(_ seed: UInt64, _ arguments: String?) throws -> BenchRecord {
            let load = arguments.map { LoadDescription(parts: ["tools": "work", "arguments": $0, "rate": "100.0"]) }
            let outcome = BenchmarkStep.outcome(.init(Self.course(seed: seed), rate: 100, load: load), machine: here)
            let report = FiveStepsReport(target: "t", server: "s", time: 0, machine: here, steps: [outcome])
            return try BenchRecord(parsing: try #require(report.benchmark).json.description)
        }
        let (before, after, other) = (try record(1, "a"), try record(2, "a"), try record(2, "b"))
        #expect(before.load?.parts["arguments"] == "a" && before.seed == 1)
        let bounds = [BenchComparison.Bound(name: "p50", share: 0.5, limit: 1.1)]
        #expect(try BenchComparison(baseline: before, candidate: after, bounds: bounds, draws: 200).verdict == .within)
        #expect(throws: BenchError.self) { try BenchComparison(baseline: before, candidate: other, bounds: bounds, draws: 200) }
        // Beside its baseline, the report says the same; one that does not say what was asked is compared as far as it goes.
        func sentence(_ base: BenchRecord, acrossLoads: Bool = false) -> String {
            var baseline = BenchmarkStep.Baseline(base, bounds: bounds, acrossLoads: acrossLoads)
            baseline.draws = 200
            let run = BenchmarkStep.Run(Self.course(seed: 3), rate: 100, load: LoadDescription(parts: ["tools": "work", "arguments": "a"]))
            return BenchmarkStep.outcome(run, baseline: baseline, machine: here).sentence
        }
        #expect(sentence(other).contains("with other arguments") && !sentence(before).contains("other arguments"))
        let silent = try record(2, nil)
        #expect(sentence(other, acrossLoads: true).contains("No regression") && sentence(silent).contains("No regression"))
    }

    @Test("without its baseline, a load that is a fifth slower is sound")
    func compareControl() {
        let outcome = BenchmarkStep.outcome(.init(Self.course(seed: 2, factor: 1.2), rate: 100))
        #expect(outcome.verdict == .sound && outcome.comparison == nil && outcome.cannotCatch.contains("compares with nothing"))
    }

    @Test("a regression of a load that needs attention anyway says both; one that could not be told hides nothing")
    func worse() {
        let here = MachineFingerprint(parts: ["machine": "a"])
        var slow = Self.course(seed: 2, factor: 1.2)
        slow.waited = 900
        let regression = BenchmarkStep.outcome(.init(slow, rate: 100), baseline: Self.baseline(Self.course()), machine: here)
        #expect(regression.verdict == .attention && regression.sentence.hasPrefix("Regression") && regression.sentence.contains("had to wait"))
        let unknown = BenchmarkStep.outcome(.init(slow, rate: 100), baseline: Self.baseline(Self.course(tool: "other")), machine: here)
        #expect(unknown.verdict == .attention && unknown.sentence.contains("had to wait"))
        #expect(unknown.undecided.contains { $0.contains("slower than the baseline") })
    }

    @Test("a profile tells computing from waiting, and a busy machine from a busy server", arguments: [
        (ToolTime(operation: "work", calls: 90, wall: 3, computing: 2, waitingForProcessor: 0), StepOutcome.Verdict.sound),
        (ToolTime(operation: "work", calls: 90, wall: 30, computing: 27, waitingForProcessor: 1), .attention),
        (ToolTime(operation: "work", calls: 90, wall: 30, computing: 12, waitingForProcessor: 16), .undecided),
        (ToolTime(operation: "work", calls: 90, wall: 30), .undecided),
    ])
    func profile(time: ToolTime, verdict: StepOutcome.Verdict) {
        #expect(ProfileStep.outcome([time]).verdict == verdict)
    }

    @Test("a flame graph and hot functions stand on the page, and the hottest is where to begin")
    func evidence() throws {
        let evidence = ProfileEvidence(source: "perf, 499 a second", flameGraph: "<svg "
            + "id=\"flames\"></svg>", hotPaths: [.init(operation: "work", symbol: "sha256<b>", share: 0.61)])
        let outcome = ProfileStep.outcome([ToolTime(operation: "work", calls: 90, wall: 30, computing: 27, waitingForProcessor: 1)], evidence: evidence)
        #expect(outcome.next.contains("sha256<b>: 61 %"))
        let html = FiveStepsReport(target: "t", server: "s", time: 0, steps: [outcome]).html
        #expect(html.contains("<svg id=\"flames\">") && html.contains("sha256&lt;b&gt;") && !html.contains("sha256<b>"))
        #expect(ProfileStep.outcome([]).verdict == .undecided)
        // A pattern that is known says more than a function does.
        func told(_ functions: String) throws -> StepOutcome {
            let part = ProfileReport.Part(
                operation: .call(tool: "work", arguments: .emptyObject), calls: 90, failures: 0, seconds: 2, onProcessor: try FoldedStacks(parsing: functions), method: "perf")
            let evidence = ProfileEvidence(ProfileReport(parts: [part], runtime: .python, notes: []))
            return ProfileStep.outcome([ToolTime(operation: "work", calls: 90, wall: 30, computing: 27, waitingForProcessor: 1)], evidence: evidence)
        }
        let hashing = try told("main thread;server.py`work;libcrypto.so.3`PKCS5_PBKDF2_HMAC 90\nmain thread;python3`other 10\n")
        #expect(hashing.next.hasPrefix("work: passwords are hashed") && hashing.next.contains("90 % of its samples"))
        #expect(FiveStepsReport(target: "t", server: "s", time: 0, steps: [hashing]).html.contains("Known patterns"))
        let plain = try told("main thread;server.py`work 90\nmain thread;python3`other 10\n")
        #expect(plain.next.hasPrefix("Begin with work") && !FiveStepsReport(target: "t", server: "s", time: 0, steps: [plain]).html.contains("Known patterns"))
    }

    @Test("memory names what it keeps, and claims nothing about what it could not tell")
    func memory() {
        func outcome(_ parts: [LeakReport.Part]) -> StepOutcome { MemoryStep.outcome(LeakReport(parts: parts, runtime: .python, snapshot: "take "
            + "one", limits: [])) }
        let leak = outcome([Self.part(nil, .noLeak), Self.part(.listTools, .leak)])
        #expect(leak.verdict == .fault && leak.findings.first?.code == .memoryPerCall && leak.next.contains("take one"))
        let partial = outcome([Self.part(.listTools, .noLeak), Self.part(.session, .notEnoughData)])
        #expect(partial.verdict == .sound && partial.sentence.contains("tools/list") && !partial.sentence.contains("sessions") && partial.undecided.count == 1)
        #expect(outcome([Self.part(.session, .notEnoughData)]).verdict == .undecided)
        #expect(outcome([Self.part(nil, .noLeak), Self.part(.session, .notEnoughData)]).verdict == .undecided)
        #expect(outcome([Self.part(.listTools, .plateau)]).sentence.contains("bound"))
        #expect(outcome([]).verdict == .undecided)
        // What there was no time for is what it cannot catch.
        let report = LeakReport(parts: [Self.part(.listTools, .noLeak)], runtime: .python, snapshot: nil, limits: [])
        #expect(MemoryStep.outcome(report, leftOut: [.failingCall, .connection]).cannotCatch.contains("for want of time calls that fail and connections"))
        #expect(!MemoryStep.outcome(report).cannotCatch.contains("for want of time"))
    }

    @Test("workers and concurrency take from one examination what is their own")
    func examination() {
        let queue = Self.concurrency(alone: 20, together: 161), hash = Self.concurrency(alone: 28, together: 225, beat: 190)
        #expect(ConcurrencyStep.outcome(queue, width: 8).findings.map(\.code) == [.serialised])
        #expect(WorkersStep.outcome(queue, width: 8).findings.isEmpty)
        var computing = hash
        computing.concurrency[0].cpu = 27 * 24
        #expect(WorkersStep.outcome(computing, width: 8).findings.map(\.code) == [.computesOnLoop])
        #expect(ConcurrencyStep.outcome(computing, width: 8).findings.isEmpty)
    }

    @Test("others that waited without a culprit are no all-clear")
    func waiting() {
        #expect(WorkersStep.outcome(Self.concurrency(alone: 3, together: 20, beat: 4), width: 8).verdict == .sound)
        #expect(WorkersStep.outcome(Self.concurrency(alone: 3, together: 20, beat: 140), width: 8).verdict == .undecided)
    }

    /// An examination in which all was asked, with this left out.
    private static func examined(_ seen: DoctorObservations, without reasons: [DoctorObservations.Omission]) -> DoctorObservations {
        var seen = seen
        seen.asked = WorkersStep.subjects.union(ConcurrencyStep.subjects)
        (seen.listTimes, seen.protocolChecks) = ([1, 1, 1], 6)
        for one in reasons { seen.omit(one.subject, one.reason) }
        return seen
    }

    @Test("what was asked of calls and stalls and could not be told is no all-clear, and what to do is said")
    func untold() {
        var none = DoctorObservations()
        none.quietBeats = Array(repeating: 2, count: 10)
        none = Self.examined(none, without: [.init(.calls, "calls: no tool may be called; name one with --tool NAME"), .init(.stalls, "stalls: no call is quick enough")])
        let workers = WorkersStep.outcome(none, width: 8), concurrency = ConcurrencyStep.outcome(none, width: 8)
        #expect(workers.verdict == .undecided && concurrency.verdict == .undecided)
        #expect(workers.sentence == "Nothing is wrong with what could be told, but calls and stalls could not be.", "\(workers.sentence)")
        #expect(concurrency.sentence == "Nothing is wrong with what could be told, but calls could not be." && concurrency.next.contains("name one with --tool NAME"))
        #expect(FiveStepsReport(target: "t", server: "s", time: 0, steps: [workers, concurrency]).verdict == .undecided)
        // Slow tools alone: their calls are told, stalls are not.
        let slow = Self.examined(Self.concurrency(alone: 90, together: 95), without: [.init(.stalls, "stalls: no call is quick enough to show them")])
        let unseen = WorkersStep.outcome(slow, width: 8)
        #expect(unseen.verdict == .undecided && unseen.sentence.hasSuffix("but stalls could not be.") && unseen.next.contains("Name a quick tool"))
        #expect(ConcurrencyStep.outcome(slow, width: 8).verdict == .sound)
        // The control: with stalls looked for, all is told.
        var whole = Self.examined(slow, without: [])
        whole.omitted = []
        whole.beats = .init(count: 200, median: 2, late: [], calls: 700, duration: 3_000)
        #expect(WorkersStep.outcome(whole, width: 8).verdict == .sound)
    }

    @Test("a race says something of calls, though none was timed")
    func racedOnly() {
        let none = Self.examined(DoctorObservations(), without: [.init(.calls, "calls: no tool may be called")])
        var race = RaceRun.Report()
        race.rounds = 3
        (race.counts.calls, race.counts.done, race.counts.told) = (9, 9, 9)
        let sound = ConcurrencyStep.outcome(none, width: 8, race: race)
        #expect(sound.verdict == .sound && sound.sentence == "9 racing calls gave no answer that fits no order; no call was timed, alone or beside others.", "\(sound)")
        race.finding = .init(kind: .model, round: 2, seed: 7, explanation: "wrong")
        #expect(ConcurrencyStep.outcome(none, width: 8, race: race).verdict == .fault)
        #expect(ConcurrencyStep.outcome(none, width: 8, race: RaceRun.Report()).verdict == .undecided)
    }

    @Test("the headline says the gravest, whatever the order of steps", arguments: 1...20 as ClosedRange<UInt64>)
    func headline(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        func step(_ step: DiagnosisStep, _ verdict: StepOutcome.Verdict) -> StepOutcome { StepOutcome(step, verdict, "\(step) says "
            + "\(verdict).", next: "n", cannotCatch: "c") }
        let verdicts = DiagnosisStep.allCases.map { step($0, StepOutcome.Verdict.allCases.randomElement(using: &random)!) }.shuffled(using: &random)
        let report = FiveStepsReport(target: "t", server: "s", time: 0, steps: verdicts)
        #expect(report.verdict == verdicts.map(\.verdict).max())
        switch report.verdict {
        case .fault: #expect(report.headline.hasPrefix("Not ready") && report.headline.contains("says fault"))
        case .attention: #expect(report.headline.hasPrefix("Usable") && report.headline.contains("says attention"))
        case .undecided: #expect(report.headline.hasPrefix("Nothing"))
        case .sound: #expect(report.headline.hasPrefix("Nothing wrong was found in 5 steps."))
        }
        #expect(report.json["steps"]?.array?.count == 5)
    }

    @Test("pages load nothing, run nothing, escape what they are given, and close what they open")
    func pages() {
        let hostile = "<script>alert(\"1\")</script><img src=x>"
        var seen = Self.concurrency(hostile, alone: 20, together: 161)
        seen.beats = .init(count: 200, median: 2, late: Array(repeating: .init(latency: 205), count: 4), calls: 700, duration: 3000)
        let leak = LeakReport(
            parts: [Self.part(nil, .noLeak), Self.part(.call(tool: hostile, arguments: .emptyObject), .leak)], runtime: .python, snapshot: hostile,
            limits: [hostile])
        var race = RaceRun.Report()
        race.rounds = 3
        race.counts.calls = 9
        race.finding = .init(kind: .model, round: 2, seed: 7, explanation: hostile)
        let steps = [
            ProfileStep.outcome([ToolTime(operation: hostile, calls: 1, wall: 3, computing: 2)]),
            BenchmarkStep.outcome(.init(Self.load(failed: 0.1), rate: 20)),
            MemoryStep.outcome(leak), WorkersStep.outcome(seen, width: 8), ConcurrencyStep.outcome(seen, width: 8, race: race),
        ]
        let pages = [
            FiveStepsReport(target: hostile, server: hostile, time: 0, steps: steps).html, leak.html(of: hostile, time: 0),
            DoctorRules.diagnose(seen).html(of: hostile, seen: seen, time: 0),
        ]
        for html in pages {
            for part in ["<script", "<img", "http:", "https:", "@import", "url(", "nan", "inf%"] { #expect(!html.contains(part), "\(part)") }
            for tag in ["section", "svg", "table", "main", "div", "p", "dl", "ul", "li", "nav", "a", "span", "i", "b", "h2", "h3", "pre"] {
                #expect(html.ranges(of: "<\(tag)>").count + html.ranges(of: "<\(tag) ").count == html.ranges(of: "</\(tag)>").count, "\(tag)")
            }
        }
        #expect(pages[0].contains("href=\"#memory\"") && pages[0].contains("id=\"memory\""))
        #expect(pages[0].ranges(of: "What this step cannot catch").count == 5)
    }

    @Test("days are those of the calendar", arguments: [
        (0, "1970-01-01 00:00"), (951_782_400_000, "2000-02-29 00:00"), (1_795_276_740_000, "2026-11-21 15:59"), (-60_000, "1969-12-31 "
            + "23:59"), (4_107_542_400_000, "2100-03-01 00:00"),
    ] as [(Int64, String)])
    func days(time: Int64, text: String) {
        #expect(DayTime(milliseconds: time).text == text)
    }
}
