/// How often which latencies occurred, to three significant digits.
///
/// 1,024 buckets to each doubling from a nanosecond to centuries: a quantile is never too low and at most 0.1 % too high. These are the buckets of
/// HdrHistogram for that many digits, and what is written for it loses nothing. Only the range of buckets that
/// was hit is kept, so a histogram of one service costs some kilobytes. Histograms add up without loss, which percentiles do not.
public struct LatencyHistogram: Sendable, Hashable {
    private static let bits = 10
    /// Buckets up to the first doubling; from there on each has half as many.
    static let subBuckets = 2 << bits

    private var first = 0
    private var counts: [Int] = []
    /// Latencies recorded.
    public private(set) var count = 0
    /// All of them added up, in nanoseconds; for the mean.
    public private(set) var sum = 0.0
    /// The shortest and the longest, exactly, in nanoseconds; nil while empty.
    public private(set) var range: ClosedRange<Int64>?

    /// Makes an empty histogram.
    public init() {}

    /// Counts one latency; a negative one counts as zero.
    public mutating func record(_ latency: Duration) { record(nanoseconds: latency.nanosecondsRounded) }

    /// Counts one latency `times` times; a negative one counts as zero.
    public mutating func record(nanoseconds: Int64, times: Int = 1) {
        guard times > 0 else { return }
        let value = max(0, nanoseconds)
        add(times, at: Self.index(of: value))
        count += times
        sum += Double(value) * Double(times)
        range = min(range?.lowerBound ?? value, value)...max(range?.upperBound ?? value, value)
    }

    /// Adds what another histogram has counted, `times` times over.
    public mutating func merge(_ other: LatencyHistogram, times: Int = 1) {
        guard times > 0, let others = other.range else { return }
        reserve(other.first..<(other.first + other.counts.count))
        for (offset, more) in other.counts.enumerated() where more > 0 { counts[other.first + offset - first] += more * times }
        count += other.count * times
        sum += other.sum * Double(times)
        range = min(range?.lowerBound ?? others.lowerBound, others.lowerBound)...max(range?.upperBound ?? others.upperBound, others.upperBound)
    }

    /// A latency that the given share of all records does not exceed; nil while empty.
    ///
    /// - Parameter share: 0.99 for the 99th percentile; clamped to 0...1.
    public func quantile(_ share: Double) -> Duration? {
        guard let range else { return nil }
        let rank = max(1, Int((min(1, max(0, share)) * Double(count)).rounded(.up)))
        var seen = 0
        for (offset, number) in counts.enumerated() where number > 0 {
            seen += number
            if seen >= rank { return .nanoseconds(max(range.lowerBound, min(range.upperBound, Self.upperBound(of: first + offset)))) }
        }
        return .nanoseconds(range.upperBound)
    }

    /// The mean, from the exact sum; nil while empty.
    public var mean: Duration? { count == 0 ? nil : .nanoseconds(Int64(sum / Double(count))) }

    /// The longest latency, exactly; nil while empty.
    public var longest: Duration? { range.map { .nanoseconds($0.upperBound) } }

    /// The buckets that were hit, shortest first: the longest latency of the bucket in nanoseconds, and how many fell into it.
    public var buckets: [(upperBound: Int64, count: Int)] {
        counts.enumerated().compactMap { $1 == 0 ? nil : (Self.upperBound(of: first + $0), $1) }
    }

    /// Puts back what the buckets alone do not say, after they were read.
    mutating func restore(sum: Double, range: ClosedRange<Int64>) {
        self.sum = sum
        self.range = range
    }

    private mutating func add(_ number: Int, at index: Int) {
        reserve(index..<(index + 1))
        counts[index - first] += number
    }

    private mutating func reserve(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        if counts.isEmpty {
            first = range.lowerBound
            counts = Array(repeating: 0, count: range.count)
            return
        }
        if range.lowerBound < first {
            counts.insert(contentsOf: repeatElement(0, count: first - range.lowerBound), at: 0)
            first = range.lowerBound
        }
        let missing = range.upperBound - (first + counts.count)
        if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
    }

    /// The place of a latency's bucket, counted from nothing.
    static func index(of value: Int64) -> Int {
        let shift = max(0, 63 - value.leadingZeroBitCount - bits)
        return shift << bits + Int(value >> Int64(shift))
    }

    private static func upperBound(of index: Int) -> Int64 {
        guard index >= subBuckets else { return Int64(index) }
        let shift = (index >> bits) - 1
        let mantissa = UInt64(index - shift << bits)
        let next = (mantissa + 1) << UInt64(shift)
        return next > UInt64(Int64.max) ? .max : Int64(next) - 1
    }
}
