import CoreMetrics
import InterlockConcurrency
import Synchronization

/// Counts of values by bucket, and a finer histogram of the last minute. Recording is one short critical section.
///
/// A value `v` is kept like a duration of `v` seconds: to a billionth, and up to nine billions. Negative values count as zero.
final class HistogramSeries: TimerHandler, RecorderHandler, MetricSeries {
    private struct State {
        var counts: [Int]
        var count = 0
        /// In billionths.
        var sum = 0.0
        var recent: RecentDurations
    }

    let place: SeriesPlace
    private let bounds: HistogramBounds
    private let state: Mutex<State>
    private let window = RateRecord()

    init(_ place: SeriesPlace, bounds: HistogramBounds, now: MonotonicTime) {
        self.place = place
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.values.count + 1), recent: RecentDurations(at: now)))
    }

    func recordNanoseconds(_ duration: Int64) {
        let value = max(0, duration)
        record(billionths: value, exact: Double(value))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        record(billionths: HistogramBounds.billionths(value), exact: max(0, value) * 1e9)
    }

    private func record(billionths: Int64, exact: Double) {
        let index = bounds.index(of: billionths)
        state.withLock { state in
            state.counts[index] &+= 1
            state.count &+= 1
            state.sum += exact
            state.recent.record(.nanoseconds(billionths))
        }
    }

    func sample(at now: MonotonicTime, isFirst: Bool) {
        let count = state.withLock { state in
            state.recent.advance(to: now)
            return state.count
        }
        window.record(total: Double(count), at: now, isFirst: isFirst)
    }

    func reading(at now: MonotonicTime) -> MetricsSnapshot.Reading? {
        let state = self.state.withLock { $0 }
        var cumulative = 0
        let buckets = zip(bounds.values, state.counts).map { bound, count in
            cumulative += count
            return MetricsSnapshot.Histogram.Bucket(upperBound: bound, cumulativeCount: cumulative)
        }
        return .histogram(
            MetricsSnapshot.Histogram(
                count: state.count, sum: state.sum / 1e9, buckets: buckets, rates: window.rates(at: now), recent: state.recent.merged))
    }
}
