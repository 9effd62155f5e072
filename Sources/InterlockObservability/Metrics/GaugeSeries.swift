import CoreMetrics
import InterlockConcurrency

/// A value that goes up and down. Setting is one atomic store.
final class GaugeSeries: MeterHandler, RecorderHandler, MetricSeries {
    let place: SeriesPlace
    private let current = AtomicDouble()

    init(_ place: SeriesPlace) {
        self.place = place
    }

    func set(_ value: Int64) { current.value = Double(value) }

    func set(_ value: Double) { current.value = value }

    /// Adds; what is not a finite number is ignored.
    func increment(by amount: Double) {
        if amount.isFinite { current.add(amount) }
    }

    /// Takes away; what is not a finite number is ignored.
    func decrement(by amount: Double) {
        if amount.isFinite { current.add(-amount) }
    }

    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }

    func sample(at now: MonotonicTime, isFirst: Bool) {}

    func reading(at now: MonotonicTime) -> MetricsSnapshot.Reading? { .gauge(current.value) }
}
