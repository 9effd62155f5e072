#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The axes of a plot: where values lie, and round places to name.
struct PlotArea {
    private static let (left, right, top, bottom) = (58.0, 710.0, 10.0, 230.0)

    private let x: ClosedRange<Double>
    private let y: ClosedRange<Double>
    private let yScale: SVGPlot.Scale
    private let xTicks: [(at: Double, label: String)]
    private let yTicks: [Double]

    /// Encloses all points; nil when there are none.
    init?(_ points: [(x: Double, y: Double)], yScale: SVGPlot.Scale, isBars: Bool, xTicks: [(at: Double, label: String)]?, yReach: Double = 0) {
        let (xs, ys) = (points.map(\.x), points.map(\.y))
        guard let low = xs.min(), let high = xs.max(), let bottom = ys.min(), let top = ys.max() else { return nil }
        self.yScale = yScale
        yTicks = Self.ticks(bottom, yScale == .linear ? max(top, yReach) : top, yScale)
        y = yTicks[0]...yTicks[yTicks.count - 1]
        if isBars {
            let pad = max(0.5, (high - low) / Double(max(1, xs.count - 1)) / 2)
            x = (low - pad)...(high + pad)
        } else {
            // An axis that begins a little after zero begins at zero.
            let first = low > 0 && low < high / 5 ? 0 : low
            x = first...max(high, first + 1e-9)
        }
        let range = x
        self.xTicks = xTicks ?? Self.ticks(x.lowerBound, x.upperBound, .linear, steps: 6).filter(range.contains).map { ($0, Self.label($0)) }
    }

    private func px(_ value: Double) -> Double {
        Self.left + (value - x.lowerBound) / (x.upperBound - x.lowerBound) * (Self.right - Self.left)
    }

    private func py(_ value: Double) -> Double {
        let share = yScale == .linear
            ? (value - y.lowerBound) / (y.upperBound - y.lowerBound) : log(value / y.lowerBound) / log(y.upperBound / y.lowerBound)
        return Self.bottom - share * (Self.bottom - Self.top)
    }

    /// The lines behind the values, and the names of their places.
    var grid: String {
        var out = ""
        for tick in yTicks {
            let place = py(tick)
            out += "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(place.fixed(1))\" y2=\"\(place.fixed(1))\"/>"
            out += "<text class=\"tick\" text-anchor=\"end\" x=\"\(Self.left - 8)\" y=\"\((place + 4).fixed(1))\">\(Self.label(tick))</text>"
        }
        for tick in xTicks {
            let place = px(tick.at)
            let anchor = place > Self.right - 20 ? "end" : "middle"
            out += "<text class=\"tick\" text-anchor=\"\(anchor)\" x=\"\(place.fixed(1))\" y=\"\(Self.bottom + 24)\">\(ReportPage.escape(tick.label))</text>"
        }
        return out
    }

    func line(_ points: [(x: Double, y: Double)], _ tone: Int, isFilled: Bool) -> String {
        let places = points.map { "\(px($0.x).fixed(1)),\(py($0.y).fixed(1))" }.joined(separator: " ")
        var out = ""
        if isFilled, let first = points.first, let last = points.last, points.count > 1 {
            let (start, end) = ("\(px(first.x).fixed(1)),\(Self.bottom)", "\(px(last.x).fixed(1)),\(Self.bottom)")
            out += "<polygon class=\"fill\(tone) area\" points=\"\(start) \(places) \(end)\"/>"
        }
        // A single point has no line: a dot stands for it.
        if points.count == 1 {
            return "<circle class=\"fill\(tone)\" r=\"4\" cx=\"\(px(points[0].x).fixed(1))\" cy=\"\(py(points[0].y).fixed(1))\"/>"
        }
        return out + "<polyline class=\"line\(tone)\" points=\"\(places)\"/>"
    }

    func bars(_ points: [(x: Double, y: Double)], _ tone: Int) -> String {
        let width = min(96, (Self.right - Self.left) / Double(points.count) * 0.7)
        return points.map { point in
            let height = max(0, Self.bottom - py(point.y))
            return "<rect class=\"fill\(tone)\" rx=\"3\" x=\"\((px(point.x) - width / 2).fixed(1))\" width=\"\(width.fixed(1))\" "
                + "y=\"\((Self.bottom - height).fixed(1))\" height=\"\(height.fixed(1))\"/>"
        }.joined()
    }

    /// Round places that enclose the values, about `steps` of them.
    static func ticks(_ low: Double, _ high: Double, _ scale: SVGPlot.Scale, steps: Double = 4) -> [Double] {
        if scale == .logarithmic {
            let first = floor(log10(low))
            return stride(from: first, through: max(ceil(log10(high)), first + 1), by: 1).map { pow(10, $0) }
        }
        let bottom = min(0, low)
        let raw = (high > bottom ? high - bottom : 1) / steps, power = pow(10, floor(log10(raw)))
        let step = ([1.0, 2, 5].first { $0 * power >= raw } ?? 10) * power
        let (first, last) = (floor(bottom / step), max(ceil(high / step), floor(bottom / step) + 1))
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    static func label(_ value: Double) -> String {
        if value.magnitude >= 10_000 { return (value / 1_000).fixed(value.truncatingRemainder(dividingBy: 1_000) == 0 ? 0 : 1) + "k" }
        if value == value.rounded() { return value.fixed(0) }
        for digits in 1...4 where abs(value - (Double(value.fixed(digits)) ?? 0)) < value.magnitude * 1e-6 { return value.fixed(digits) }
        return value.fixed(4)
    }
}
