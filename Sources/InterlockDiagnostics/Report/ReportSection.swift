/// One card of a page: a heading, how it stands, and what shows it.
package struct ReportSection: Sendable {
    private let heading: String
    private let lead: String
    private let id: String
    private let chip: String
    private var body = ""

    /// Begins a section. All text that is handed in is escaped.
    ///
    /// - Parameters:
    ///   - lead: a line under the heading: the question that the section answers.
    ///   - id: where a link of the page may lead; no spaces.
    package init(_ heading: String, lead: String = "", id: String = "", status: (tone: ReportTone, text: String)? = nil) {
        self.heading = heading
        self.lead = lead
        self.id = id
        chip = status.map { Self.chip($0.tone, $0.text) } ?? ""
    }

    static func chip(_ tone: ReportTone, _ text: String) -> String {
        "<span class=\"chip \(tone.rawValue)\"><b aria-hidden=\"true\">\(tone.sign)</b>\(ReportPage.escape(text))</span>"
    }

    /// The sentence that is read first.
    package mutating func statement(_ text: String) { body += "<p class=\"statement\">\(ReportPage.escape(text))</p>" }

    /// A labelled line: the next action, or what the figures do not say.
    package mutating func line(_ label: String, _ text: String, isQuiet: Bool = false) {
        body += "<p class=\"line\(isQuiet ? " muted" : "")\"><b>\(ReportPage.escape(label))</b> \(ReportPage.escape(text))</p>"
    }

    /// Short sentences, each on its own.
    package mutating func list(_ label: String, _ items: [String]) {
        guard !items.isEmpty else { return }
        body += "<p class=\"label\">\(ReportPage.escape(label))</p><ul>\(items.map { "<li>\(ReportPage.escape($0))</li>" }.joined())</ul>"
    }

    package mutating func figures(_ figures: [(label: String, value: String)]) {
        guard !figures.isEmpty else { return }
        let cells = figures.map { "<div><dt>\(ReportPage.escape($0.label))</dt><dd>\(ReportPage.escape($0.value))</dd></div>" }
        body += "<dl class=\"facts\">\(cells.joined())</dl>"
    }

    package mutating func finding(_ tone: ReportTone, _ kind: String, _ sentence: String, _ advice: String, _ evidence: [(label: String, value: String)]) {
        body += "<div class=\"finding \(tone.rawValue)\"><p>\(Self.chip(tone, kind)) \(ReportPage.escape(sentence))</p>"
        if !advice.isEmpty { body += "<p class=\"line\"><b>Do</b> \(ReportPage.escape(advice))</p>" }
        if !evidence.isEmpty {
            let figures = evidence.map { "<span>\(ReportPage.escape($0.label)) <b>\(ReportPage.escape($0.value))</b></span>" }
            body += "<p class=\"seen\">\(figures.joined(separator: " "))</p>"
        }
        body += "</div>"
    }

    package mutating func show(_ exhibit: ReportExhibit) { body += exhibit.html }

    var html: String {
        let place = id.isEmpty ? "" : " id=\"\(ReportPage.escape(id))\""
        let question = lead.isEmpty ? "" : "<p class=\"quiet\">\(ReportPage.escape(lead))</p>"
        return "<section\(place)><div class=\"head\"><h2>\(ReportPage.escape(heading))</h2>\(chip)</div>\(question)\(body)</section>"
    }
}
