/// An instant on a clock that never goes back, in nanoseconds since an origin that only the clock knows.
///
/// Instants of two different clocks must not be compared. Arithmetic saturates at ``distantFuture`` and at
/// `Int64.min`, so a deadline made from an enormous `Duration` is simply never reached.
public struct MonotonicTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since the clock's origin.
    public var nanoseconds: Int64

    /// Makes an instant from nanoseconds since the clock's origin.
    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The origin of the clock: a manual clock starts here.
    public static let zero = MonotonicTime(nanoseconds: 0)

    /// An instant that is never reached, about 292 years after the origin.
    public static let distantFuture = MonotonicTime(nanoseconds: .max)

    /// Whether `left` comes first. For instants of one clock.
    @inlinable
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `duration` later, saturating.
    public static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        time.advanced(byNanoseconds: duration.wholeNanoseconds)
    }

    /// The instant `duration` earlier, saturating.
    public static func - (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        let nanoseconds = duration.wholeNanoseconds
        return time.advanced(byNanoseconds: nanoseconds == .min ? .max : -nanoseconds)
    }

    /// The time from `right` to `left`; negative when `left` is the earlier one.
    public static func - (left: MonotonicTime, right: MonotonicTime) -> Duration {
        let (difference, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        return .nanoseconds(overflow ? (left > right ? Int64.max : .min) : difference)
    }

    /// Moves the instant `duration` later, saturating.
    public static func += (time: inout MonotonicTime, duration: Duration) {
        time = time + duration
    }

    /// Moves the instant `duration` earlier, saturating.
    public static func -= (time: inout MonotonicTime, duration: Duration) {
        time = time - duration
    }

    private func advanced(byNanoseconds step: Int64) -> MonotonicTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(step)
        return MonotonicTime(nanoseconds: overflow ? (step > 0 ? .max : .min) : sum)
    }
}

extension Duration {
    /// The duration in nanoseconds, rounded towards zero and saturating at the ends of `Int64`.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds > 0 ? .max : .min }
        let (sum, sumOverflow) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return sumOverflow ? (seconds > 0 ? .max : .min) : sum
    }
}
