import Foundation
import InterlockJSON
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

/// One after the other: they compute for seconds, and beside them run tests that wait for answers.
@Suite("Comparing runs", .serialized)
struct BenchComparisonTests {
    private static let bounds = [BenchComparison.Bound(name: "p50", share: 0.5, limit: 1.1), BenchComparison.Bound(name: "p99", share: 0.99, limit: 1.1)]

    @Test("a shift of a fifth is flagged, equal distributions pass", arguments: 1...20)
    func twenty(seed: UInt64) throws {
        #expect(try Self.compare(seed, SyntheticRun.record(seed: seed + 100, factor: 1.2)).verdict == .regression)
        #expect(try Self.compare(seed, SyntheticRun.record(seed: seed + 100)).verdict == .within)
    }

    private static func compare(
        _ seed: UInt64, _ candidate: BenchRecord, noise: Double = 0, limit: Double = 1.1, smallestEffect: Double = 0.05
    ) throws -> BenchComparison {
        let bounds = [BenchComparison.Bound(name: "p50", share: 0.5, limit: limit), BenchComparison.Bound(name: "p99", share: 0.99, limit: limit)]
        return try BenchComparison(
            baseline: SyntheticRun.record(seed: seed, noise: noise), candidate: candidate, bounds: bounds, smallestEffect: smallestEffect, draws: 200, seed: seed)
    }

    @Test("without the interval, equal builds on a noisy machine would be flagged")
    func interval() throws {
        let comparisons = try (1...20).map { seed in try Self.compare(seed, SyntheticRun.record(seed: seed + 100, noise: 0.5), noise: 0.5, limit: 1.02) }
        #expect(comparisons.count { $0.verdict == .regression } == 0)
        #expect(comparisons.count { $0.rows.contains { $0.ratio > $0.bound.limit } } >= 5)
        #expect(comparisons.allSatisfy { comparison in
            comparison.rows.allSatisfy {
                ($0.verdict == .undecided) == ($0.ratio > $0.bound.limit || $0.interval.upperBound > $0.bound.limit * BenchComparison.reach)
            }
        })
    }

    @Test("without the smallest effect, a difference that is certain and means nothing would be flagged")
    func effect() throws {
        var flagged = 0
        for seed in UInt64(1)...20 {
            let candidate = SyntheticRun.record(seed: seed + 100, factor: 1.04)
            #expect(try Self.compare(seed, candidate, limit: 1).verdict != .regression)
            if try Self.compare(seed, candidate, limit: 1, smallestEffect: 0).verdict == .regression { flagged += 1 }
        }
        #expect(flagged >= 10)
    }

    @Test("more failures are a regression, however fast they are; too few calls are no proof")
    func failures() throws {
        let failing = Self.failing(SyntheticRun.record(seed: 2, factor: 0.5), calls: 200) { $0 % 30 }
        #expect(try Self.compare(1, failing).verdict == .regression && Self.compare(1, failing).hasMoreErrors)
        var short = SyntheticRun.record(seed: 2)
        short.result.slices = Array(short.result.slices.prefix(4))
        #expect(try Self.compare(1, short).verdict == .notEnoughData)
        let rare = try #require(BenchComparison.Bound(parsing: "p99.99=1.1"))
        #expect(try BenchComparison(baseline: SyntheticRun.record(seed: 1), candidate: SyntheticRun.record(seed: 2), bounds: [rare], draws: 10).verdict == .notEnoughData)
    }

    /// The same with some failed calls besides, each in the slice that `slice` says.
    private static func failing(
        _ record: BenchRecord, calls: Int, _ outcome: CallOutcome = .busy, latency: Duration = .zero, slice: (Int) -> Int
    ) -> BenchRecord {
        var record = record
        for number in 0..<calls {
            record.result.slices[slice(number)].record(outcome, latency: latency, service: .zero)
            record.result.total.record(outcome, latency: latency, service: .zero)
        }
        return record
    }

    @Test("failures that came together, and may come again or not, are undecided; the same number all over the time is a regression")
    func errorInterval() throws {
        // 150 of 9,150 calls: 1.6 %.
        let together = try Self.compare(1, Self.failing(SyntheticRun.record(seed: 2), calls: 150) { _ in 7 })
        #expect(together.errorVerdict == .undecided && together.verdict == .undecided && !together.hasMoreErrors)
        #expect(together.errorInterval.lowerBound == 0 && together.errorInterval.upperBound > 0.016)
        let spread = try Self.compare(1, Self.failing(SyntheticRun.record(seed: 2), calls: 150) { $0 % 30 })
        #expect(spread.errorVerdict == .regression && spread.errorInterval.lowerBound > 0.01)
        let few = try Self.compare(1, Self.failing(SyntheticRun.record(seed: 2), calls: 60) { $0 % 30 })
        #expect(few.errorVerdict == .within && few.verdict == .within)
        #expect(together.json["errors"]?["verdict"]?.string == "undecided" && together.json["hasMoreErrors"]?.bool == false)
    }

    @Test("a call without an answer waited at least so long, and does not vanish from the tail; one that failed at once does not make it better")
    func censored() throws {
        // 0.99 % that nobody answered within 30 s: too few to be a regression of errors, and nearly two in a hundred lie beyond the old p99 then.
        let hanging = Self.failing(SyntheticRun.record(seed: 2), calls: 90, .transportError, latency: .seconds(30)) { $0 % 30 }
        let comparison = try Self.compare(1, hanging)
        #expect(comparison.errorVerdict == .within)
        #expect(comparison.rows[1].ratio > 1.1 && comparison.verdict != .within)
        // As many refused at once, by any of its names, leave the percentiles what they were.
        for outcome in [CallOutcome.transportError, .busy] {
            let refused = Self.failing(SyntheticRun.record(seed: 2), calls: 90, outcome) { $0 % 30 }
            #expect(try Self.compare(1, refused).rows == Self.compare(1, SyntheticRun.record(seed: 2)).rows)
        }
        #expect(try BenchRecord(parsing: hanging.json.description) == hanging)
    }

    /// Two runs by turns on a machine that drifts: what happens in a slice happens to both.
    private static func byTurns(seed: UInt64, factor: Double) -> (BenchRecord, BenchRecord) {
        var random = SeededRandom(seed: seed)
        let drift = (0..<30).map { _ in exp2(Double.random(in: -1...1, using: &random)) }
        func drifting(_ seed: UInt64, _ factor: Double) -> BenchRecord {
            var random = SeededRandom(seed: seed)
            var record = SyntheticRun.record(seed: seed)
            record.result.total = LoadMeasure()
            for index in drift.indices {
                record.result.slices[index] = LoadMeasure()
                for _ in 0..<300 {
                    let share = (Double.random(in: 0..<1, using: &random) + Double.random(in: 0..<1, using: &random)) / 2
                    let latency = Duration(seconds: drift[index] * factor * (0.01 + 0.004 * share))
                    record.result.slices[index].record(.ok, latency: latency, service: .zero)
                }
                record.result.total.merge(record.result.slices[index])
            }
            return record
        }
        return (drifting(seed + 100, 1), drifting(seed + 200, factor))
    }

    @Test("a drift of the machine that both servers felt hides a fifth from blocks drawn apart, and not from pairs", arguments: 1...4)
    func paired(seed: UInt64) throws {
        func verdict(_ runs: (BenchRecord, BenchRecord), paired: Bool) throws -> BenchComparison.Verdict {
            let bounds = [BenchComparison.Bound(name: "p50", share: 0.5, limit: 1.1)]
            return try BenchComparison(baseline: runs.0, candidate: runs.1, bounds: bounds, paired: paired, draws: 200).verdict
        }
        let slower = Self.byTurns(seed: seed, factor: 1.2)
        #expect(try verdict(slower, paired: true) == .regression && verdict(slower, paired: false) == .undecided)
        #expect(try verdict(Self.byTurns(seed: seed, factor: 1), paired: true) == .within)
    }

    @Test("nothing is called within its limit whose interval reaches far beyond it")
    func evidence() throws {
        // Two blocks of thirty take ten times as long: whether they belong to the server, nobody can say.
        var (one, other) = (SyntheticRun.record(seed: 1), SyntheticRun.record(seed: 2))
        for index in [3, 9] {
            other.result.slices[index] = SyntheticRun.record(seed: 3, factor: 10).result.slices[index]
        }
        other.result.total = other.result.slices.reduce(into: LoadMeasure()) { $0.merge($1) }
        one.result.total = one.result.slices.reduce(into: LoadMeasure()) { $0.merge($1) }
        let bounds = [BenchComparison.Bound(name: "p90", share: 0.9, limit: 1.4)]
        let comparison = try BenchComparison(baseline: one, candidate: other, bounds: bounds, draws: 200)
        let row = comparison.rows[0]
        #expect(row.ratio <= row.bound.limit && row.interval.upperBound > row.bound.limit * BenchComparison.reach, "\(row)")
        #expect(comparison.verdict == .undecided)
    }

    @Test("a percentile takes ten calls beyond it, and what is bounded without being named is what the calls can tell")
    func needed() throws {
        #expect(["p50=1", "p95=1", "p99=1", "p99.9=1"].compactMap { BenchComparison.Bound(parsing: $0)?.neededCalls } == [20, 200, 1_000, 10_000])
        #expect(BenchComparison.Bound.usual(calls: 500).map(\.name) == ["p50", "p95"] && BenchComparison.Bound.usual(calls: 1_000).count == 3)
        #expect(BenchComparison.Bound.usual(calls: 0).map(\.name) == ["p50"])
    }

    @Test("a bound is a percentile and a ratio, and nothing else", arguments: ["p99", "99=1.1", "p0=1.1", "p100=1.1", "p99=0.9", "p99=x", "p99=1.1=2", "p99=inf"])
    func parsing(text: String) {
        #expect(BenchComparison.Bound(parsing: text) == nil)
        #expect(BenchComparison.Bound(parsing: "p99.9=1.25") == .init(name: "p99.9", share: 0.999, limit: 1.25))
    }

    @Test("different machines are refused unless asked for")
    func machines() throws {
        let (one, other) = (SyntheticRun.record(seed: 1), SyntheticRun.record(seed: 1, machine: "b"))
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
        #expect(try Self.described(tools: [("a", 1), ("b", 2)]) == Self.described(tools: [("b", 2), ("a", 1)]))
        let unlike: [(String, LoadDescription)] = [
            ("rate", try Self.described(load { $0.loop = .open([LoadPhase(rate: 301, duration: .seconds(30))]) })),
            ("loop", try Self.described(load { $0.loop = .open([LoadPhase(rate: 300, duration: .seconds(30))], spacing: .poisson) })),
            ("loop", try Self.described(load { $0.loop = .closed(clients: 2, duration: .seconds(30)) })),
            ("inFlight", try Self.described(load { $0.maximumInFlight = 2 })), ("seed", try Self.described(load { $0.seed = 2 })),
            ("tools", try Self.described(tools: [("b", 1)])), ("tools", try Self.described(tools: [("a", 2)])),
            ("arguments", try Self.described(arguments: ["n": 2])), ("agents", try Self.described(agents: 2)),
        ]
        var (one, other) = (SyntheticRun.record(seed: 1), SyntheticRun.record(seed: 1))
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
            var records = [SyntheticRun.record(seed: 1), SyntheticRun.record(seed: 2)]
            #expect(try BenchComparison(baseline: records[0], candidate: records[1], bounds: Self.bounds, draws: 20).verdict == .within)
            doubt(&records[side].result)
            let comparison = try BenchComparison(baseline: records[0], candidate: records[1], bounds: Self.bounds, draws: 20)
            #expect(comparison.verdict == .undecided && comparison.doubts.count == 1)
            #expect(comparison.doubts[0].hasPrefix(side == 0 ? "baseline: " : "candidate: "))
        }
    }

    @Test("calls that the candidate dropped excuse no regression; a baseline or a generator that says nothing does")
    func excuses() throws {
        var (one, slow) = (SyntheticRun.record(seed: 1), SyntheticRun.record(seed: 2, factor: 2))
        slow.result.dropped = 100
        #expect(try BenchComparison(baseline: one, candidate: slow, bounds: Self.bounds, draws: 20).verdict == .regression)
        slow.result.generatorCores = 0.9
        #expect(try BenchComparison(baseline: one, candidate: slow, bounds: Self.bounds, draws: 20).verdict == .undecided)
        (slow.result.generatorCores, one.result.dropped) = (0, 100)
        #expect(try BenchComparison(baseline: one, candidate: slow, bounds: Self.bounds, draws: 20).verdict == .undecided)
    }

    @Test("its page says the verdict, the rows and the doubts")
    func page() throws {
        var (one, other) = (SyntheticRun.record(seed: 1), SyntheticRun.record(seed: 2))
        (one.load, other.load) = (try Self.described(), try Self.described())
        other.result.dropped = 7
        let comparison = try BenchComparison(baseline: one, candidate: other, bounds: Self.bounds, draws: 50)
        let pages = [comparison.html(one, other), other.html(comparison, against: "http://base/mcp")]
        for page in pages {
            for part in ["Undecided", "p50", "p99", "candidate: 7 calls were dropped"] { #expect(page.contains(part), "\(part)") }
        }
        #expect(pages[0].contains("rate: 300.0") && pages[1].contains("http://base/mcp"))
    }
}
