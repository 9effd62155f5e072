import InterlockProfiler

/// The profile step: where the time of a call goes. Pure.
public enum ProfileStep {
    /// A call that computes for longer than this holds a processor that others wait for.
    static let longComputing = 10.0

    public static func outcome(_ times: [ToolTime], evidence: ProfileEvidence? = nil, undecided: [String] = []) -> StepOutcome {
        let known = times.filter { $0.computing != nil }
        var outcome = verdict(times, known, evidence)
        outcome.undecided = undecided
        if let busiest = known.max(by: { ($0.computing ?? 0) < ($1.computing ?? 0) }) {
            outcome.figures.append(.init("computing, most for a call", busiest.computing ?? 0, "ms"))
        }
        if let slowest = times.max(by: { $0.wall < $1.wall }) { outcome.figures.append(.init("slowest call (\(slowest.operation))", slowest.wall, "ms")) }
        outcome.figures.append(.init("calls looked at", Double(times.reduce(0) { $0 + $1.calls })))
        outcome.exhibits = exhibits(times, evidence)
        return outcome
    }

    private static func verdict(_ times: [ToolTime], _ known: [ToolTime], _ evidence: ProfileEvidence?) -> StepOutcome {
        let blind = evidence == nil
            ? "Which function the time goes to: the operating system tells computing from waiting, not one line from another. Tools that were not called, "
                + "and calls beside others."
            : "What happens too rarely for a sampler, what other machines do, and tools that were not called."
        func outcome(_ verdict: StepOutcome.Verdict, _ sentence: String, _ next: String) -> StepOutcome {
            StepOutcome(.profile, verdict, sentence, next: next, cannotCatch: blind)
        }
        let pattern = evidence?.hints.first.map { "\($0): \($1.sentence), \(($1.share * 100).fixed(0)) % of its samples; \($1.advice)." }
        let more = pattern ?? evidence?.hotPaths.first.map { "Begin with \($0.symbol): \(($0.share * 100).fixed(0)) % of the "
            + "samples\($0.operation.map { " of \($0)" } ?? "")." }
        guard let slowest = times.max(by: { $0.wall < $1.wall }) else {
            return outcome(.undecided, "No tool could be called, so no time could be followed.", "Name a tool with --tool NAME or --tool 'NAME={…}'.")
        }
        guard let hungriest = known.max(by: { ($0.computing ?? 0) < ($1.computing ?? 0) }) else {
            return outcome(
                .undecided, "The slowest call is \(slowest.operation) with \(ms(slowest.wall)); where that time goes cannot be seen without the server's "
                    + "process.",
                "Run this on the server's machine, or name its process with --pid.")
        }
        // That is the machine's doing, and the figures beside it are not the server's.
        if let crowded = known.first(where: { ($0.waitingForProcessor ?? 0) >= 5 && ($0.waitingForProcessor ?? 0) >= 0.3 * $0.wall }) {
            return outcome(
                .undecided, "This machine was too busy to tell: during a call of \(crowded.operation) (\(ms(crowded.wall))) threads of the server waited "
                    + "\(ms(crowded.waitingForProcessor ?? 0)) for a processor.",
                "Measure again on a quiet machine, or give the server more processors.")
        }
        if let computing = hungriest.computing, computing >= longComputing {
            return outcome(
                .attention, "A call of \(hungriest.operation) computes for \(ms(computing)) of its \(ms(hungriest.wall)).",
                more ?? "See which functions with `interlock profile`, then compute less, keep results, or move it to workers.")
        }
        let cause = slowest.elsewhere >= 0.5 * slowest.wall ? "most of it waiting for something else" : "most of it computing"
        return outcome(
            .sound, "No call computes for \(longComputing.fixed(0)) ms or longer; the slowest is \(slowest.operation) with \(ms(slowest.wall)), \(cause).",
            slowest.wall >= 100 && slowest.elsewhere >= 0.5 * slowest.wall
                ? "Look behind \(slowest.operation): what it asks decides how fast it is." : more ?? "Nothing to do; look again when a tool gets slower.")
    }

    private static func exhibits(_ times: [ToolTime], _ evidence: ProfileEvidence?) -> [ReportExhibit] {
        guard !times.isEmpty else { return [] }
        let rows = times.map { time -> ReportBars.Row in
            guard let computing = time.computing else { return ReportBars.Row(time.operation, ms(time.wall), [(time.wall, .third)]) }
            let crowded = min(time.waitingForProcessor ?? 0, max(0, time.wall - computing))
            return ReportBars.Row(time.operation, ms(time.wall), [(computing, .first), (crowded, .bad), (time.elsewhere, .third)])
        }
        let hasProcess = times.contains { $0.computing != nil }
        let key: [(name: String, tone: SVGPlot.Tone)] =
            hasProcess ? [("computing", .first), ("waiting for a processor", .bad), ("waiting for something else, the caller included", .third)] : [("from "
                + "question to answer", .third)]
        var exhibits: [ReportExhibit] = [.bars("One call at a time, and where its time goes", ReportBars(rows, key: key))]
        if hasProcess {
            exhibits.append(.table(
                "By tool", head: ["tool", "calls", "a call", "computing", "for a processor", "waits", "busiest thread"],
                rows: times.map { time in
                    [
                        time.operation, "\(time.calls)", ms(time.wall), time.computing.map(ms) ?? "–", time.waitingForProcessor.map(ms) ?? "–",
                        time.waits.map { $0.fixed(1) } ?? "–", time.busiest.map { "\($0.name) \(($0.share * 100).fixed(0)) %" } ?? "–",
                    ]
                }))
        }
        if let graph = evidence?.flameGraph { exhibits.append(.drawing("Flame graph, \(evidence?.source ?? "")", svg: graph)) }
        if let hints = evidence?.hints, !hints.isEmpty {
            exhibits.append(.table(
                "Known patterns", head: ["pattern", "while calling", "share", "what helps"],
                rows: hints.prefix(12).map { [$0.hint.sentence, $0.operation, "\(($0.hint.share * 100).fixed(0)) %", $0.hint.advice] }))
        }
        if let paths = evidence?.hotPaths, !paths.isEmpty {
            exhibits.append(.table(
                "Hottest functions", head: ["function", "while calling", "share"],
                rows: paths.prefix(12).map { [$0.symbol, $0.operation ?? "all", "\(($0.share * 100).fixed(1)) %"] }))
        }
        return exhibits
    }

    static func ms(_ value: Double) -> String { "\(value.fixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)) ms" }
}
