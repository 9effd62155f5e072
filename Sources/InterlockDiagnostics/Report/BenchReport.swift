#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension BenchRecord {
    /// The run as a page.
    public var html: String {
        let (total, parts) = (result.total, machine.parts)
        let processor = parts["processor"].flatMap { $0 == "unknown" ? nil : $0 } ?? parts["architecture"] ?? "unknown machine"
        let machine = "\(processor), \(parts["cores"] ?? "?") cores"
        var page = ReportPage("Load on \(target)", subtitle: "\(result.seconds.fixed(1)) s, seed \(seed), from \(machine)")
        for warning in result.warnings { page.warning(warning) }
        page.figures(
            LoadResult.percentiles.map { ($0.name, Self.text(total.latency.quantile($0.share))) } + [
                ("calls", "\(total.calls)"), ("ok a second", result.throughput.fixed(1)), ("errors", "\((total.errorShare * 100).fixed(2)) %"),
            ])
        page.plot("Latency by percentile", byPercentile)
        page.plot("Latency over time", overTime)
        page.plot("Calls over time", calls)
        if total.failed.count > 0 { page.plot("Failures", failures) }
        page.table(
            "Tools", head: ["tool", "calls", "errors"] + LoadResult.percentiles.map(\.name),
            rows: result.tools.sorted { $0.key < $1.key }.map { name, measure in
                [name, "\(measure.calls)", "\(measure.failed.count)"] + LoadResult.percentiles.map { Self.text(measure.latency.quantile($0.share)) }
            })
        return page.html
    }

    /// Each step to the right leaves a tenth of the calls: the tail gets as much room as the rest.
    private var byPercentile: SVGPlot {
        let latency = result.total.latency
        var seen = 0
        let points = latency.buckets.map { bucket -> (x: Double, y: Double) in
            seen += bucket.count
            let left = max(0.5, Double(latency.count - seen)) / Double(latency.count)
            return (x: -log10(left), y: Double(max(1, bucket.upperBound)) / 1e6)
        }
        let places: [(at: Double, label: String)] = [(0, "p0"), (0.30103, "p50"), (1, "p90"), (2, "p99"), (3, "p99.9"), (4, "p99.99"), (5, "p99.999")]
        let ticks = places.filter { $0.at >= points.first?.x ?? 0 && $0.at <= points.last?.x ?? 0 }
        return .lines("Latency by percentile", x: "percentile", y: "ms", yScale: .logarithmic, series: [.init("latency", points)], xTicks: ticks)
    }

    private var overTime: SVGPlot {
        let series = [("p50", 0.5), ("p99", 0.99)].map { name, share in
            SVGPlot.Series(name, course { $0.latency.quantile(share).map { Double(max(1, $0.nanosecondsRounded)) / 1e6 } })
        }
        return .lines("Latency over time", x: "seconds", y: "ms", yScale: .logarithmic, series: series)
    }

    private var calls: SVGPlot {
        let length = max(1e-9, result.sliceSeconds)
        return .lines(
            "Calls over time", x: "seconds", y: "calls a second",
            series: [
                .init("ok", course { Double($0.latency.count) / length }),
                .init("failed", course { Double($0.failed.count) / length }, tone: .bad),
            ])
    }

    private var failures: SVGPlot {
        let names: [CallOutcome: String] = [.toolError: "tool error", .rpcError: "RPC error", .busy: "busy", .transportError: "no answer"]
        let bars = CallOutcome.allCases.compactMap { kind in
            names[kind].flatMap { name in result.total.outcomes[kind].map { (label: name, value: Double($0)) } }
        }
        return .bars("Failures by kind", y: "calls", tone: .bad, bars)
    }

    /// A figure of each slice at the middle of its time.
    private func course(_ value: (LoadMeasure) -> Double?) -> [(x: Double, y: Double)] {
        result.slices.enumerated().compactMap { index, slice in
            value(slice).map { (x: (Double(index) + 0.5) * result.sliceSeconds, y: $0) }
        }
    }

    /// A latency to three digits.
    static func text(_ duration: Duration?) -> String {
        guard let nanoseconds = duration.map({ Double($0.nanosecondsRounded) }) else { return "–" }
        let (value, unit) = nanoseconds < 1e6 ? (nanoseconds / 1e3, "µs") : nanoseconds < 1e9 ? (nanoseconds / 1e6, "ms") : (nanoseconds / 1e9, "s")
        return "\(value.fixed(value < 10 ? 2 : value < 100 ? 1 : 0)) \(unit)"
    }
}
