import InterlockJSON
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("The histogram of latencies")
struct LatencyHistogramTests {
    private static func values(_ seed: UInt64) -> [Int64] {
        var random = SeededRandom(seed: seed)
        return (0..<2_000).map { _ in Int64.random(in: 0...Int64(1) << Int64.random(in: 0...40, using: &random), using: &random) }
    }

    private static func histogram(_ values: [Int64]) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for value in values { histogram.record(nanoseconds: value) }
        return histogram
    }

    @Test("a quantile is never too low and at most 0.2 % too high", arguments: 0..<20)
    func accuracy(seed: UInt64) throws {
        let sorted = Self.values(seed).sorted()
        let histogram = Self.histogram(sorted)
        for share in [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
            let found = try #require(histogram.quantile(share)).nanosecondsRounded
            #expect(found >= exact && Double(found - exact) <= Double(exact) * 0.002)
        }
        #expect(histogram.longest == .nanoseconds(sorted.last!))
    }

    @Test("histograms add up as if all had been recorded in one, in any order", arguments: 0..<20)
    func merges(seed: UInt64) {
        let (left, right) = (Self.values(seed), Self.values(seed + 100))
        var sum = Self.histogram(left)
        sum.merge(Self.histogram(right), times: 2)
        #expect(sum.buckets.map(\.count) == Self.histogram(right + left + right).buckets.map(\.count))
        #expect(sum.count == 6_000 && sum.range == Self.histogram(left + right).range)
        sum.merge(LatencyHistogram())
        #expect(sum.count == 6_000)
    }

    @Test("nothing, less than nothing and centuries are no trouble")
    func edges() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil && histogram.mean == nil && histogram.buckets.isEmpty)
        histogram.record(.seconds(-1))
        histogram.record(nanoseconds: .max)
        histogram.record(nanoseconds: 5, times: 0)
        #expect(histogram.count == 2 && histogram.quantile(0) == .zero && histogram.quantile(1) == .nanoseconds(Int64.max))
    }

    @Test("comes back from JSON as it was, and damage is noticed")
    func json() {
        let histogram = Self.histogram(Self.values(3))
        #expect(LatencyHistogram(histogram.json) == histogram)
        #expect(LatencyHistogram(LatencyHistogram().json) == LatencyHistogram())
        #expect(LatencyHistogram(["buckets": [[1]]]) == nil && LatencyHistogram(["buckets": [[1, 1]]]) == nil && LatencyHistogram([:]) == nil)
    }

    @Test("as text for the plotters it ends with every call counted")
    func hgrm() {
        let lines = Self.histogram([1_000_000, 2_000_000, 3_000_000, 4_000_000]).hgrm.split(separator: "\n")
        #expect(lines[1].hasSuffix("0.250000000000 1 1.33") && lines[4].hasSuffix("1.000000000000 4 inf"))
        #expect(lines.last == "#[Max = 4.000000, Total count = 4]")
    }
}
