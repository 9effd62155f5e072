/// How often which durations occurred: counts in buckets whose width grows with the duration.
///
/// Four buckets to each doubling, so a quantile is at most a quarter too high, from a nanosecond to centuries, in at
/// most 2 KB; nothing is allocated before the first record. Histograms of several primitives or processes add up
/// without loss by ``merge(_:)``, which averages and quantiles do not.
public struct DurationHistogram: Sendable, Hashable {
    /// One bucket that is not empty.
    public struct Bucket: Sendable, Hashable {
        /// The longest duration that falls into the bucket.
        public var upperBound: Duration
        /// Durations recorded in it.
        public var count: Int
    }

    private var counts: [Int] = []
    /// Durations recorded.
    public private(set) var count = 0
    private var sumNanoseconds: Int64 = 0
    private var minNanoseconds = Int64.max
    private var maxNanoseconds: Int64 = 0

    /// Makes an empty histogram.
    public init() {}

    /// All durations added up, saturating.
    public var sum: Duration { .nanoseconds(sumNanoseconds) }

    /// The shortest duration recorded, exactly; `nil` while empty.
    public var shortest: Duration? { count == 0 ? nil : .nanoseconds(minNanoseconds) }

    /// The longest duration recorded, exactly; `nil` while empty.
    public var longest: Duration? { count == 0 ? nil : .nanoseconds(maxNanoseconds) }

    /// The mean, from the exact sum; `nil` while empty.
    public var mean: Duration? { count == 0 ? nil : .nanoseconds(sumNanoseconds / Int64(count)) }

    /// Counts one duration. A negative one counts as zero.
    public mutating func record(_ duration: Duration) {
        record(nanoseconds: duration.wholeNanoseconds)
    }

    /// Adds what another histogram has counted.
    public mutating func merge(_ other: DurationHistogram) {
        if other.counts.count > counts.count { grow(to: other.counts.count) }
        for (index, more) in other.counts.enumerated() { counts[index] += more }
        count += other.count
        sumNanoseconds = Self.sum(sumNanoseconds, other.sumNanoseconds)
        minNanoseconds = min(minNanoseconds, other.minNanoseconds)
        maxNanoseconds = max(maxNanoseconds, other.maxNanoseconds)
    }

    /// A duration that the given share of all records does not exceed: never too low, at most a quarter too high.
    ///
    /// - Parameter share: 0.5 for the median, 0.99 for the 99th percentile; clamped to 0...1.
    /// - Returns: `nil` while the histogram is empty.
    public func quantile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        let rank = max(1, Int((min(1, max(0, share)) * Double(count)).rounded(.up)))
        var seen = 0
        for (index, number) in counts.enumerated() {
            seen += number
            if seen >= rank { return .nanoseconds(min(maxNanoseconds, Self.upperBound(of: index))) }
        }
        return longest
    }

    /// The buckets that are not empty, shortest first; for exporters.
    public var buckets: [Bucket] {
        counts.enumerated().compactMap { index, count in
            count == 0 ? nil : Bucket(upperBound: .nanoseconds(Self.upperBound(of: index)), count: count)
        }
    }

    mutating func record(nanoseconds: Int64) {
        let value = max(0, nanoseconds)
        let index = Self.index(of: value)
        if index >= counts.count { grow(to: index + 1) }
        counts[index] += 1
        count += 1
        sumNanoseconds = Self.sum(sumNanoseconds, value)
        minNanoseconds = min(minNanoseconds, value)
        maxNanoseconds = max(maxNanoseconds, value)
    }

    private mutating func grow(to size: Int) {
        counts.append(contentsOf: repeatElement(0, count: size - counts.count))
    }

    /// Below 4 a bucket each; above, the two bits after the leading one tell the four buckets of a doubling apart.
    private static func index(of value: Int64) -> Int {
        guard value >= 4 else { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount
        return (exponent - 1) * 4 + Int((value >> Int64(exponent - 2)) & 3)
    }

    private static func upperBound(of index: Int) -> Int64 {
        guard index >= 4 else { return Int64(index) }
        let shift = Int64(index / 4 - 1)
        let (next, overflow) = (Int64(5 + index % 4) << shift).subtractingReportingOverflow(1)
        return overflow || next < 0 ? .max : next
    }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }
}
