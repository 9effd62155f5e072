import InterlockConcurrency
import Synchronization

/// The rates of one series, made with its first sample.
final class RateRecord: Sendable {
    private let window = Mutex<WindowedRates?>(nil)

    /// Notes the total.
    ///
    /// - Parameter isFirst: Whether the registry samples for the first time, so that what the total holds by now was
    ///   added nobody knows when. A series that comes later began at zero.
    func record(total: Double, at now: MonotonicTime, isFirst: Bool) {
        window.withLock { window in
            var rates = window ?? WindowedRates(startingAt: now, total: isFirst ? total : 0)
            window = nil  // so that the copy is the only one
            rates.record(total: total, at: now)
            window = rates
        }
    }

    func rates(at now: MonotonicTime) -> MetricRates {
        window.withLock { $0?.rates(at: now) ?? MetricRates() }
    }
}
