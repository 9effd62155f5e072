import InterlockProfiler

/// A page that stands alone: no script, nothing loaded, light or dark as the reader has it, and as narrow as a phone.
public struct ReportPage: Sendable {
    private let title: String
    private let subtitle: String
    private var body = ""

    /// Begins a page. All text that is handed in is escaped.
    public init(_ title: String, subtitle: String) {
        self.title = title
        self.subtitle = subtitle
    }

    /// Figures that are seen first.
    public mutating func figures(_ figures: [(label: String, value: String)]) {
        let cards = figures.map { "<div><dt>\(Self.escape($0.label))</dt><dd>\(Self.escape($0.value))</dd></div>" }
        body += "<dl class=\"figures\">\(cards.joined())</dl>"
    }

    /// What the reader must know before the figures.
    public mutating func warning(_ text: String) { body += "<p class=\"warning\" role=\"note\">\(Self.escape(text))</p>" }

    /// The sentence that somebody reads who reads nothing else.
    package mutating func verdict(_ tone: ReportTone, _ text: String) {
        body += "<p class=\"verdict \(tone.rawValue)\"><b aria-hidden=\"true\">\(tone.sign)</b><span>\(Self.escape(text))</span></p>"
    }

    /// The sections of the page with how each stands, as links to them.
    package mutating func overview(_ entries: [(id: String, name: String, tone: ReportTone, status: String)]) {
        let links = entries.map { entry in
            "<a href=\"#\(Self.escape(entry.id))\"><span>\(Self.escape(entry.name))</span>\(ReportSection.chip(entry.tone, entry.status))</a>"
        }
        body += "<nav class=\"overview\">\(links.joined())</nav>"
    }

    package mutating func section(_ section: ReportSection) { body += section.html }

    /// A plot under a heading.
    public mutating func plot(_ heading: String, _ plot: SVGPlot) {
        body += "<section><h2>\(Self.escape(heading))</h2>\(plot.svg)</section>"
    }

    /// A drawing that was made elsewhere, under a heading; its text is escaped already.
    package mutating func drawing(_ heading: String, _ svg: String) {
        body += "<section><h2>\(Self.escape(heading))</h2><div class=\"wide\">\(svg)</div></section>"
    }

    /// Findings under a heading, each with what there is to say about it; a term may be empty. `empty` where there are none.
    public mutating func list(_ heading: String, empty: String, _ items: [(term: String, text: String)]) {
        let entries = items.map { ($0.term.isEmpty ? "" : "<h3>\(Self.escape($0.term))</h3>") + "<p class=\"quiet\">\(Self.escape($0.text))</p>" }
        body += "<section><h2>\(Self.escape(heading))</h2>\(items.isEmpty ? "<p class=\"quiet\">\(Self.escape(empty))</p>" : entries.joined())</section>"
    }

    /// A table; its first column is text, the others are figures.
    public mutating func table(_ heading: String, head: [String], rows: [[String]]) {
        body += "<section><h2>\(Self.escape(heading))</h2>\(ReportExhibit.table(head, rows))</section>"
    }

    /// The whole document.
    public var html: String {
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\
        <title>\(Self.escape(title))</title><style>\(Self.style)</style></head><body><main>\
        <header><h1>\(Self.escape(title))</h1><p class="quiet">\(Self.escape(subtitle))</p></header>\(body)</main></body></html>

        """
    }

    static func escape(_ text: String) -> String { MarkupText.escaped(text) }
}
