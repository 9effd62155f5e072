import Testing

@testable import InterlockDiagnostics

@Suite("Report pages and their plots")
struct ReportPageTests {
    @Test("a page loads nothing, runs nothing, and escapes what it is given")
    func alone() {
        let hostile = "<script>alert(\"1\")</script> & <img src=x>"
        var page = ReportPage(hostile, subtitle: hostile)
        page.warning(hostile)
        page.figures([(hostile, hostile)])
        page.plot(hostile, .lines(hostile, x: hostile, y: hostile, series: [.init(hostile, [(0, 1), (1, 2)]), .init(hostile, [(0, 2)])]))
        page.plot(hostile, .bars(hostile, y: hostile, [(hostile, 1)]))
        page.table(hostile, head: [hostile], rows: [[hostile]])
        let html = page.html
        for part in ["<script", "<img", "http:", "https:", "@import", "url("] { #expect(!html.contains(part), "\(part)") }
        #expect(html.contains("prefers-color-scheme:dark") && html.contains("name=\"viewport\""))
        for tag in ["section", "svg", "table", "main", "div", "p", "dl", "text", "title"] {
            #expect(html.components(of: "<\(tag)>") + html.components(of: "<\(tag) ") == html.components(of: "</\(tag)>"), "\(tag)")
        }
    }

    @Test("what joins a letter before or after it is escaped all the same", arguments: ["\u{600}<img src=x onerror=alert(1) x=\u{600}>", "<\u{301}img src=x>", "\"\u{301} x='"])
    func joined(hostile: String) {
        var page = ReportPage(hostile, subtitle: hostile)
        page.list(hostile, empty: "", [(hostile, hostile)])
        page.plot(hostile, .bars(hostile, y: hostile, [(hostile, 1)]))
        page.table(hostile, head: [hostile], rows: [[hostile]])
        // By bytes, as who reads markup does.
        let html = Array(page.html.utf8)
        for part in ["<img", "<\u{301}", "\"\u{301}", "'\u{600}"] { #expect(html.firstRange(of: Array(part.utf8)) == nil, "\(part)") }
    }

    @Test("round places enclose the values", arguments: [(0.0, 1.0), (3, 97), (0, 0), (0.0002, 0.0007), (12, 12_345)])
    func ticks(low: Double, high: Double) {
        let ticks = PlotArea.ticks(low, high, .linear)
        #expect(ticks.first! <= low && ticks.last! >= high && (2...8).contains(ticks.count))
        guard low > 0 else { return }
        let decades = PlotArea.ticks(low, high, .logarithmic)
        #expect(decades.first! <= low * 1.000001 && decades.last! >= high * 0.999999 && decades.count >= 2)
    }

    @Test("nothing to draw says so; what no scale can show is left out")
    func unusable() {
        #expect(SVGPlot.lines("t", x: "x", y: "y", series: [.init("a", [])]).svg.contains("Nothing to draw"))
        let plot = SVGPlot.lines("t", x: "x", y: "y", yScale: .logarithmic, series: [.init("a", [(0, 0), (1, .nan), (2, .infinity), (3, 5)])])
        #expect(!plot.svg.contains("nan") && !plot.svg.contains("inf"))
        #expect(!SVGPlot.lines("t", x: "x", y: "y", series: [.init("a", [(1, 1)])]).svg.contains("nan"))
    }

    @Test("one line a series, one bar a label, and a key only where there are several")
    func parts() {
        let lines = SVGPlot.lines("t", x: "x", y: "y", series: [.init("a", [(0, 1), (1, 2)]), .init("b", [(0, 1), (1, 2)])]).svg
        #expect(lines.components(of: "<polyline") == 2 && lines.contains("class=\"key\""))
        let bars = SVGPlot.bars("t", y: "y", [("a", 1), ("b", 2), ("c", 0)]).svg
        #expect(bars.components(of: "<rect") == 3 && !bars.contains("class=\"key\""))
        #expect(SVGPlot.histogram("t", x: "x", [(1, 2), (2, 3)]).svg.components(of: "<rect") == 2)
    }

    @Test("a run as a page has its figures, its plots and its tools")
    func bench() {
        var result = LoadResult()
        for number in 1...1_000 {
            let outcome: CallOutcome = number % 20 == 0 ? .busy : number % 20 == 10 ? .transportError : .ok
            result.total.record(outcome, latency: .milliseconds(number), service: .zero)
        }
        (result.tools, result.slices, result.sliceSeconds, result.seconds) = (["search": result.total], [result.total, result.total], 1, 2)
        result.dropped = 3
        let html = BenchRecord(target: "http://t/mcp", seed: 1, time: 0, machine: MachineFingerprint(parts: [:]), result: result).html
        for part in ["search", "p99.9", "Failures", "3 calls were dropped", "10.00 %", "no answer", "service, from when begun"] { #expect(html.contains(part), "\(part)") }
        #expect(html.components(of: "<svg") == 4)
        let empty = BenchRecord(target: "t", seed: 1, time: 0, machine: MachineFingerprint(parts: [:]), result: LoadResult()).html
        #expect(empty.contains("Nothing to draw") && !empty.contains("nan"))
    }
}

extension String {
    /// How often a part occurs.
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
