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

    @Test("a quantile is never too low and at most 0.1 % too high", arguments: 0..<20)
    func accuracy(seed: UInt64) throws {
        let sorted = Self.values(seed).sorted()
        let histogram = Self.histogram(sorted)
        for share in [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
            let found = try #require(histogram.quantile(share)).nanosecondsRounded
            #expect(found >= exact && Double(found - exact) <= Double(exact) * 0.001)
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

    @Test("what no histogram can be is not read, however it is made up", arguments: [
        #"{"buckets":[[5,9223372036854775807],[9,9223372036854775807]],"min":5,"max":9,"sum":1}"#, #"{"buckets":[[5,9007199254740993]],"min":5,"max":5,"sum":4.5e16}"#,
        #"{"buckets":[[9,1],[5,1]],"min":5,"max":9,"sum":14}"#, #"{"buckets":[[5,1],[9,1]],"min":5,"max":10,"sum":14}"#,
        #"{"buckets":[[5,1],[9,1]],"min":6,"max":9,"sum":14}"#, #"{"buckets":[[5,1],[9,1]],"min":-5,"max":9,"sum":14}"#,
        #"{"buckets":[[5000,1],[9000,1]],"min":5000,"max":9000,"sum":14100}"#, #"{"buckets":[[5000,1],[9000,1]],"min":5000,"max":9000,"sum":13000}"#,
    ])
    func damage(text: String) throws {
        #expect(LatencyHistogram(try JSONValue(parsing: text)) == nil)
        #expect(LatencyHistogram(try JSONValue(parsing: #"{"buckets":[[5000,1],[9000,1]],"min":5000,"max":9000,"sum":14000}"#)) != nil)
        // As it was written with half as many buckets: the lowest value lies in the lower half of its bucket, whose upper bound is known.
        #expect(LatencyHistogram(try JSONValue(parsing: #"{"buckets":[[1048575,2]],"min":1046529,"max":1048000,"sum":2094529}"#)) != nil)
    }
}
