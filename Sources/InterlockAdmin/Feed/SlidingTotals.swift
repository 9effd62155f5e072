import InterlockConcurrency

/// Totals at regular moments of the past, so that rates of the last while can be told.
struct SlidingTotals: Sendable {
    private var kept: RingBuffer<(time: MonotonicTime, totals: CallTotals)>
    private let step: Duration

    /// - Parameters:
    ///   - window: how far back rates reach, once there is so much past.
    ///   - step: how far apart the moments are; a rate's window is up to one step longer.
    init(window: Duration, step: Duration) {
        self.step = step
        kept = RingBuffer(capacity: max(1, Int((window / step).rounded(.up))) + 1)
    }

    /// Notes totals, unless the last were noted less than a step ago, and tells how calls went since the oldest that is kept.
    ///
    /// The first totals are those of a past that nobody saw: nothing went on since.
    mutating func add(_ totals: CallTotals, at now: MonotonicTime) -> CallRates {
        // A twentieth of slack: a timer that is early by a breath must not double the step.
        if kept.last.map({ now - $0.time >= step - step / 20 }) ?? true { kept.append((now, totals)) }
        guard let oldest = kept.first, now > oldest.time else { return CallRates() }
        return CallRates(from: oldest.totals, to: totals, seconds: (now - oldest.time) / .seconds(1))
    }
}
