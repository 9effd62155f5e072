extension BenchRecord {
    /// The run as a page.
    public var html: String { html(nil, against: "") }

    /// The run as a page, with how it compares where it was compared.
    ///
    /// - Parameters:
    ///   - baseline: the server it was compared with, as it was addressed.
    ///   - isInterrupted: whether the run was ended before its time, which the page says first.
    public func html(_ comparison: BenchComparison?, against baseline: String, isInterrupted: Bool = false) -> String {
        let total = result.total
        var page = ReportPage("Load on \(target)", subtitle: "\(result.seconds.fixed(1)) s, seed \(seed), from \(machine.summary)")
        if let comparison { page.verdict(comparison.verdict.tone, comparison.sentence) }
        if isInterrupted { page.warning(Self.interrupted) }
        for warning in result.warnings { page.warning(warning) }
        if let search { page.figures(search.figures) }
        page.figures(
            LoadResult.percentiles.map { ($0.name, Self.text(total.latency.quantile($0.share))) } + [
                ("calls", "\(total.calls)"), ("ok a second", result.throughput.fixed(1)), ("errors", "\((total.errorShare * 100).fixed(2)) %"),
            ])
        if let comparison { page.section(comparison.section(against: baseline)) }
        page.plot("Latency by percentile", result.byPercentile)
        page.plot("Latency over time", result.overTime)
        page.plot("Calls over time", result.callsOverTime)
        if total.failed.count > 0 { page.plot("Failures", result.failures) }
        page.table(
            "Tools", head: ["tool", "calls", "errors"] + LoadResult.percentiles.map(\.name),
            rows: result.tools.sorted { $0.key < $1.key }.map { name, measure in
                [name, "\(measure.calls)", "\(measure.failed.count)"] + LoadResult.percentiles.map { Self.text(measure.latency.quantile($0.share)) }
            })
        return page.html
    }

    /// What is said of a run that was ended before its time.
    package static let interrupted = "Interrupted: this is what there was until then."

    /// A latency to three digits.
    static func text(_ duration: Duration?) -> String {
        guard let nanoseconds = duration.map({ Double($0.nanosecondsRounded) }) else { return "–" }
        let (value, unit) = nanoseconds < 1e6 ? (nanoseconds / 1e3, "µs") : nanoseconds < 1e9 ? (nanoseconds / 1e6, "ms") : (nanoseconds / 1e9, "s")
        return "\(value.fixed(value < 10 ? 2 : value < 100 ? 1 : 0)) \(unit)"
    }
}

extension BreakingPoint {
    /// The rates that were found, for a page.
    var figures: [(label: String, value: String)] {
        let rates = [("last good rate", lastGood), ("breaking point", breakingPoint), ("the generator's limit", generatorLimit)]
        return rates.compactMap { label, rate in
            rate.map { (label, "\($0.fixed(1)) calls/s") } ?? (label == "last good rate" ? (label, "none held") : nil)
        }
    }
}

extension MachineFingerprint {
    /// Processor and cores, for people.
    var summary: String {
        let processor = parts["processor"].flatMap { $0 == "unknown" ? nil : $0 } ?? parts["architecture"] ?? "unknown machine"
        return "\(processor), \(parts["cores"] ?? "?") cores"
    }
}
