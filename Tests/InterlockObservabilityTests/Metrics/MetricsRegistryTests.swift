import CoreMetrics
import InterlockConcurrency
@testable import InterlockObservability
import InterlockSimulation
import Testing

@Suite("A registry of metrics", .timeLimit(.minutes(5)))
struct MetricsRegistryTests {
    private func total(_ registry: MetricsRegistry, _ name: String, _ labels: [MetricLabel] = []) -> Double? {
        guard let series = registry.snapshot[name]?.series.first(where: { $0.labels == labels }) else { return nil }
        return switch series.reading {
        case .counter(let total, _): total
        case .gauge(let value): value
        case .histogram(let histogram): Double(histogram.count)
        }
    }

    @Test("counts exactly when eight tasks add ten thousand times each, through handlers of their own")
    func exactCounts() async {
        let registry = MetricsRegistry(clock: ManualClock())
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = registry.makeCounter(label: "calls", dimensions: [("b", "2"), ("a", "1")])
                    let floating = registry.makeFloatingPointCounter(label: "seconds", dimensions: [])
                    let meter = registry.makeMeter(label: "level", dimensions: [])
                    let timer = registry.makeTimer(label: "took", dimensions: [])
                    for _ in 0..<10_000 {
                        counter.increment(by: 1)
                        floating.increment(by: 0.5)
                        meter.increment(by: 1)
                        timer.recordNanoseconds(1_000_000)
                    }
                }
            }
        }
        #expect(total(registry, "calls_total", [MetricLabel("a", "1"), MetricLabel("b", "2")]) == 80_000)
        #expect(total(registry, "seconds_total") == 40_000)
        #expect(total(registry, "level") == 80_000)
        #expect(total(registry, "took_seconds") == 80_000)
    }

    @Test("shares one series among handlers, and removes it with the last of them")
    func sharing() {
        let registry = MetricsRegistry(clock: ManualClock())
        let first = registry.makeCounter(label: "c", dimensions: [("x", "1"), ("y", "2")])
        let second = registry.makeCounter(label: "c", dimensions: [("y", "2"), ("x", "1")])
        #expect(first === second)
        registry.destroyCounter(first)
        #expect(registry.snapshot["c_total"] != nil)
        registry.destroyCounter(second)
        #expect(registry.snapshot["c_total"] == nil)
    }

    @Test("collapses label sets beyond the limit; without that limit the bound is exceeded", arguments: [true, false])
    func labelLimit(isLimited: Bool) {
        let registry = MetricsRegistry(.init(labelSets: isLimited ? 20 : .max), clock: ManualClock())
        var random = SeededRandom(seed: 7)
        for step in 0..<2_000 {
            let outcome = ["ok", "error", "busy"].randomElement(using: &random)!
            registry.makeCounter(label: "c", dimensions: [("tool", "t\(step)"), ("outcome", outcome)]).increment(by: 1)
        }
        let series = registry.snapshot["c_total"]!.series
        let sum = series.reduce(0.0) { if case .counter(let total, _) = $1.reading { $0 + total } else { $0 } }
        #expect(sum == 2_000)
        #expect((series.count <= MetricFamily.mostSeries(limit: 20)) == isLimited)
        #expect(series.contains { $0.labels.contains(MetricLabel("tool", "other")) } == isLimited)
        // The label with few values keeps them.
        if isLimited { #expect(series.contains { $0.labels == [MetricLabel("outcome", "ok"), MetricLabel("tool", "other")] }) }
        #expect(total(registry, MetricTable.droppedLabels, [MetricLabel("metric", "c_total")]) == (isLimited ? 1_980 : nil))
    }

    @Test("keeps at most so many metrics, and one kind to a name")
    func metricLimit() {
        let registry = MetricsRegistry(.init(metrics: 3), clock: ManualClock())
        for number in 0..<5 { registry.makeCounter(label: "c\(number)", dimensions: []).increment(by: 1) }
        #expect(registry.snapshot.metrics.count == 3 + 2)
        #expect(total(registry, MetricTable.droppedMetrics, [MetricLabel("reason", "limit")]) == 2)
        let other = MetricsRegistry(clock: ManualClock())
        other.makeTimer(label: "x", dimensions: []).recordNanoseconds(1)
        other.makeMeter(label: "x_seconds_count", dimensions: []).set(Int64(1))
        #expect(other.snapshot["x_seconds_count"] == nil)
        #expect(total(other, MetricTable.droppedMetrics, [MetricLabel("reason", "conflict")]) == 1)
    }

    @Test("reads gauges by callback at the time of the scrape, and leaves out what tells nothing")
    func callbacks() {
        let registry = MetricsRegistry(clock: ManualClock())
        let level = AtomicDouble()
        registry.gauge("level", help: "How high.") { level.value < 0 ? nil : level.value }
        level.value = 3
        #expect(total(registry, "level") == 3)
        level.value = -1
        #expect(total(registry, "level") == nil)
    }

    @Test("forgets the quantiles of more than a minute ago, and keeps the totals")
    func recent() throws {
        let clock = ManualClock()
        let registry = MetricsRegistry(clock: clock)
        let timer = registry.makeTimer(label: "t", dimensions: [])
        func histogram() -> MetricsSnapshot.Histogram? {
            if case .histogram(let histogram)? = registry.snapshot["t_seconds"]?.series.first?.reading { histogram } else { nil }
        }
        for _ in 0..<100 { timer.recordNanoseconds(2_000_000_000) }
        #expect(try #require(histogram()?.quantile(0.99)) >= 2)
        for second in 1...70 {
            clock.advance(by: .seconds(1))
            if second > 30 { timer.recordNanoseconds(1_000_000) }
            registry.sample()
        }
        let now = try #require(histogram())
        #expect(try #require(now.quantile(0.99)) < 0.0013)
        #expect(now.count == 140)
        #expect(now.buckets.first { $0.upperBound == 0.001 }?.cumulativeCount == 40)
        #expect(now.buckets.last?.cumulativeCount == 140)
        #expect(abs(now.sum - 200.04) < 1e-6)
    }
}

@Suite("Windowed rates")
struct WindowedRatesTests {
    @Test("agree with a plain list of what was added, at random times and through gaps")
    func model() {
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var now = MonotonicTime(nanoseconds: Int64.random(in: 0...5_000_000_000, using: &random))
            let start = now
            var rates = WindowedRates(startingAt: start)
            var total = 0.0
            var added: [(second: Int64, amount: Double)] = []
            for _ in 0..<300 {
                let longest = Int.random(in: 0..<30, using: &random) == 0 ? 400_000 : 3_000
                now += .milliseconds(Int.random(in: 0...longest, using: &random))
                let amount = Double(Int.random(in: 0...9, using: &random))
                total += amount
                rates.record(total: total, at: now)
                added.append((now.nanoseconds / 1_000_000_000, amount))
                for window in RateWindow.allCases {
                    let first = now.nanoseconds / 1_000_000_000 - Int64(window.seconds) + 1
                    let sum = added.filter { $0.second >= first }.reduce(0) { $0 + $1.amount }
                    let covered = Double(now.nanoseconds - max(first * 1_000_000_000, start.nanoseconds)) / 1e9
                    #expect(abs(rates.rate(over: window, at: now) - sum / max(1, covered)) < 1e-9)
                }
            }
        }
    }

    @Test("count what lies within the window, over the time it covers")
    func exact() {
        var rates = WindowedRates(startingAt: .zero)
        for second in 1...100 { rates.record(total: Double(second * 5), at: MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)) }
        let now = MonotonicTime(nanoseconds: 100_999_999_999)
        #expect(abs(rates.rate(over: .tenSeconds, at: now) - 5) < 0.01)
        #expect(abs(rates.rate(over: .oneMinute, at: now) - 5) < 0.01)
        #expect(abs(rates.rate(over: .fiveMinutes, at: now) - 500 / 101.0) < 0.01)
        #expect(rates.rate(over: .tenSeconds, at: now + .seconds(60)) == 0)
        #expect(rates.rate(over: .oneMinute, at: now + .seconds(300)) == 0)
    }

    @Test("take a total that shrinks as a reset")
    func reset() {
        var rates = WindowedRates(startingAt: .zero, total: 1_000)
        rates.record(total: 1_010, at: MonotonicTime(nanoseconds: 1))
        rates.record(total: 4, at: MonotonicTime(nanoseconds: 2))
        #expect(rates.rate(over: .tenSeconds, at: MonotonicTime(nanoseconds: 1_000_000_000)) == 14)
    }
}
