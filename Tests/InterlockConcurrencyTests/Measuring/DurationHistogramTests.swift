import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A histogram of durations")
struct DurationHistogramTests {
    @Test("answers nothing while empty, and exact extremes, sum and mean otherwise")
    func exact() {
        var histogram = DurationHistogram()
        #expect(histogram.quantile(0.5) == nil)
        #expect(histogram.mean == nil)
        #expect(histogram.buckets.isEmpty)
        for milliseconds in [3, 1, 8] { histogram.record(.milliseconds(milliseconds)) }
        histogram.record(.seconds(-1))
        #expect(histogram.count == 4)
        #expect(histogram.shortest == .zero)
        #expect(histogram.longest == .milliseconds(8))
        #expect(histogram.mean == .milliseconds(3))
        #expect(histogram.quantile(1) == .milliseconds(8))
        #expect(histogram.quantile(-3) == .zero)
    }

    @Test("never puts a quantile too low, nor more than a quarter too high, from nanoseconds to centuries")
    func quantiles() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var histogram = DurationHistogram()
            let values = (0..<50).map { _ in Int64.random(in: 0...(Int64.max >> Int64.random(in: 0...62, using: &random)), using: &random) }.sorted()
            for value in values { histogram.record(.nanoseconds(value)) }
            for share in [0.01, 0.5, 0.9, 1] {
                let exact = values[max(1, Int((share * 50).rounded(.up))) - 1]
                let answer = histogram.quantile(share)!
                #expect(answer >= .nanoseconds(exact))
                #expect(answer <= .nanoseconds(exact) + .nanoseconds(exact / 4))
            }
        }
    }

    @Test("merges to what one histogram of all would be")
    func merge() {
        for seed in 0..<50 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var parts = [DurationHistogram(), DurationHistogram(), DurationHistogram()]
            var whole = DurationHistogram()
            for _ in 0..<60 {
                let duration = Duration.nanoseconds(Int64.random(in: 0...1_000_000_000, using: &random))
                parts[Int.random(in: 0..<3, using: &random)].record(duration)
                whole.record(duration)
            }
            var merged = DurationHistogram()
            for part in parts.shuffled(using: &random) { merged.merge(part) }
            #expect(merged == whole)
        }
    }
}
