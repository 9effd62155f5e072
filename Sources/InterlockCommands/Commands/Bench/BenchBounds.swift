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
    @Flag(help: "Compare unlike loads all the same.") var acrossLoads = false

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
                if !maxRegression.isEmpty || acrossMachines || acrossLoads {
                    throw UsageError("--max-regression, --across-machines and --across-loads go with --baseline <file>.")
                }
                return nil
            }
            let (record, bounds) = (try BenchFile.record(baseline), try parsed)
            if !acrossMachines {
                do { try BenchComparison.requireOneMachine(record.machine) } catch { throw UsageError("--baseline \(baseline): \(error)") }
            }
            return BenchmarkStep.Baseline(record, bounds: bounds, acrossMachines: acrossMachines, acrossLoads: acrossLoads)
        }
    }

    /// Refuses a baseline that a run with this load must not be compared with, before minutes go into the run.
    func check(_ baseline: BenchRecord, _ load: LoadDescription?, on machine: MachineFingerprint = .current) throws(UsageError) {
        do {
            if !acrossMachines { try BenchComparison.requireOneMachine(baseline.machine, machine) }
        } catch {
            throw UsageError(error.description)
        }
        try check(baseline.load, load)
    }

    /// Refuses unlike loads, and those of which one is not known.
    func check(_ baseline: LoadDescription?, _ candidate: LoadDescription?) throws(UsageError) {
        if acrossLoads { return }
        guard baseline != nil, candidate != nil else {
            throw UsageError("one of the runs does not say with which load it was made: save it anew, or say --across-loads")
        }
        do { try BenchComparison.requireLikeLoads(baseline, candidate) } catch { throw UsageError(error.description) }
    }

    func compare(_ baseline: BenchRecord, _ candidate: BenchRecord) throws(UsageError) -> BenchComparison {
        let bounds = try parsed
        try check(baseline, candidate.load, on: candidate.machine)
        do {
            return try BenchComparison(
                baseline: baseline, candidate: candidate, bounds: bounds, acrossMachines: acrossMachines, acrossLoads: acrossLoads)
        } catch {
            throw UsageError(error.description)
        }
    }
}
