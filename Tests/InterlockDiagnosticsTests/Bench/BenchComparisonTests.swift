import InterlockJSON
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("Comparing runs")
struct BenchComparisonTests {
    /// A run of 30 blocks; `noise` is how much slower or faster whole blocks are than others, as they are on a machine that others use too.
    private static func record(seed: UInt64, factor: Double = 1, noise: Double = 0, machine: String = "a") -> BenchRecord {
        var random = SeededRandom(seed: seed)
        var result = LoadResult()
        (result.offeredSeconds, result.seconds, result.offered, result.sliceSeconds) = (30, 30, 9_000, 1)
        for _ in 0..<30 {
            var slice = LoadMeasure()
            let factor = factor * (1 + noise * Double.random(in: -1...1, using: &random))
            for _ in 0..<300 {
                let share = (Double.random(in: 0..<1, using: &random) + Double.random(in: 0..<1, using: &random)) / 2
                slice.record(.ok, latency: Duration(seconds: factor * (0.002 + 0.02 * share * share)), service: .zero)
            }
            result.slices.append(slice)
            result.total.merge(slice)
        }
        return BenchRecord(target: "t", seed: seed, time: 0, machine: MachineFingerprint(parts: ["machine": machine]), result: result)
    }

    private static let bounds = [BenchComparison.Bound(name: "p50", share: 0.5, limit: 1.1), BenchComparison.Bound(name: "p99", share: 0.99, limit: 1.1)]

    @Test("a shift of a fifth is flagged, equal distributions pass", arguments: 1...20)
    func twenty(seed: UInt64) throws {
        #expect(try Self.compare(seed, Self.record(seed: seed + 100, factor: 1.2)).verdict == .regression)
        #expect(try Self.compare(seed, Self.record(seed: seed + 100)).verdict == .within)
    }

    private static func compare(
        _ seed: UInt64, _ candidate: BenchRecord, noise: Double = 0, limit: Double = 1.1, smallestEffect: Double = 0.05
    ) throws -> BenchComparison {
        let bounds = [BenchComparison.Bound(name: "p50", share: 0.5, limit: limit), BenchComparison.Bound(name: "p99", share: 0.99, limit: limit)]
        return try BenchComparison(
            baseline: record(seed: seed, noise: noise), candidate: candidate, bounds: bounds, smallestEffect: smallestEffect, draws: 200, seed: seed)
    }

    @Test("without the interval, equal builds on a noisy machine would be flagged")
    func interval() throws {
        let comparisons = try (1...20).map { seed in try Self.compare(seed, Self.record(seed: seed + 100, noise: 0.5), noise: 0.5, limit: 1.02) }
        #expect(comparisons.count { $0.verdict == .regression } == 0)
        #expect(comparisons.count { $0.rows.contains { $0.ratio > $0.bound.limit } } >= 5)
        #expect(comparisons.allSatisfy { comparison in
            comparison.rows.allSatisfy { ($0.verdict == .undecided) == ($0.ratio > $0.bound.limit) }
        })
    }

    @Test("without the smallest effect, a difference that is certain and means nothing would be flagged")
    func effect() throws {
        var flagged = 0
        for seed in UInt64(1)...20 {
            let candidate = Self.record(seed: seed + 100, factor: 1.04)
            #expect(try Self.compare(seed, candidate, limit: 1).verdict != .regression)
            if try Self.compare(seed, candidate, limit: 1, smallestEffect: 0).verdict == .regression { flagged += 1 }
        }
        #expect(flagged >= 10)
    }

    @Test("more failures are a regression, however fast they are; too few calls are no proof")
    func failures() throws {
        var failing = Self.record(seed: 2, factor: 0.5)
        for _ in 0..<200 { failing.result.total.record(.busy, latency: .zero, service: .zero) }
        #expect(try Self.compare(1, failing).verdict == .regression)
        var short = Self.record(seed: 2)
        short.result.slices = Array(short.result.slices.prefix(4))
        #expect(try Self.compare(1, short).verdict == .notEnoughData)
        let rare = try #require(BenchComparison.Bound(parsing: "p99.99=1.1"))
        #expect(try BenchComparison(baseline: Self.record(seed: 1), candidate: Self.record(seed: 2), bounds: [rare], draws: 10).verdict == .notEnoughData)
    }

    @Test("a bound is a percentile and a ratio, and nothing else", arguments: ["p99", "99=1.1", "p0=1.1", "p100=1.1", "p99=0.9", "p99=x", "p99=1.1=2", "p99=inf"])
    func parsing(text: String) {
        #expect(BenchComparison.Bound(parsing: text) == nil)
        #expect(BenchComparison.Bound(parsing: "p99.9=1.25") == .init(name: "p99.9", share: 0.999, limit: 1.25))
    }

    @Test("different machines are refused unless asked for")
    func machines() throws {
        let (one, other) = (Self.record(seed: 1), Self.record(seed: 1, machine: "b"))
        #expect(throws: BenchError.self) { try BenchComparison(baseline: one, candidate: other, bounds: Self.bounds, draws: 10) }
        _ = try BenchComparison(baseline: one, candidate: other, bounds: Self.bounds, acrossMachines: true, draws: 10)
    }

    private static let load = LoadConfiguration(.open([LoadPhase(rate: 300, duration: .seconds(30))]))

    private static func described(
        _ configuration: LoadConfiguration = load, tools: [(String, Int)] = [("a", 1)], arguments: JSONValue = ["n": 1], agents: Int = 1
    ) throws -> LoadDescription {
        let template = try ArgumentTemplate(arguments)
        return LoadDescription(configuration, mix: ToolMix(tools.map { .init(tool: $0.0, weight: $0.1, arguments: template) }), agents: agents)
    }

    @Test("unlike loads are refused, each difference by its name, unless asked for")
    func loads() throws {
        func load(_ edit: (inout LoadConfiguration) -> Void) -> LoadConfiguration {
            var load = Self.load
            edit(&load)
            return load
        }
        let like = try Self.described()
        let longer = try Self.described(load { $0.loop = .open([LoadPhase(rate: 300, duration: .seconds(90))]) })
        #expect(like == longer)
        let unlike: [(String, LoadDescription)] = [
            ("rate", try Self.described(load { $0.loop = .open([LoadPhase(rate: 301, duration: .seconds(30))]) })),
            ("loop", try Self.described(load { $0.loop = .open([LoadPhase(rate: 300, duration: .seconds(30))], spacing: .poisson) })),
            ("loop", try Self.described(load { $0.loop = .closed(clients: 2, duration: .seconds(30)) })),
            ("inFlight", try Self.described(load { $0.maximumInFlight = 2 })), ("seed", try Self.described(load { $0.seed = 2 })),
            ("tools", try Self.described(tools: [("b", 1)])), ("tools", try Self.described(tools: [("a", 2)])),
            ("arguments", try Self.described(arguments: ["n": 2])), ("agents", try Self.described(agents: 2)),
        ]
        var (one, other) = (Self.record(seed: 1), Self.record(seed: 1))
        one.load = like
        for (name, load) in unlike {
            other.load = load
            let error = #expect(throws: BenchError.self) { try BenchComparison(baseline: one, candidate: other, bounds: Self.bounds, draws: 10) }
            #expect(error?.description.contains("\(name) ") == true && error?.description.contains("--across-loads") == true)
            _ = try BenchComparison(baseline: one, candidate: other, bounds: Self.bounds, acrossLoads: true, draws: 10)
        }
        other.load = longer
        _ = try BenchComparison(baseline: one, candidate: other, bounds: Self.bounds, draws: 10)
    }

    @Test("a side that dropped calls, or whose generator was the limit, leaves it undecided; without that it would pass", arguments: [
        { $0.dropped = 1 }, { $0.lateStarts = 900 }, { $0.generatorCores = 0.9 },
    ] as [@Sendable (inout LoadResult) -> Void])
    func doubts(doubt: @Sendable (inout LoadResult) -> Void) throws {
        for side in [0, 1] {
            var records = [Self.record(seed: 1), Self.record(seed: 2)]
            #expect(try BenchComparison(baseline: records[0], candidate: records[1], bounds: Self.bounds, draws: 20).verdict == .within)
            doubt(&records[side].result)
            let comparison = try BenchComparison(baseline: records[0], candidate: records[1], bounds: Self.bounds, draws: 20)
            #expect(comparison.verdict == .undecided && comparison.doubts.count == 1)
            #expect(comparison.doubts[0].hasPrefix(side == 0 ? "baseline: " : "candidate: "))
        }
    }

    @Test("calls that the candidate dropped excuse no regression; a baseline or a generator that says nothing does")
    func excuses() throws {
        var (one, slow) = (Self.record(seed: 1), Self.record(seed: 2, factor: 2))
        slow.result.dropped = 100
        #expect(try BenchComparison(baseline: one, candidate: slow, bounds: Self.bounds, draws: 20).verdict == .regression)
        slow.result.generatorCores = 0.9
        #expect(try BenchComparison(baseline: one, candidate: slow, bounds: Self.bounds, draws: 20).verdict == .undecided)
        (slow.result.generatorCores, one.result.dropped) = (0, 100)
        #expect(try BenchComparison(baseline: one, candidate: slow, bounds: Self.bounds, draws: 20).verdict == .undecided)
    }

    @Test("its page says the verdict, the rows and the doubts")
    func page() throws {
        var (one, other) = (Self.record(seed: 1), Self.record(seed: 2))
        (one.load, other.load) = (try Self.described(), try Self.described())
        other.result.dropped = 7
        let comparison = try BenchComparison(baseline: one, candidate: other, bounds: Self.bounds, draws: 50)
        let pages = [comparison.html(one, other), other.html(comparison, against: "http://base/mcp")]
        for page in pages {
            for part in ["Undecided", "p50", "p99", "candidate: 7 calls were dropped"] { #expect(page.contains(part), "\(part)") }
        }
        #expect(pages[0].contains("rate: 300.0") && pages[1].contains("http://base/mcp"))
    }

    @Test("what is no saved run says what it lacks", arguments: [("{", "no JSON"), ("{}", "--save"), (#"{"format":"interlock-bench-1"}"#, "damaged")])
    func damaged(text: String, part: String) {
        let error = #expect(throws: BenchError.self) { try BenchRecord(parsing: text) }
        #expect(error?.description.contains(part) == true)
    }

    @Test("a saved run comes back as it was")
    func roundTrip() throws {
        var record = Self.record(seed: 4)
        #expect(try BenchRecord(parsing: record.json.description) == record)
        record.load = try Self.described()
        record.search = BreakingPoint(lastGood: 400, breakingPoint: nil, generatorLimit: 800)
        let read = try BenchRecord(parsing: record.json.description)
        #expect(read == record)
    }
}
