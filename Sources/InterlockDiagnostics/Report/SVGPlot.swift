/// A plot drawn as SVG, with colours from the page so that it is right in light and dark, and its words beside it so that they stay legible on a phone.
public struct SVGPlot: Sendable {
    /// How values become lengths.
    public enum Scale: Sendable, Hashable { case linear, logarithmic }

    /// What a colour stands for; without one, series take the first ones in turn.
    public enum Tone: Int, Sendable, Hashable { case first, second, third, bad }

    /// One line, or one row of bars.
    public struct Series: Sendable {
        public var name: String
        public var points: [(x: Double, y: Double)]
        public var tone: Tone?

        /// Describes a series; its points are in the order of their x.
        public init(_ name: String, _ points: [(x: Double, y: Double)], tone: Tone? = nil) {
            self.name = name
            self.points = points
            self.tone = tone
        }
    }

    private enum Form { case lines, bars }

    private let title: String
    private let xLabel: String
    private let yLabel: String
    private let yScale: Scale
    private let form: Form
    private let series: [Series]
    private let xTicks: [(at: Double, label: String)]?
    private let yReach: Double

    private init(
        _ title: String, x: String, y: String, _ scale: Scale, _ form: Form, _ series: [Series], _ ticks: [(at: Double, label: String)]?,
        yReach: Double = 0
    ) {
        self.yReach = yReach
        (self.title, xLabel, yLabel, yScale, self.form, xTicks) = (title, x, y, scale, form, ticks)
        // A logarithm knows no zero: what is not above it is left out.
        self.series = series.map { one in
            Series(one.name, one.points.filter { $0.x.isFinite && $0.y.isFinite && (scale == .linear || $0.y > 0) }, tone: one.tone)
        }
    }

    /// Lines over a common axis.
    ///
    /// - Parameters:
    ///   - xTicks: names of places of the x axis that are no plain numbers.
    ///   - yReach: how far the y axis reaches at least, on the linear scale, so that what is no more than chance looks as small as it is.
    public static func lines(
        _ title: String, x: String, y: String, yScale: Scale = .linear, series: [Series], xTicks: [(at: Double, label: String)]? = nil, yReach: Double = 0
    ) -> SVGPlot {
        SVGPlot(title, x: x, y: y, yScale, .lines, series, xTicks, yReach: yReach)
    }

    /// One bar for each label.
    public static func bars(_ title: String, y: String, tone: Tone? = nil, _ bars: [(label: String, value: Double)]) -> SVGPlot {
        let points = bars.enumerated().map { (x: Double($0.offset), y: $0.element.value) }
        let ticks = bars.enumerated().map { (at: Double($0.offset), label: $0.element.label) }
        return SVGPlot(title, x: "", y: y, .linear, .bars, [Series("", points, tone: tone)], ticks)
    }

    /// How often values fell into bins of equal width; the bin's middle and its count.
    public static func histogram(_ title: String, x: String, _ bins: [(middle: Double, count: Int)]) -> SVGPlot {
        SVGPlot(title, x: x, y: "count", .linear, .bars, [Series("", bins.map { ($0.middle, Double($0.count)) })], nil)
    }

    /// The figure, to stand in a page; it grows and shrinks with its place.
    public var svg: String {
        guard let area = PlotArea(series.flatMap(\.points), yScale: yScale, isBars: form == .bars, xTicks: xTicks, yReach: yReach) else {
            return "<p class=\"quiet\">Nothing to draw: \(ReportPage.escape(title))</p>"
        }
        var out = "<p class=\"unit\">\(ReportPage.escape(yLabel))</p>"
        out += "<svg viewBox=\"0 0 720 264\" role=\"img\" aria-label=\"\(ReportPage.escape(title))\"><title>\(ReportPage.escape(title))</title>"
        out += area.grid
        for (index, one) in series.enumerated() where !one.points.isEmpty {
            out += form == .bars ? area.bars(one.points, tone(index)) : area.line(one.points, tone(index), isFilled: index == 0)
        }
        return out + "</svg>" + key
    }

    /// The names of the series, where there are several, and of the x axis.
    private var key: String {
        let names = series.enumerated().filter { !$0.element.name.isEmpty }
        let unit = xLabel.isEmpty ? "" : "<span class=\"x\">\(ReportPage.escape(xLabel))</span>"
        guard names.count > 1 else { return unit.isEmpty ? "" : "<p class=\"unit\">\(unit)</p>" }
        let entries = names.map { "<span><i class=\"dot\(tone($0.offset))\"></i>\(ReportPage.escape($0.element.name))</span>" }
        return "<p class=\"key\">\(entries.joined())\(unit)</p>"
    }

    private func tone(_ index: Int) -> Int { series[index].tone?.rawValue ?? index % 4 }
}
