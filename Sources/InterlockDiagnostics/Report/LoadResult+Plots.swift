#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A load as plots: for the report of a benchmark and for the page of five steps.
extension LoadResult {
    /// Each step to the right leaves a tenth of the calls: the tail gets as much room as the rest.
    var byPercentile: SVGPlot {
        func curve(_ histogram: LatencyHistogram) -> [(x: Double, y: Double)] {
            var seen = 0
            return histogram.buckets.map { bucket in
                seen += bucket.count
                let left = max(0.5, Double(histogram.count - seen)) / Double(histogram.count)
                return (x: -log10(left), y: Double(max(1, bucket.upperBound)) / 1e6)
            }
        }
        let points = curve(total.latency)
        let places: [(at: Double, label: String)] = [(0, "p0"), (0.30103, "p50"), (1, "p90"), (2, "p99"), (3, "p99.9"), (4, "p99.99"), (5, "p99.999")]
        let ticks = places.filter { $0.at >= points.first?.x ?? 0 && $0.at <= points.last?.x ?? 0 }
        return .lines(
            "Latency by percentile", x: "percentile", y: "ms", yScale: .logarithmic,
            series: [.init("latency, from when due", points), .init("service, from when begun", curve(total.service))], xTicks: ticks)
    }

    var overTime: SVGPlot {
        let series = [("p50", 0.5), ("p99", 0.99)].map { name, share in
            SVGPlot.Series(name, course { $0.latency.quantile(share).map { Double(max(1, $0.nanosecondsRounded)) / 1e6 } })
        }
        return .lines("Latency over time", x: "seconds", y: "ms", yScale: .logarithmic, series: series)
    }

    var callsOverTime: SVGPlot {
        let length = max(1e-9, sliceSeconds)
        return .lines(
            "Calls over time", x: "seconds", y: "calls a second",
            series: [
                .init("ok", course { Double($0.latency.count) / length }),
                .init("failed", course { Double($0.failed.count) / length }, tone: .bad),
            ])
    }

    var failures: SVGPlot {
        let names: [CallOutcome: String] = [.toolError: "tool error", .rpcError: "RPC error", .busy: "busy", .transportError: "no answer"]
        let bars = CallOutcome.allCases.compactMap { kind in
            names[kind].flatMap { name in total.outcomes[kind].map { (label: name, value: Double($0)) } }
        }
        return .bars("Failures by kind", y: "calls", tone: .bad, bars)
    }

    /// A figure of each slice at the middle of its time.
    private func course(_ value: (LoadMeasure) -> Double?) -> [(x: Double, y: Double)] {
        slices.enumerated().compactMap { index, slice in
            value(slice).map { (x: (Double(index) + 0.5) * sliceSeconds, y: $0) }
        }
    }
}
