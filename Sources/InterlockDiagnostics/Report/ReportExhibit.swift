/// Something to look at within a section of a page.
package enum ReportExhibit: Sendable {
    /// A plot under a heading of its own.
    case plot(String, SVGPlot)
    case bars(String, ReportBars)
    /// A table; its first column is text, the others are figures.
    case table(String, head: [String], rows: [[String]])
    /// Text whose lines stay as they are.
    case text(String, String)
    /// SVG that this project has drawn itself: it stands in the page as it is.
    case drawing(String, svg: String)

    var html: String {
        switch self {
        case .plot(let heading, let plot): Self.figure(heading, plot.svg)
        case .bars(let heading, let bars): Self.figure(heading, bars.html)
        case .table(let heading, let head, let rows): Self.figure(heading, Self.table(head, rows))
        case .text(let heading, let text): Self.figure(heading, "<pre>\(ReportPage.escape(text))</pre>")
        case .drawing(let heading, let svg): Self.figure(heading, "<div class=\"wide\">\(svg)</div>")
        }
    }

    static func table(_ head: [String], _ rows: [[String]]) -> String {
        func cells(_ tag: String, _ texts: [String]) -> String { texts.map { "<\(tag)>\(ReportPage.escape($0))</\(tag)>" }.joined() }
        return "<div class=\"wide\"><table><thead><tr>\(cells("th", head))</tr></thead><tbody>"
            + rows.map { "<tr>\(cells("td", $0))</tr>" }.joined() + "</tbody></table></div>"
    }

    private static func figure(_ heading: String, _ content: String) -> String {
        "<div class=\"exhibit\">" + (heading.isEmpty ? "" : "<h3>\(ReportPage.escape(heading))</h3>") + content + "</div>"
    }
}
