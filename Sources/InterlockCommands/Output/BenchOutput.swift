import InterlockDiagnostics
import InterlockJSON

/// Loads and comparisons as people and programs read them.
enum BenchOutput {
    static func time(_ duration: Duration?) -> String {
        guard let duration else { return "–" }
        let milliseconds = duration / .milliseconds(1)
        return milliseconds < 1 ? "\(Int(milliseconds * 1_000)) µs" : "\((milliseconds * 100).rounded() / 100) ms"
    }

    static func line(_ progress: LoadRun.Progress) -> String {
        "\(Int(progress.elapsed / .seconds(1))) of \(Int(progress.of / .seconds(1))) s, \(progress.ended) calls, \(progress.failed) failed, "
            + "\(progress.inFlight) in flight, p99 \(time(progress.p99))"
    }

    static func rate(_ rate: Double) -> String { "\((rate * 10).rounded() / 10) calls/s" }

    static func text(_ result: LoadResult) -> String {
        let threads = result.generatorThreads == 1 ? "1 thread" : "\(result.generatorThreads) threads"
        var lines = [
            "\(result.total.calls) of \(result.offered) calls in \((result.seconds * 100).rounded() / 100) s, \(rate(result.throughput)) successful",
            "late starts \(result.lateStarts), waited for a place \(result.waited), dropped \(result.dropped), "
                + "generator \((result.generatorCores * 100).rounded() / 100) cores on \(threads)",
            row("all", result.total.latency), row("service, from when they began", result.total.service),
        ]
        if result.tools.count > 1 { lines += result.tools.sorted { $0.key < $1.key }.map { row($0.key, $0.value.latency) } }
        for kind in CallOutcome.allCases where kind != .ok {
            if let number = result.total.outcomes[kind] { lines.append("\(kind.rawValue) \(number): \(result.examples[kind.rawValue] ?? "")") }
        }
        return TerminalText.lines(lines + result.warnings.map { "warning: \($0)" })
    }

    static func text(_ found: BreakingPoint) -> String {
        var lines = [found.lastGood.map { "last good rate: \(rate($0))" } ?? "no rate held"]
        if let bad = found.breakingPoint { lines.append("breaking point: \(rate(bad))") }
        if let limit = found.generatorLimit {
            lines.append("the generator is the limit at \(rate(limit)): what the server bears beyond the last good rate is not known")
        }
        return TerminalText.lines(lines)
    }

    static func text(_ comparison: BenchComparison) -> String {
        let rows = comparison.rows.map { row in
            "\(row.bound.name) \(time(row.baseline)) → \(time(row.candidate)), ratio \(three(row.ratio)) "
                + "(\(three(row.interval.lowerBound)) to \(three(row.interval.upperBound))), at most \(row.bound.limit): \(row.verdict.rawValue)"
        }
        let errors = "errors \(three(comparison.baselineErrors * 100)) % → \(three(comparison.candidateErrors * 100)) %"
        let last = [errors + (comparison.errorVerdict == .within ? "" : ": \(comparison.errorVerdict.rawValue)")] + comparison.doubts.map { "in doubt: \($0)" }
        return TerminalText.lines(rows + last + ["verdict: \(comparison.verdict.rawValue)"])
    }

    static func json(_ record: BenchRecord, _ comparison: BenchComparison?, isInterrupted: Bool = false) -> String {
        var summary = record.result.summary.object ?? [:]
        summary["seed"] = .string("\(record.seed)")
        if let search = record.search { for (key, value) in search.json.object ?? [:] { summary[key] = value } }
        if isInterrupted { summary["interrupted"] = .bool(true) }
        if let comparison { summary["comparison"] = comparison.json }
        return JSONValue.object(summary).description
    }

    private static func row(_ name: String, _ latency: LatencyHistogram) -> String {
        "\(name): " + LoadResult.percentiles.map { "\($0.name) \(time(latency.quantile($0.share)))" }.joined(separator: ", ")
    }

    private static func three(_ value: Double) -> String { value.isFinite ? "\((value * 1_000).rounded() / 1_000)" : "∞" }
}
