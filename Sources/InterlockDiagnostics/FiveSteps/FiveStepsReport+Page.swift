extension FiveStepsReport {
    /// The report as a page that stands alone.
    public var html: String {
        let seconds = steps.reduce(0) { $0 + $1.took.seconds }
        var page = ReportPage(
            "Five steps for \(server)",
            subtitle: "\(target) · \(DayTime(milliseconds: time).text) UTC · \(seconds.fixed(0)) s · \(machine.summary)")
        page.verdict(verdict.tone, headline)
        page.overview(steps.map { (id: $0.step.rawValue, name: "\($0.step.number) \($0.step.title)", tone: $0.verdict.tone, status: $0.verdict.rawValue) })
        for step in steps { page.section(step.section) }
        return page.html
    }
}

extension StepOutcome {
    fileprivate var section: ReportSection {
        var section = ReportSection("\(step.number) \(step.title)", lead: step.question, id: step.rawValue, status: (verdict.tone, verdict.rawValue))
        section.statement(sentence)
        section.line("Next:", next)
        section.figures(figures.map { ($0.name, $0.text) })
        for exhibit in exhibits { section.show(exhibit) }
        for finding in findings { section.show(finding) }
        section.list("In order", sound)
        section.list("Not told", undecided)
        section.line("What this step cannot catch:", cannotCatch, isQuiet: true)
        return section
    }
}

extension StepOutcome.Verdict {
    package var tone: ReportTone {
        switch self {
        case .sound: .good
        case .undecided: .unknown
        case .attention: .watch
        case .fault: .bad
        }
    }
}

extension ReportSection {
    mutating func show(_ finding: DoctorFinding) {
        self.finding(finding.severity.tone, finding.severity.rawValue, finding.sentence, finding.advice, finding.evidence.map { ($0.name, $0.text) })
    }
}

extension DoctorFinding.Severity {
    package var tone: ReportTone {
        switch self {
        case .note: .unknown
        case .warning: .watch
        case .fault: .bad
        }
    }
}
