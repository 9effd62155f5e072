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

    @Test("what is no saved run says what it lacks", arguments: [("{", "no JSON"), ("{}", "--save"), (#"{"format":"interlock-bench-1"}"#, "damaged")])
    func damaged(text: String, part: String) {
        let error = #expect(throws: BenchError.self) { try BenchRecord(parsing: text) }
        #expect(error?.description.contains(part) == true)
    }

    @Test("a saved run comes back as it was")
    func roundTrip() throws {
        let record = Self.record(seed: 4)
        let read = try BenchRecord(parsing: record.json.description)
        #expect(read == record)
    }
}
