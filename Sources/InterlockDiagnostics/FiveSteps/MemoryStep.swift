import InterlockConcurrency

/// The memory step: what a server keeps of the work it has done. Pure.
public enum MemoryStep {
    /// - Parameter leftOut: kinds of work that there was no time for.
    public static func outcome(_ report: LeakReport, leftOut: [ProbeOperation] = []) -> StepOutcome {
        var seen = DoctorObservations()
        (seen.growth, seen.abandoned, seen.lost) = (report.parts, report.abandoned, report.loss)
        seen.omitted = report.limits.map { .init(.growth, $0) }
        let diagnosis = DoctorRules.diagnose(seen)
        let work = report.parts.filter { $0.operation != nil }
        let known = work.filter { $0.verdict != .notEnoughData }
        let cycles = known.reduce(0) { $0 + $1.cycles }
        var outcome = StepOutcome(
            .memory, diagnosis,
            sound: ("Nothing is kept of \(cycles) cycles of \(listed(known)): memory, descriptors, threads and children stay where they are.",
                    "Nothing to do; run `interlock leak --duration 10m` before a release: the longer it runs, the smaller the growth it sees."),
            cannotCatch: "Growth smaller than \(resolution(known)), leaks that need hours or other arguments, tools that write and were not called, "
                + (leftOut.isEmpty ? "" : "for want of time \(listed(leftOut.map(\.description))), ")
                + "cancelled calls and sessions that nobody ends (`interlock leak` makes these), and what lies outside the process: files, databases.")
        if outcome.verdict == .sound, known.isEmpty {
            outcome.verdict = .undecided
            outcome.sentence = work.isEmpty
                ? "No work was done, so nothing can be told of what is kept of it." : "Too few cycles were done in the time there was to tell what is "
                    + "kept of them."
            outcome.next = "Give it longer with --seconds, or run `interlock leak --duration 5m`."
        }
        if outcome.verdict == .fault, let snapshot = report.snapshot { outcome.next += " To see what is kept: \(snapshot)." }
        if outcome.verdict == .sound, known.contains(where: { $0.verdict == .plateau }) {
            outcome.sentence = "Memory grew with \(listed(known.filter { $0.verdict == .plateau })) and stopped: a cache or a pool that has a bound, no leak."
        }
        outcome.figures = [.init("cycles", Double(work.reduce(0) { $0 + $1.cycles }))]
        if let resident = report.parts.lazy.reversed().flatMap(\.measures).first(where: { $0.quantity == .resident })?.series.points.last {
            outcome.figures.append(.init("resident memory", resident.y, "bytes"))
        }
        let measures = report.parts.filter { $0.operation != nil }.compactMap { $0.deciding.first { $0.quantity.isBytes } }
        outcome.figures.append(.init("growth, most", measures.map(\.judgement.growth).max() ?? 0, "bytes"))
        outcome.exhibits = exhibits(report)
        return outcome
    }

    private static func listed(_ parts: [LeakReport.Part]) -> String { listed(parts.map(name)) }

    private static func listed(_ names: [String]) -> String {
        names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }

    /// From which growth per cycle on it would have been seen, from the finest part to the coarsest.
    private static func resolution(_ parts: [LeakReport.Part]) -> String {
        let resolutions = parts.compactMap { part in
            part.deciding.first { $0.quantity.isBytes }.map { (part, $0.judgement.resolution) }
        }.filter { $0.1.isFinite && $0.1 > 0 }
        guard let coarsest = resolutions.max(by: { $0.1 < $1.1 }), let finest = resolutions.min(by: { $0.1 < $1.1 }) else { return "what the system counts "
            + "at all" }
        func text(_ one: (LeakReport.Part, Double)) -> String { "\(DoctorFinding.Figure.bytes(one.1)) a \(one.0.operation?.unit ?? "cycle")" }
        return text(finest) == text(coarsest) ? text(finest) : "\(text(finest)) (\(finest.0.operation.map { "\($0)" } ?? "")) to \(text(coarsest)) "
            + "(\(coarsest.0.operation.map { "\($0)" } ?? ""))"
    }

    private static func exhibits(_ report: LeakReport) -> [ReportExhibit] {
        let parts = report.parts.compactMap { part in part.deciding.first { $0.quantity.isBytes }.map { (part: part, measure: $0) } }
        guard !parts.isEmpty else { return [] }
        // Four lines are as many as can be told apart; those that grew most are the ones to see.
        let worst = parts.sorted { $0.measure.judgement.growth > $1.measure.judgement.growth }.prefix(4)
        let series = worst.map { entry in SVGPlot.Series(name(entry.part), growth(entry.measure.series)) }
        return [
            .plot(
                "Growth of memory while one thing is done again and again",
                .lines("Growth of memory by kind of work", x: "% of each part's time", y: "MB above where it began", series: series, yReach: 2)),
            .table("By kind of work", head: ["work", "cycles", "verdict", "a cycle", "would be seen from"], rows: parts.map { part, measure in
                let slope = measure.judgement.slope
                let unit = part.operation?.unit ?? "minute"
                let seen = measure.judgement.resolution
                return [
                    name(part), part.operation == nil ? "–" : "\(part.cycles)", part.verdict.rawValue,
                    slope.map { measure.judgement.verdict == .leak ? "\(DoctorFinding.Figure.bytes($0.slope)) a \(unit)" : "–" } ?? "–",
                    seen.isFinite && seen > 0 && measure.judgement.verdict != .leak ? "\(DoctorFinding.Figure.bytes(seen)) a \(unit)" : "–",
                ]
            }),
        ]
    }

    static func name(_ part: LeakReport.Part) -> String { part.operation.map { "\($0)" } ?? "without calls" }

    /// Megabytes above the first readings, over the share of the way in percent.
    private static func growth(_ series: GrowthSeries) -> [(x: Double, y: Double)] {
        guard let first = series.points.first, series.span > 0 else { return [] }
        let base = TheilSenSlope.median(series.points.prefix(3).map(\.y))
        return series.points.map { (x: ($0.x - first.x) / series.span * 100, y: ($0.y - base) / 1_048_576) }
    }
}
