import InterlockConcurrency
import InterlockServer

/// From report to report: how many calls a second, how long they took, and the points of the last five minutes. Pure.
struct LoadHistory: Sendable {
    /// Operations whose answer a handler makes. Others are answered on the spot and would only dilute the percentiles; a
    /// subscription lasts as long as its client wants.
    private static let counted: Set<String> = ["tools/call", "resources/read", "prompts/get", "completion/complete"]
    static let points = 300

    private(set) var points = RingBuffer<LoadPoint>(capacity: Self.points)
    /// How the calls of each tool went in the last minute.
    private(set) var tools: [String: CallRates] = [:]
    /// How all calls went in the last minute.
    private(set) var lastMinute = CallRates()
    private var lastSecond = SlidingTotals(window: .seconds(1), step: .seconds(1))
    private var lastTenSeconds = SlidingTotals(window: .seconds(10), step: .seconds(1))
    private var minute = SlidingTotals(window: .seconds(60), step: .seconds(5))
    private var byTool: [String: SlidingTotals] = [:]

    mutating func add(_ report: ServerReport, residentBytes: Int?, executorDelay: Duration?) {
        var all = CallTotals()
        for figures in report.operations where Self.counted.contains(figures.operation) { all.add(figures) }
        let (second, tenSeconds) = (lastSecond.add(all, at: report.time), lastTenSeconds.add(all, at: report.time))
        lastMinute = minute.add(all, at: report.time)
        points.append(LoadPoint(
            wallTime: report.wallTime, calls: second.calls, failures: second.failures, p50: tenSeconds.p50, p95: tenSeconds.p95,
            p99: tenSeconds.p99, running: report.calls.running, waiting: report.calls.waiting, sessions: report.sessions.count,
            residentBytes: residentBytes, executorDelay: executorDelay))
        addTools(report)
    }

    private mutating func addTools(_ report: ServerReport) {
        var rates: [String: CallRates] = [:]
        var windows: [String: SlidingTotals] = [:]
        for tool in report.tools {
            // A tool that nobody has called has totals too: its first call is a difference from them.
            var window = byTool[tool.name] ?? SlidingTotals(window: .seconds(60), step: .seconds(5))
            rates[tool.name] = window.add(tool.figures.map(CallTotals.init) ?? CallTotals(), at: report.time)
            windows[tool.name] = window
        }
        tools = rates
        byTool = windows  // tools that are gone are forgotten
    }
}
