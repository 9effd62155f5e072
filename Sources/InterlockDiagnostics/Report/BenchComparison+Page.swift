extension BenchComparison {
    /// The comparison of two saved runs as a page that stands alone.
    public func html(_ baseline: BenchRecord, _ candidate: BenchRecord) -> String {
        var page = ReportPage("\(candidate.target) beside \(baseline.target)", subtitle: "from \(candidate.machine.summary)")
        page.verdict(verdict.tone, sentence)
        page.section(section(against: baseline.target))
        for (name, record) in [("Baseline", baseline), ("Candidate", candidate)] {
            var section = ReportSection(name, lead: "\(record.target), \(DayTime(milliseconds: record.time).text) UTC")
            section.figures(LoadResult.percentiles.map { ($0.name, BenchRecord.text(record.result.total.latency.quantile($0.share))) })
            if let load = record.load { section.list("Load", load.parts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }) }
            section.show(.plot("Latency by percentile", record.result.byPercentile))
            page.section(section)
        }
        return page.html
    }

    /// The rows, the errors and the doubts.
    func section(against baseline: String) -> ReportSection {
        var section = ReportSection("Comparison", lead: baseline.isEmpty ? "" : "with \(baseline)", status: (verdict.tone, verdict.text))
        section.show(.table(
            "", head: ["percentile", "baseline", "this run", "ratio", "99 % interval", "at most", "verdict"],
            rows: rows.map { row -> [String] in
                let (low, high) = (row.interval.lowerBound, row.interval.upperBound)
                return [
                    row.bound.name, BenchRecord.text(row.baseline), BenchRecord.text(row.candidate), row.ratio.fixed(3),
                    high.isFinite ? "\(low.fixed(3)) to \(high.fixed(3))" : "–", row.bound.limit.fixed(2), row.verdict.text,
                ]
            }))
        let errors = "\((baselineErrors * 100).fixed(2)) % before, \((candidateErrors * 100).fixed(2)) % now"
        section.line("Errors", errorVerdict == .within ? errors : "\(errors): \(errorVerdict.text)")
        section.list("In doubt, because", doubts)
        return section
    }

    /// The verdict in one sentence.
    var sentence: String {
        switch verdict {
        case .regression where hasMoreErrors: return "A regression: more calls fail."
        case .regression:
            let worst = rows.filter { $0.verdict == .regression }.max { $0.ratio < $1.ratio }
            return "A regression: " + (worst.map { "\($0.bound.name) takes \($0.ratio.fixed(2)) times as long." } ?? "it is slower.")
        case .undecided where !doubts.isEmpty: return "Undecided: the figures of one side may not be its server's."
        case .undecided where rows.allSatisfy({ $0.verdict != .undecided }):
            return "Undecided: more calls fail, which may be chance; a longer run will tell."
        case .undecided: return "Undecided: it may be slower; a longer run will tell."
        case .within: return "Nothing is slower than it may be."
        case .notEnoughData: return "Not enough data: a longer run, or a higher rate, will tell."
        }
    }
}

extension BenchComparison.Verdict {
    /// How a page shows it.
    var tone: ReportTone {
        switch self {
        case .regression: .bad
        case .undecided: .watch
        case .within: .good
        case .notEnoughData: .unknown
        }
    }
}
