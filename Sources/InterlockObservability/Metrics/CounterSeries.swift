import CoreMetrics
import InterlockConcurrency
import Synchronization

/// A total of whole numbers. Adding is one atomic instruction.
final class CounterSeries: CounterHandler, MetricSeries {
    let place: SeriesPlace
    private let total = Atomic<Int64>(0)
    private let window: RateRecord

    init(_ place: SeriesPlace) {
        self.place = place
        window = RateRecord()
    }

    /// Adds; a counter only grows, so a negative amount is ignored.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        total.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() { total.store(0, ordering: .relaxed) }

    func sample(at now: MonotonicTime, isFirst: Bool) {
        window.record(total: Double(total.load(ordering: .relaxed)), at: now, isFirst: isFirst)
    }

    func reading(at now: MonotonicTime) -> MetricsSnapshot.Reading? {
        .counter(total: Double(total.load(ordering: .relaxed)), rates: window.rates(at: now))
    }
}
