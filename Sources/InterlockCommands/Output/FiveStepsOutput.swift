import InterlockDiagnostics

/// A report of five steps, as a person reads it on a terminal.
enum FiveStepsOutput {
    static func text(_ report: FiveStepsReport, page: String?) -> String {
        var lines = [report.headline]
        for step in report.steps {
            lines += ["", "\(step.step.number) \(step.step.rawValue): \(step.verdict.rawValue)", "  \(step.sentence)", "  next: \(step.next)"]
            if !step.figures.isEmpty { lines.append("  seen: " + step.figures.map { "\($0.name) \($0.text)" }.joined(separator: ", ")) }
            if let comparison = step.comparison { lines += BenchOutput.text(comparison).split(separator: "\n").map { "  baseline: \($0)" } }
            lines += step.undecided.map { "  not told: \($0)" }
            lines.append("  cannot catch: \(step.cannotCatch)")
        }
        if let page { lines += ["", "page: \(page)"] }
        return TerminalText.lines(lines)
    }
}
