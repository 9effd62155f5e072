import CoreMetrics
import Foundation
import InterlockConcurrency
@testable import InterlockObservability
import InterlockSimulation
import Testing

@Suite("The Prometheus text format")
struct PrometheusTextTests {
    static func sample() -> [UInt8] {
        let registry = MetricsRegistry(
            .init(durationBounds: HistogramBounds([0.001, 0.1]), valueBounds: HistogramBounds([10])), clock: ManualClock())
        registry.makeCounter(label: "interlock.calls", dimensions: [("tool", "a\"b\\c\nd"), ("1st", "x")]).increment(by: 3)
        registry.makeTimer(label: "interlock_call_duration_seconds", dimensions: [("le", "x")]).recordNanoseconds(1_000_000)
        registry.makeTimer(label: "interlock_call_duration_seconds", dimensions: [("le", "x")]).recordNanoseconds(2_000_000_000)
        registry.gauge("level", help: "Back\\slash and\nline.") { .infinity }
        registry.makeRecorder(label: "size", dimensions: [], aggregate: true).record(Int64(7))
        return PrometheusText.render(registry.snapshot)
    }

    static let golden = #"""
        # TYPE interlock_call_duration_seconds histogram
        interlock_call_duration_seconds_bucket{exported_le="x",le="0.001"} 1
        interlock_call_duration_seconds_bucket{exported_le="x",le="0.1"} 1
        interlock_call_duration_seconds_bucket{exported_le="x",le="+Inf"} 2
        interlock_call_duration_seconds_sum{exported_le="x"} 2.001
        interlock_call_duration_seconds_count{exported_le="x"} 2
        # TYPE interlock_call_duration_seconds_quantile gauge
        interlock_call_duration_seconds_quantile{exported_le="x",quantile="0.5"} 0.001048575
        interlock_call_duration_seconds_quantile{exported_le="x",quantile="0.95"} 2
        interlock_call_duration_seconds_quantile{exported_le="x",quantile="0.99"} 2
        # TYPE interlock_calls_total counter
        interlock_calls_total{_1st="x",tool="a\"b\\c\nd"} 3
        # HELP interlock_metrics_dropped_metrics_total Metrics that are not exported because there were too many, or because their name was taken.
        # TYPE interlock_metrics_dropped_metrics_total counter
        interlock_metrics_dropped_metrics_total{reason="conflict"} 0
        interlock_metrics_dropped_metrics_total{reason="limit"} 0
        # HELP level Back\\slash and\nline.
        # TYPE level gauge
        level +Inf
        # TYPE size histogram
        size_bucket{le="10"} 1
        size_bucket{le="+Inf"} 1
        size_sum 7
        size_count 1
        # TYPE size_quantile gauge
        size_quantile{quantile="0.5"} 7
        size_quantile{quantile="0.95"} 7
        size_quantile{quantile="0.99"} 7

        """#

    @Test("is written to the letter, escapes included, in one order")
    func goldenText() {
        #expect(String(decoding: Self.sample(), as: UTF8.self) == Self.golden)
    }

    @Test("is read by Prometheus' own client", .enabled(if: PythonParser.isAvailable, "prometheus_client is not installed; set INTERLOCK_PROMETHEUS_PYTHON to an interpreter that has it"))
    func otherParser() throws {
        let answer = try #require(PythonParser.run(Self.sample()))
        #expect(answer.contains("interlock_calls_total|a\"b\\c\nd|3"))
        #expect(answer.contains("interlock_call_duration_seconds_count||2"))
        // The control: what is not the format is refused.
        #expect(PythonParser.run(Array("a{b=\"c} 1\n".utf8)) == nil)
    }
}

/// The parser of Prometheus' Python client, in a process of its own.
enum PythonParser {
    private static let interpreter = ProcessInfo.processInfo.environment["INTERLOCK_PROMETHEUS_PYTHON"] ?? "/usr/bin/python3"
    private static let script = """
        import sys
        from prometheus_client.parser import text_string_to_metric_families as parse
        for family in parse(sys.stdin.buffer.read().decode()):
            for sample in family.samples:
                print(sample.name, sample.labels.get("tool", ""), sample.value, sep="|")
        """

    static let isAvailable = run([]) != nil

    /// What the script prints; `nil` when it fails.
    static func run(_ input: [UInt8]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = ["-c", script]
        let (standardInput, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (standardInput, output, FileHandle.nullDevice)
        do {
            try process.run()
            try standardInput.fileHandleForWriting.write(contentsOf: Data(input))
            try standardInput.fileHandleForWriting.close()
        } catch { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? text : nil
    }
}
