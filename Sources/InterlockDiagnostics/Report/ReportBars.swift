/// Rows of bars that lie, each made of parts, with their names and figures as text: as legible on a phone as on paper.
package struct ReportBars: Sendable {
    /// One row.
    package struct Row: Sendable {
        package var label: String
        /// What is written at its end.
        package var text: String
        package var parts: [(value: Double, tone: SVGPlot.Tone)]

        package init(_ label: String, _ text: String, _ parts: [(value: Double, tone: SVGPlot.Tone)]) {
            self.label = label
            self.text = text
            self.parts = parts
        }
    }

    private let rows: [Row]
    private let key: [(name: String, tone: SVGPlot.Tone)]
    private let full: Double

    /// Describes the bars. The longest row, or `full` where that is more, is as wide as the page.
    package init(_ rows: [Row], key: [(name: String, tone: SVGPlot.Tone)] = [], full: Double = 0) {
        self.rows = rows
        self.key = key
        self.full = max(full, rows.map { $0.parts.reduce(0) { $0 + Self.sound($1.value) } }.max() ?? 0)
    }

    private static func sound(_ value: Double) -> Double { value.isFinite ? max(0, value) : 0 }

    var html: String {
        guard full > 0 else { return "<p class=\"quiet\">Nothing to draw.</p>" }
        let lines = rows.map { row in
            let parts = row.parts.filter { Self.sound($0.value) > 0 }.map { part in
                "<i class=\"dot\(part.tone.rawValue)\" style=\"width:\((Self.sound(part.value) / full * 100).fixed(2))%\"></i>"
            }
            let words = "<p><span>\(ReportPage.escape(row.label))</span><b>\(ReportPage.escape(row.text))</b></p>"
            return "<div class=\"bar\">\(words)<div>\(parts.joined())</div></div>"
        }
        let names = key.map { "<span><i class=\"dot\($0.tone.rawValue)\"></i>\(ReportPage.escape($0.name))</span>" }
        return lines.joined() + (names.isEmpty ? "" : "<p class=\"key\">\(names.joined())</p>")
    }
}
