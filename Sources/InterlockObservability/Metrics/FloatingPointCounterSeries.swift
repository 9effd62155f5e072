import CoreMetrics
import InterlockConcurrency
import Synchronization

/// A total of fractions. Adding is a compare-and-exchange, repeated while others add at the same moment.
final class FloatingPointCounterSeries: FloatingPointCounterHandler, MetricSeries {
    let place: SeriesPlace
    private let total = AtomicDouble()
    private let window = RateRecord()

    init(_ place: SeriesPlace) {
        self.place = place
    }

    /// Adds; what is negative, infinite or not a number is ignored.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        total.add(amount)
    }

    func reset() { total.value = 0 }

    func sample(at now: MonotonicTime, isFirst: Bool) {
        window.record(total: total.value, at: now, isFirst: isFirst)
    }

    func reading(at now: MonotonicTime) -> MetricsSnapshot.Reading? {
        .counter(total: total.value, rates: window.rates(at: now))
    }
}
