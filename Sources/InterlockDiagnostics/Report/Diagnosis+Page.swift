extension Diagnosis {
    /// The diagnosis as a page that stands alone.
    ///
    /// - Parameters:
    ///   - target: the server as it was addressed.
    ///   - seen: what the diagnosis was made from, for its plots.
    ///   - time: milliseconds since the Unix epoch, when the examination was begun.
    public func html(of target: String, seen: DoctorObservations, time: Int64) -> String {
        var page = ReportPage("Examination of \(target)", subtitle: "\(DayTime(milliseconds: time).text) UTC · \(MachineFingerprint.current.summary)")
        let worst = findings.map(\.severity).max().flatMap { $0 > .note ? $0.tone : nil }
        page.verdict(worst ?? (isConclusive ? .good : .unknown), headline)
        if !findings.isEmpty {
            var section = ReportSection("Findings")
            for finding in findings { section.show(finding) }
            page.section(section)
        }
        if let bars = ConcurrencyStep.bars(seen) {
            var section = ReportSection("Calls alone and at once")
            section.show(bars)
            page.section(section)
        }
        if let late = seen.beats?.late, late.count >= 3 {
            var section = ReportSection("Late answers", lead: "Trivial requests that took 100 ms or more beside quick calls, in the order they came.")
            let tone: SVGPlot.Tone = findings.contains { $0.code == .stalls } ? .bad : .second
            section.show(.plot("", .bars("Late answers", y: "ms", tone: tone, late.prefix(24).enumerated().map { ("\($0 + 1)", $1.latency) })))
            page.section(section)
        }
        if let process = seen.process {
            var section = ReportSection("The server's process", lead: "With all that descend from it, at the end of the examination; times and switches are of all of it.")
            section.show(.table("", head: ["what", "how much"], rows: process.figures.map { [$0.name, $0.text] }))
            page.section(section)
        }
        var rest = ReportSection("What else was looked at")
        rest.list("In order", sound)
        rest.list("Not enough data", undecided)
        rest.line(
            "What this cannot catch:", "what happens too rarely for some seconds of calls, tools that were not called, arguments heavier than these, wrong "
                + "answers (`interlock race` checks those by a plan), and more than one instance.",
            isQuiet: true)
        page.section(rest)
        return page.html
    }

    /// The diagnosis in one sentence.
    package var headline: String {
        let wrong = findings.filter { $0.severity > .note }
        guard let first = wrong.first else {
            return isConclusive ? "Healthy: nothing is wrong with what could be told." : "Not enough data: \(inconclusive)."
        }
        return first.sentence + (wrong.count > 1 ? " \(wrong.count - 1) more below." : "")
    }
}
