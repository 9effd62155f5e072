/// The benchmark step: how long callers wait at a steady rate. Pure.
public enum BenchmarkStep {
    /// A load, and what stands beside it.
    public struct Run: Sendable {
        public var result: LoadResult
        /// Calls a second that were asked for.
        public var rate: Double
        /// Processors the server kept busy on average, and its busiest thread.
        public var serverCores: Double?
        public var busiest: ToolTime.BusyThread?
        /// What was asked, to be saved with the result; `nil` where nobody said it.
        public var load: LoadDescription?

        public init(
            _ result: LoadResult, rate: Double, serverCores: Double? = nil, busiest: ToolTime.BusyThread? = nil, load: LoadDescription? = nil
        ) {
            self.result = result
            self.load = load
            self.rate = rate
            self.serverCores = serverCores
            self.busiest = busiest
        }
    }

    /// Judges a load; `nil` when there was nothing to call.
    ///
    /// - Parameters:
    ///   - baseline: what it is held against, too.
    ///   - machine: where the load was run.
    public static func outcome(_ run: Run?, baseline: Baseline? = nil, machine: MachineFingerprint = .current) -> StepOutcome {
        guard let run else {
            return StepOutcome(
                .benchmark, .undecided, "No tool could be called without an error, so there was no load.",
                next: "Name a tool with --tool NAME or --tool 'NAME={…}'.", cannotCatch: "Anything: it was not run.")
        }
        var outcome = verdict(run)
        outcome.load = run.result
        outcome.asked = run.load
        let total = run.result.total
        outcome.figures = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1)].compactMap { name, share in
            total.latency.quantile(share).map { DoctorFinding.Figure(name, Double($0.nanosecondsRounded) / 1e6, "ms") }
        }
        outcome.figures += [.init("rate", run.rate, "calls/s"), .init("calls", Double(total.calls)), .init("failed", total.errorShare * 100, "%")]
        if let cores = run.serverCores { outcome.figures.append(.init("server", cores, "cores")) }
        if let cores = run.serverCores, total.calls > 0 {
            outcome.figures.append(.init("processor time of a call", cores * run.result.seconds * 1000 / Double(total.calls), "ms"))
        }
        outcome.undecided = run.result.warnings
        if total.latency.count < 1_000 { outcome.undecided.append("p99 of \(total.latency.count) calls is a guess: 1,000 are needed") }
        outcome.exhibits = [.plot("Latency by percentile", run.result.byPercentile), .plot("Latency over time", run.result.overTime)]
        if total.failed.count > 0 { outcome.exhibits.append(.plot("Failures", run.result.failures)) }
        if run.result.tools.count > 1 {
            outcome.exhibits.append(.table(
                "By tool", head: ["tool", "calls", "errors", "p50", "p95", "p99", "max"],
                rows: run.result.tools.sorted { $0.key < $1.key }.map { name, measure in
                    [name, "\(measure.calls)", "\(measure.failed.count)"] + [0.5, 0.95, 0.99, 1].map { BenchRecord.text(measure.latency.quantile($0)) }
                }))
        }
        baseline?.judge(&outcome, run, on: machine)
        return outcome
    }

    private static func verdict(_ run: Run) -> StepOutcome {
        let (result, total) = (run.result, run.result.total)
        let rate = "\(run.rate.fixed(run.rate < 10 ? 1 : 0)) calls a second"
        func outcome(_ verdict: StepOutcome.Verdict, _ sentence: String, _ next: String) -> StepOutcome {
            StepOutcome(
                .benchmark, verdict, sentence, next: next,
                cannotCatch: "Rates above \(rate), tails that \(total.calls) calls in \(result.seconds.fixed(0)) s do not show, other arguments than these, "
                    + "other machines. It compares with nothing: a regression shows only against a saved run.")
        }
        guard total.calls >= 20 else {
            return outcome(.undecided, "Only \(total.calls) calls ended in the time there was.", "Give it longer with --seconds, or name a quicker tool "
                + "with --tool.")
        }
        if total.errorShare >= 0.01 {
            let kind = CallOutcome.allCases.filter { $0 != .ok }.max { total.counts[$0] < total.counts[$1] }
            let example = kind.flatMap { result.examples[$0.rawValue] }.map { ", such as: \($0.prefix(160))" } ?? ""
            return outcome(
                .fault, "\((total.errorShare * 100).fixed(1)) % of the calls failed at \(rate)\(example).",
                "Find out why calls fail that succeed alone: limits, a pool that is too small, or an upstream that gives up.")
        }
        // Waiting, and slowness, that the generator brought about says nothing of the server.
        if result.isGeneratorBound, let warning = result.warnings.first {
            return outcome(
                .undecided, "The load generator may have been the limit, not the server: \(warning).", "Measure from a quieter machine, or at a lower --rate.")
        }
        let (p50, p99) = (milliseconds(total.latency.quantile(0.5)), milliseconds(total.latency.quantile(0.99)))
        if result.dropped > 0 || result.waited > total.calls / 100 {
            return outcome(
                .attention, "The server is slower than \(rate): \(result.waited + result.dropped) calls found so many before them that they had to wait.",
                "Find its breaking point with `interlock bench --breaking-point`, and let it refuse what it cannot bear.")
        }
        if let busiest = run.busiest, busiest.share >= 0.85, (run.serverCores ?? 0) < 1.3 {
            return outcome(
                .attention, "At \(rate) one thread of the server (\(busiest.name)) is busy \((busiest.share * 100).fixed(0)) % of the time: it has no room "
                    + "left, whatever the other processors do.",
                "Run more processes of it behind one address, or take work off that thread.")
        }
        if p99 >= max(100, 10 * p50) {
            return outcome(
                .attention, "One call in a hundred takes \(ProfileStep.ms(p99)) at \(rate), \((p99 / max(p50, 0.001)).fixed(0)) times as long as the usual "
                    + "one (\(ProfileStep.ms(p50))).",
                "See what is rare: the workers step looks for stalls; a profile of the slow ones names the function.")
        }
        if p50 >= 1000 {
            return outcome(.attention, "The usual call takes \(ProfileStep.ms(p50)) at \(rate).", "Look behind the server first: the workers step tells "
                + "waiting from computing.")
        }
        return outcome(
            .sound, "At \(rate) half of the calls are answered within \(ProfileStep.ms(p50)) and 99 % within \(ProfileStep.ms(p99)); "
                + "\(total.failed.count == 0 ? "none" : "\((total.errorShare * 100).fixed(2)) %") failed.",
            "Save this with `interlock report --save FILE`, and hold each change against it with `--baseline FILE`; in CI, `interlock bench --against` is "
                + "surer.")
    }

    private static func milliseconds(_ duration: Duration?) -> Double { Double(duration?.nanosecondsRounded ?? 0) / 1e6 }
}
