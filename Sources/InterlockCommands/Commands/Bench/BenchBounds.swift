import ArgumentParser
import InterlockDiagnostics

/// What a run is compared with, and what the comparison allows.
struct BenchBounds: ParsableArguments {
    /// The exit code of a comparison that does not pass.
    static let regression = ExitCode(6)

    @Option(help: ArgumentHelp("A saved run to compare with.", valueName: "file")) var baseline: String?
    @Option(help: ArgumentHelp("Largest ratio of a percentile to the baseline's; may be repeated [p50=1.10, p99=1.10].", valueName: "bound"))
    var maxRegression: [String] = []
    @Flag(help: "Compare runs of different machines all the same.") var acrossMachines = false

    var parsed: [BenchComparison.Bound] {
        get throws(UsageError) {
            var bounds: [BenchComparison.Bound] = []
            for text in maxRegression.isEmpty ? ["p50=1.10", "p99=1.10"] : maxRegression {
                guard let bound = BenchComparison.Bound(parsing: text) else {
                    throw UsageError("--max-regression '\(text)': write a percentile and a ratio of at least 1, as in p99=1.10.")
                }
                bounds.append(bound)
            }
            return bounds
        }
    }

    /// The saved run with its bounds, read before there is a load; `nil` without `--baseline`.
    var savedRun: BenchmarkStep.Baseline? {
        get throws(UsageError) {
            guard let baseline else {
                if !maxRegression.isEmpty || acrossMachines { throw UsageError("--max-regression and --across-machines go with --baseline <file>.") }
                return nil
            }
            let (record, bounds) = (try BenchFile.record(baseline), try parsed)
            if !acrossMachines {
                do { try BenchComparison.requireOneMachine(record.machine) } catch { throw UsageError("--baseline \(baseline): \(error)") }
            }
            return BenchmarkStep.Baseline(record, bounds: bounds, acrossMachines: acrossMachines)
        }
    }

    func compare(_ baseline: BenchRecord, _ candidate: BenchRecord) throws(UsageError) -> BenchComparison {
        let bounds = try parsed
        do {
            return try BenchComparison(baseline: baseline, candidate: candidate, bounds: bounds, acrossMachines: acrossMachines)
        } catch {
            throw UsageError(error.description)
        }
    }
}
