/// The line through noisy points that a few wild ones do not bend: Theil and Sen's estimate, with Sen's interval.
///
/// The slope is the median of the slopes of all pairs. The interval comes from Kendall's rank statistic in its normal
/// approximation, corrected for ties, and holds for independent noise: of a series that wanders, as memory often does, it
/// is narrower than it should be, so judge by a long window. Values are per unit of `x`.
public struct RobustSlope: Sendable, Hashable {
    /// The most likely slope.
    public var slope: Double
    /// The lower end of the interval.
    public var lower: Double
    /// The upper end of the interval.
    public var upper: Double
    /// Points it was taken from.
    public var points: Int

    /// Whether the interval says that it rises.
    public var isRising: Bool { lower > 0 }

    /// Estimates the slope of points; `nil` with fewer than three different `x`.
    ///
    /// Time and memory grow with the square of the number of points: 120 points take about half a millisecond.
    ///
    /// - Parameter z: How wide the interval is, in standard deviations: 1.96 for 95 %.
    public init?(_ points: some Collection<(x: Double, y: Double)>, z: Double = 1.96) {
        let points = Array(points)
        guard Set(points.map(\.x)).count >= 3 else { return nil }
        var slopes: [Double] = []
        slopes.reserveCapacity(points.count * (points.count - 1) / 2)
        for right in points.indices {
            for left in 0..<right where points[left].x != points[right].x {
                slopes.append((points[right].y - points[left].y) / (points[right].x - points[left].x))
            }
        }
        slopes.sort()
        let count = slopes.count
        let reach = z * Self.variance(points.map(\.y)).squareRoot()
        let low = Int(((Double(count) - reach) / 2).rounded(.down)) - 1
        let high = Int(((Double(count) + reach) / 2).rounded(.up))
        slope = count % 2 == 1 ? slopes[count / 2] : (slopes[count / 2 - 1] + slopes[count / 2]) / 2
        lower = low < 0 ? slopes[0] : slopes[low]
        upper = high >= count ? slopes[count - 1] : slopes[high]
        self.points = points.count
    }

    /// The variance of Kendall's statistic when there is no trend, with its correction for values that are equal.
    private static func variance(_ values: [Double]) -> Double {
        func term(_ n: Double) -> Double { n * (n - 1) * (2 * n + 5) }
        var ties: [Double: Double] = [:]
        for value in values { ties[value, default: 0] += 1 }
        return max(0, term(Double(values.count)) - ties.values.reduce(0) { $0 + term($1) }) / 18
    }
}
