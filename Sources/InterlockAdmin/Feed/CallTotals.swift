import InterlockConcurrency
import InterlockServer

/// What became of calls up to one moment, as far as rates and percentiles need it.
struct CallTotals: Sendable {
    var count = 0
    var failures = 0
    var durations = DurationHistogram()

    init() {}

    init(_ figures: OperationFigures) {
        count = figures.count
        failures = figures.count - (figures.outcomes[.ok] ?? 0)
        durations = figures.durations
    }

    mutating func add(_ figures: OperationFigures) {
        let other = CallTotals(figures)
        count += other.count
        failures += other.failures
        durations.merge(other.durations)
    }
}

/// How calls went in an interval.
struct CallRates: Sendable, Equatable {
    /// Per second.
    var calls = 0.0
    /// Per second, those that did not end well.
    var failures = 0.0
    var p50: Duration?
    var p95: Duration?
    var p99: Duration?
    /// How many there were.
    var count = 0

    init() {}

    init(from earlier: CallTotals, to later: CallTotals, seconds: Double) {
        count = max(0, later.count - earlier.count)
        calls = Double(count) / max(seconds, 0.001)
        failures = Double(max(0, later.failures - earlier.failures)) / max(seconds, 0.001)
        let durations = IntervalHistogram(from: earlier.durations, to: later.durations)
        p50 = durations.quantile(0.5)
        p95 = durations.quantile(0.95)
        p99 = durations.quantile(0.99)
    }

    /// The share that did not end well, 0 to 1.
    var failureShare: Double { calls > 0 ? failures / calls : 0 }
}
