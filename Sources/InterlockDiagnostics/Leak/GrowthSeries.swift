public import InterlockConcurrency

/// Readings of one quantity against what was done until then: cycles completed, or minutes gone.
public struct GrowthSeries: Sendable, Hashable {
    /// One reading.
    public struct Point: Sendable, Hashable {
        public var x: Double
        public var y: Double

        public init(_ x: Double, _ y: Double) {
            self.x = x
            self.y = y
        }
    }

    public var points: [Point]

    public init(_ points: [Point] = []) {
        self.points = points
    }

    /// The part after the first `share` of the way.
    func after(share: Double) -> GrowthSeries {
        guard let first = points.first?.x, let last = points.last?.x else { return self }
        return GrowthSeries(points.filter { $0.x >= first + (last - first) * share })
    }

    var span: Double { (points.last?.x ?? 0) - (points.first?.x ?? 0) }

    /// The usual size of a change from one reading to the next around the typical one: 1.48 times the median deviation.
    var stepNoise: Double {
        let steps = zip(points, points.dropFirst()).map { $1.y - $0.y }
        let typical = TheilSenSlope.median(steps)
        return 1.4826 * TheilSenSlope.median(steps.map { abs($0 - typical) })
    }

    /// The readings right after each collapse, where a collector has just run: they show what is really kept.
    ///
    /// A collapse is a fall of at least eight times the usual change and a quarter of the whole range.
    var troughs: [Point] {
        guard let lowest = points.map(\.y).min(), let highest = points.map(\.y).max(), highest > lowest else { return [] }
        let fall = max(8 * stepNoise, (highest - lowest) / 4, detrendedRange / 3)
        return zip(points, points.dropFirst()).filter { $0.y - $1.y >= fall }.map(\.1)
    }

    /// How far readings lie from a straight line, from the lowest to the highest.
    private var detrendedRange: Double {
        guard let fit = TheilSenSlope(points) else { return 0 }
        let residuals = points.map { $0.y - fit.slope * $0.x }
        return (residuals.max() ?? 0) - (residuals.min() ?? 0)
    }
}

extension TheilSenSlope {
    /// The line through readings; `nil` for fewer than four, or when all stand at one place.
    public init?(_ readings: [GrowthSeries.Point], isWidened: Bool = true) {
        self.init(readings.map { (x: $0.x, y: $0.y) }, isWidened: isWidened)
    }
}
