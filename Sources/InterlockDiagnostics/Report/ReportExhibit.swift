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
        let names = head.map(ReportPage.escape)
        // On a phone a row is a card, and each figure has its name beside it.
        let lines = rows.map { row in
            let cells = zip(row, names).enumerated().map { place, cell in
                "<td\(place == 0 ? "" : " data-label=\"\(cell.1)\"")>\(ReportPage.escape(cell.0))</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        return "<div class=\"wide\"><table><thead><tr>\(names.map { "<th>\($0)</th>" }.joined())</tr></thead><tbody>\(lines.joined())</tbody></table></div>"
    }

    private static func figure(_ heading: String, _ content: String) -> String {
        "<div class=\"exhibit\">" + (heading.isEmpty ? "" : "<h3>\(ReportPage.escape(heading))</h3>") + content + "</div>"
    }
}
