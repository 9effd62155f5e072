public import InterlockConcurrency

/// How fast a growing total grows: what was added in each of the last 300 seconds.
///
/// It is told the total now and then, at best once a second, and keeps the differences; what was added between two
/// tellings counts for the second of the later one. A total that shrinks was reset, and counts from zero again. 2.4 KB
/// once something was added, nothing before.
public struct WindowedRates: Sendable {
    private static let capacity = 300

    /// What was added, by second modulo the capacity.
    private var added: [Double] = []
    /// The second of the newest slot, by the clock.
    private var newest: Int64
    private let start: MonotonicTime
    private var total: Double

    /// Makes a window that begins now.
    ///
    /// - Parameter total: The total so far, which does not count as added.
    public init(startingAt start: MonotonicTime, total: Double = 0) {
        self.start = start
        self.total = total
        newest = Self.second(of: start)
    }

    /// Takes note of the total. Times must not go back; an earlier one counts as the last.
    public mutating func record(total: Double, at now: MonotonicTime) {
        advance(to: Self.second(of: now))
        let difference = total >= self.total ? total - self.total : total
        self.total = total
        guard difference > 0 else { return }
        if added.isEmpty { added = Array(repeating: 0, count: Self.capacity) }
        added[Self.slot(newest)] += difference
    }

    /// The rate per second over a window that ends now; over the time since the start while that is shorter, but at least a second.
    public func rate(over window: RateWindow, at now: MonotonicTime) -> Double {
        guard !added.isEmpty else { return 0 }
        let second = Self.second(of: now)
        let first = second - Int64(window.seconds) + 1
        var sum = 0.0
        // Slots before `newest - capacity` were overwritten; those after `newest` are still to come.
        var at = max(first, newest - Int64(Self.capacity) + 1)
        while at <= newest {
            sum += added[Self.slot(at)]
            at += 1
        }
        let since = max(first.multipliedReportingOverflow(by: 1_000_000_000).partialValue, start.nanoseconds)
        let covered = Double(now.nanoseconds - since) / 1e9
        return sum / max(1, covered)
    }

    /// The rates over all windows.
    public func rates(at now: MonotonicTime) -> MetricRates {
        guard !added.isEmpty else { return MetricRates() }
        return MetricRates(
            tenSeconds: rate(over: .tenSeconds, at: now), oneMinute: rate(over: .oneMinute, at: now),
            fiveMinutes: rate(over: .fiveMinutes, at: now))
    }

    private mutating func advance(to second: Int64) {
        guard second > newest else { return }
        if !added.isEmpty {
            for passed in 1...min(Int64(Self.capacity), second - newest) { added[Self.slot(second - passed + 1)] = 0 }
        }
        newest = second
    }

    private static func second(of time: MonotonicTime) -> Int64 {
        // Rounds down, also before the clock's origin.
        let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private static func slot(_ second: Int64) -> Int {
        let remainder = Int(second % Int64(capacity))
        return remainder < 0 ? remainder + capacity : remainder
    }
}
