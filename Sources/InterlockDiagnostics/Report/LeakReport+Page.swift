import InterlockConcurrency

extension LeakReport {
    /// The report as a page that stands alone.
    ///
    /// - Parameters:
    ///   - target: the server as it was addressed.
    ///   - time: milliseconds since the Unix epoch, when the run was begun.
    public func html(of target: String, time: Int64) -> String {
        let length = parts.reduce(0) { $0 + $1.duration.seconds }
        var page = ReportPage("Memory of \(target)", subtitle: "\(DayTime(milliseconds: time).text) UTC · \(length.fixed(0)) s · "
            + "\(MachineFingerprint.current.summary) · \(runtime.rawValue)")
        page.verdict(loss == nil ? verdict.tone : .bad, headline)
        page.overview(parts.enumerated().map { (id: "part\($0)", name: MemoryStep.name($1), tone: $1.verdict.tone, status: $1.verdict.rawValue) })
        for (index, part) in parts.enumerated() { page.section(Self.section(part, id: "part\(index)")) }
        if let abandoned {
            var section = ReportSection("Sessions that nobody ends")
            section.statement(abandoned.sentence.prefix(1).uppercased() + abandoned.sentence.dropFirst() + ".")
            page.section(section)
        }
        var last = ReportSection("What this cannot catch")
        if let snapshot, verdict == .leak || countsObjects && runtime != .swift { last.line("To see what is kept:", snapshot) }
        last.list("Not measured", notes)
        last.line(
            "Beyond its sight:", "growth below the figures above, leaks that need hours or other arguments, tools that write and were not named, and what "
                + "lies outside the process, such as files and databases.",
            isQuiet: true)
        page.section(last)
        return page.html
    }

    /// The report in one sentence.
    package var headline: String {
        if let loss { return loss.sentence }
        let leaks = parts.flatMap { part in part.deciding.filter { $0.judgement.verdict == .leak }.map { (part: part, measure: $0) } }
        if leaks.isEmpty, verdict == .leak, objectSentence == nil, let abandoned { return "Leak: \(abandoned.sentence)." }
        let cycles = parts.reduce(0) { $0 + $1.cycles }
        guard let (part, measure) = leaks.first, let slope = measure.judgement.slope else {
            if let objectSentence { return "Leak: \(objectSentence)." }
            switch verdict {
            case .plateau: return "No leak in \(cycles) cycles: memory grew and stopped, a cache or a pool that has a bound."
            case .noLeak: return "No leak in \(cycles) cycles."
            case .leak, .notEnoughData: return shortage
            }
        }
        let unit = part.operation?.unit ?? "minute without calls"
        return "Leak: \(measure.amount(slope.slope)) of \(measure.quantity.rawValue) for each \(unit)" + (part.operation.map { " (\($0))" } ?? "")
            + ", from \(measure.amount(slope.low)) to \(measure.amount(slope.high))" + (leaks.count > 1 ? "; \(leaks.count - 1) more below." : ".")
            + (objectSentence.map { " By type: \($0)." } ?? "")
    }

    /// What could not be told, where nothing leaks of what could.
    private var shortage: String {
        let known = parts.filter { $0.verdict != .notEnoughData }.count
        let untold = abandoned.flatMap { $0.isStated && $0.verdict == .notEnoughData ? $0.sentence : nil }
        if known == 0 { return "Not enough data: \(limits.first ?? untold ?? "no kind of work was done often enough")." }
        guard known == parts.count else { return "No leak in \(known) of \(parts.count) kinds of work; not enough data for the others." }
        return "No leak in \(known == 1 ? "one kind" : "\(known) kinds") of work, but \(untold ?? "there is not enough data for the whole")."
    }

    private static func section(_ part: Part, id: String) -> ReportSection {
        let unit = part.operation?.unit ?? "minute"
        var section = ReportSection(MemoryStep.name(part), id: id, status: (part.verdict.tone, part.verdict.rawValue))
        if let reason = part.deciding.first(where: { $0.judgement.verdict == part.verdict })?.judgement.reason {
            section.statement(reason.prefix(1).uppercased() + reason.dropFirst() + ".")
        } else if !part.foundObjects.isEmpty {
            section.statement("The number of live objects grew all the way; their memory is too little to be seen.")
        }
        section.figures((part.operation == nil ? [] : [("cycles", "\(part.cycles)")]) + [("time", "\(part.duration.seconds.fixed(1)) "
            + "s")] + (part.failures > 0 ? [("failed", "\(part.failures)")] : []))
        if let memory = part.deciding.first(where: { $0.quantity.isBytes }), memory.series.points.count > 1 {
            section.show(.plot(memory.quantity.rawValue.prefix(1).uppercased() + memory.quantity.rawValue.dropFirst(), memory.plot(unit)))
        }
        section.show(.table("", head: ["what", "verdict", "each \(unit)", "95 % interval", "seen from"], rows: part.measures.map { measure in
            let judgement = measure.judgement
            return [
                measure.quantity.rawValue, judgement.verdict.rawValue, judgement.slope.map { measure.amount($0.slope) } ?? "–",
                judgement.slope.map { "\(measure.amount($0.low)) to \(measure.amount($0.high))" } ?? "–",
                judgement.resolution.isFinite && judgement.verdict != .leak ? measure.amount(judgement.resolution) : "–",
            ]
        }))
        if let objects = part.objects { section.show(objectTable(part, objects, unit)) }
        return section
    }

    /// The types that grow, then what else grew most in bytes between the first and the last snapshot: twenty in all.
    private static func objectTable(_ part: Part, _ objects: [ObjectGrowth], _ unit: String) -> ReportExhibit {
        let rest = objects.filter { !$0.isFound && $0.bytesAfter > $0.bytesBefore }
        let rows = (part.foundObjects + rest).prefix(20).map { growth in
            [
                "\(growth.kind)", growth.judgement.verdict == .leak && !growth.isFound ? "grew" : growth.judgement.verdict.rawValue, "\(growth.before)", "\(growth.after)", growth.countPerCycle.fixed(2),
                ObjectGrowth.grouped(growth.bytesPerCycle),
            ]
        }
        guard !rows.isEmpty else { return .text("Live objects by type", "No type has more live objects at the end than at the beginning.") }
        return .table("Live objects by type", head: ["type", "verdict", "before", "after", "each \(unit)", "bytes each \(unit)"], rows: Array(rows))
    }
}

extension LeakReport.Measure {
    /// An amount of the quantity, with its unit where it has one.
    package func amount(_ value: Double) -> String { quantity.isBytes ? DoctorFinding.Figure.bytes(value) : value.fixed(3) }

    /// Readings above the first ones, and the line through those that count.
    fileprivate func plot(_ unit: String) -> SVGPlot {
        let base = TheilSenSlope.median(series.points.prefix(3).map(\.y))
        var lines = [SVGPlot.Series("readings", series.points.map { (x: $0.x, y: ($0.y - base) / 1_048_576) })]
        if let slope = judgement.slope, let last = series.points.last?.x, let first = series.points.first?.x, judgement.verdict == .leak {
            let ends = [first, last].map { (x: $0, y: (slope.intercept + slope.slope * $0 - base) / 1_048_576) }
            lines.append(.init("\(amount(slope.slope)) each \(unit)", ends, tone: .bad))
        }
        let done = unit == "minute" ? "minutes" : "\(unit)s done"
        return .lines("Growth against what was done", x: done, y: "MB above where it began", series: lines, yReach: 1)
    }
}

extension GrowthJudgement.Verdict {
    package var tone: ReportTone {
        switch self {
        case .leak: .bad
        case .notEnoughData: .unknown
        case .plateau, .noLeak: .good
        }
    }
}
