import InterlockConcurrency

/// A value that somebody else keeps and tells when asked.
final class CallbackSeries: MetricSeries {
    let place: SeriesPlace
    private let kind: MetricKind
    private let read: @Sendable () -> Double?
    private let window = RateRecord()

    init(_ place: SeriesPlace, kind: MetricKind, read: @escaping @Sendable () -> Double?) {
        self.place = place
        self.kind = kind
        self.read = read
    }

    func sample(at now: MonotonicTime, isFirst: Bool) {
        guard kind == .counter, let total = read() else { return }
        window.record(total: total, at: now, isFirst: isFirst)
    }

    func reading(at now: MonotonicTime) -> MetricsSnapshot.Reading? {
        guard let value = read() else { return nil }
        return kind == .counter ? .counter(total: value, rates: window.rates(at: now)) : .gauge(value)
    }
}
