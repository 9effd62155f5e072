import InterlockConcurrency
import InterlockProfiler
import InterlockServer

/// The figures as a plain table, for readers without scripts.
struct PlainReport {
    let snapshot: AdminSnapshot

    var html: String {
        let report = snapshot.report
        let facts = [
            ("Sessions", "\(report.sessions.count) of \(report.sessions.limit)"),
            ("Calls in flight", "\(report.calls.inFlight), of which \(report.calls.waiting) wait"),
            ("Locks", "\(report.locks.holders) held, \(report.locks.waiting) waiting"),
        ]
        return """
            <section class="panel"><h2>\(Self.escape(report.name)) \(Self.escape(report.version))</h2>
            <p>\(Self.escape(snapshot.health.sentence)) Reload the page for newer figures.</p>
            <table><tbody>\(facts.map { "<tr><th scope=\"row\">\($0.0)</th><td>\($0.1)</td></tr>" }.joined())</tbody></table>
            <table><caption>Tools</caption><thead><tr><th scope="col">Tool</th><th scope="col">Calls</th><th scope="col">Failed</th>\
            <th scope="col">p50</th><th scope="col">p99</th><th scope="col">Running</th><th scope="col">Waiting</th></tr></thead>
            <tbody>\(report.tools.map(row).joined(separator: "\n"))</tbody></table></section>
            """
    }

    private func row(_ tool: ToolReport) -> String {
        let totals = tool.figures.map(CallTotals.init) ?? CallTotals()
        let cells = [
            "\(totals.count)", "\(totals.failures)", Self.milliseconds(totals.durations.quantile(0.5)),
            Self.milliseconds(totals.durations.quantile(0.99)), "\(tool.calls.running)", "\(tool.calls.waiting)",
        ]
        return "<tr><th scope=\"row\">\(Self.escape(tool.name))</th>\(cells.map { "<td>\($0)</td>" }.joined())</tr>"
    }

    private static func milliseconds(_ duration: Duration?) -> String {
        guard let duration else { return "–" }
        return "\((duration / .milliseconds(1) * 10).rounded() / 10) ms"
    }

    static func escape(_ text: String) -> String { MarkupText.escaped(text) }
}
