extension BenchmarkStep {
    /// A saved run that the load is held against, and how much slower it may be.
    public struct Baseline: Sendable {
        public var record: BenchRecord
        public var bounds: [BenchComparison.Bound]
        /// Compares figures of different machines all the same.
        public var acrossMachines: Bool
        /// Compares unlike loads all the same, as far as they were made at one rate and called the same tools.
        public var acrossLoads: Bool
        /// How often blocks are drawn; fewer make the intervals coarser.
        var draws = 1_000

        public init(_ record: BenchRecord, bounds: [BenchComparison.Bound], acrossMachines: Bool = false, acrossLoads: Bool = false) {
            self.record = record
            self.bounds = bounds
            self.acrossMachines = acrossMachines
            self.acrossLoads = acrossLoads
        }

        /// Calls a second that it was made at; `nil` when there was not one rate all the way.
        public var rate: Double? { record.result.rate > 0 ? record.result.rate : nil }

        /// Why a load says nothing beside this one, whatever its figures are; `nil` when they can be compared.
        func refusal(of run: Run) -> String? {
            func named(_ result: LoadResult) -> String { result.tools.isEmpty ? "none" : result.tools.keys.sorted().joined(separator: ", ") }
            if Set(record.result.tools.keys) != Set(run.result.tools.keys) {
                return "the baseline called \(named(record.result)), and this run \(named(run.result)): name the same tools with --tool"
            }
            // A report has its own clients, and may compare with a load of others; what differs here makes its figures those of another thing.
            func unlike(_ part: String) -> (own: String, other: String)? {
                guard !acrossLoads, let was = record.load, let now = run.load else { return nil }
                return was.difference(part, from: now)
            }
            if let tools = unlike("tools") {
                return "the baseline called its tools in other shares (\(tools.own)) than this run (\(tools.other))"
            }
            if unlike("arguments") != nil {
                return "the baseline called \(named(record.result)) with other arguments: give the same with --tool 'NAME={…}'"
            }
            guard let rate else { return "the baseline was not made at one rate all the way" }
            if let loop = unlike("loop") {
                return "the baseline's calls arrived otherwise (\(loop.own)) than those of this run (\(loop.other)): make it without --poisson"
            }
            if abs(run.rate / rate - 1) > 0.05 {
                return "the baseline was made at \(rate.fixed(1)) calls a second, and this run at \(run.rate.fixed(1)): leave out --rate"
            }
            return nil
        }

        private var name: String { "the baseline of \(DayTime(milliseconds: record.time).text) UTC" }

        /// Adds to a load's outcome whether it is slower than this.
        ///
        /// A regression needs attention whatever the figures are by themselves; one that cannot be told leaves the step undecided, unless the load
        /// found worse. Where the generator was the limit, nothing is compared: its own figures would be.
        func judge(_ outcome: inout StepOutcome, _ run: Run, on machine: MachineFingerprint) {
            outcome.cannotCatch = "Other rates, tails that \(run.result.total.calls) calls do not show, other arguments than these, other machines, and "
                + "regressions within \(bounds.map { "\($0.name)=\($0.limit.fixed(2))" }.joined(separator: ", ")) of \(name)."
            func undecided(_ reason: String, _ next: String) {
                outcome.undecided.append("whether it is slower than \(name): \(reason)")
                guard outcome.verdict < .undecided else { return }
                outcome.verdict = .undecided
                outcome.sentence = "Whether it is slower than \(name) cannot be told: \(reason). " + outcome.sentence
                outcome.next = next
            }
            if run.result.isGeneratorBound {
                return undecided("the load generator may have been the limit", "Measure from a quieter machine, or at a lower --rate.")
            }
            if let refusal = refusal(of: run) { return undecided(refusal, "Save a baseline of the same load with --save, and compare with that.") }
            let comparison: BenchComparison
            do {
                let candidate = BenchRecord(target: record.target, seed: record.seed, time: 0, machine: machine, result: run.result)
                comparison = try BenchComparison(baseline: record, candidate: candidate, bounds: bounds, acrossMachines: acrossMachines, draws: draws)
            } catch {
                return undecided("\(error)", "Save a baseline on this machine with --save, and compare with that.")
            }
            outcome.comparison = comparison
            outcome.exhibits.insert(comparison.exhibit, at: 0)
            switch comparison.verdict {
            case .regression:
                guard outcome.verdict <= .attention else { return outcome.sentence += " It is a regression, too: \(comparison.sentence(.regression))." }
                let besides = outcome.verdict == .attention ? " " + outcome.sentence : ""
                outcome.sentence = "Regression against \(name): \(comparison.sentence(.regression)).\(besides)"
                outcome.verdict = .attention
                outcome.next = "Find the change that brought it: compare the builds between with `interlock bench --against`, then profile the slower one."
            case .undecided:
                let chance = "\(comparison.sentence(.undecided)), which its calls do not tell from chance"
                undecided(comparison.doubts.isEmpty ? chance : comparison.doubts.joined(separator: "; "), "Give it longer with --seconds.")
            case .notEnoughData:
                undecided(
                    "too few calls for \(comparison.rows.filter { $0.verdict == .notEnoughData }.map(\.bound.name).joined(separator: ", "))",
                    "Give it longer with --seconds, or bound a lower percentile, as in --max-regression p50=1.10.")
            case .within:
                outcome.sentence += " No regression against \(name): \(comparison.sentence(.within))."
            }
        }
    }
}

extension BenchComparison {
    /// The percentiles with a verdict, as words: how long they took, and how long they take now.
    fileprivate func sentence(_ verdict: Verdict) -> String {
        let named = rows.filter { $0.verdict == verdict }.map { row in
            let interval = verdict == .undecided ? ", \(row.interval.lowerBound.fixed(2)) to \(row.interval.upperBound.fixed(2))" : ""
            return "\(row.bound.name) \(BenchRecord.text(row.baseline)) → \(BenchRecord.text(row.candidate)) (\(row.ratio.fixed(2)) times\(interval))"
        }
        let errors = verdict != .within && errorVerdict == verdict
            ? ["failures \((baselineErrors * 100).fixed(1)) % → \((candidateErrors * 100).fixed(1)) %"] : []
        return (named + errors).joined(separator: ", ")
    }

    /// What was compared, as a table.
    fileprivate var exhibit: ReportExhibit {
        .table(
            "Against the baseline", head: ["percentile", "baseline", "now", "ratio", "99 % interval", "at most", "verdict"],
            rows: rows.map { row in
                [
                    row.bound.name, BenchRecord.text(row.baseline), BenchRecord.text(row.candidate), row.ratio.fixed(2),
                    row.interval.upperBound.isFinite ? "\(row.interval.lowerBound.fixed(2)) to \(row.interval.upperBound.fixed(2))" : "–",
                    row.bound.limit.fixed(2), row.verdict.text,
                ]
            } + [[
                "failures", "\((baselineErrors * 100).fixed(2)) %", "\((candidateErrors * 100).fixed(2)) %", "–", "–", "–",
                errorVerdict.text,
            ]])
    }
}

extension BenchComparison.Verdict {
    /// As people read it.
    package var text: String {
        switch self {
        case .regression: "regression"
        case .undecided: "undecided"
        case .within: "no regression"
        case .notEnoughData: "too few calls"
        }
    }
}
