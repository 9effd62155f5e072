import ArgumentParser
import InterlockDiagnostics

/// What a run is compared with, and what the comparison allows.
struct BenchBounds: ParsableArguments {
    /// The exit codes of a comparison that finds a regression, and of what could not be told; `doctor`, `leak` and `report` have the same 8.
    static let regression = ExitCode(6)
    static let undecided = ExitCode(8)

    /// The exit code of a verdict; `nil` for one that passes.
    static func exit(_ verdict: BenchComparison.Verdict) -> ExitCode? {
        switch verdict {
        case .within: nil
        case .regression: regression
        case .undecided, .notEnoughData: undecided
        }
    }

    @Option(help: ArgumentHelp("A saved run to compare with.", valueName: "file")) var baseline: String?
    @Option(
        help: ArgumentHelp(
            "Largest ratio of a percentile to the baseline's; may be repeated [1.10 for p50, and for p95 and p99 with calls enough].", valueName: "bound"))
    var maxRegression: [String] = []
    @Flag(help: "Compare runs of different machines all the same.") var acrossMachines = false
    @Flag(help: "Compare unlike loads all the same.") var acrossLoads = false

    /// The bounds that were named.
    var named: [BenchComparison.Bound] {
        get throws(UsageError) {
            var bounds: [BenchComparison.Bound] = []
            for text in maxRegression {
                guard let bound = BenchComparison.Bound(parsing: text) else {
                    throw UsageError("--max-regression '\(text)': write a percentile and a ratio of at least 1, as in p99=1.10.")
                }
                bounds.append(bound)
            }
            return bounds
        }
    }

    /// The bounds that were named; without any, those that so many calls on each side can tell.
    func bounds(calls: Int) throws(UsageError) -> [BenchComparison.Bound] {
        let named = try named
        return named.isEmpty ? BenchComparison.Bound.usual(calls: calls) : named
    }

    /// Refuses bounds that a load is too short to tell, before it is run for nothing, and says how long it would have to be.
    ///
    /// - Parameter baseline: the saved run, where there is one; it must have calls enough, too.
    func requireCalls(_ load: LoadConfiguration, baseline: BenchRecord?) throws(UsageError) {
        for bound in try named {
            let needed = bound.neededCalls
            let lacking = "--max-regression \(bound.name)=\(bound.limit): \(bound.name) takes \(needed) calls on each side, and"
            if let calls = baseline?.result.total.calls, calls < needed {
                throw UsageError("\(lacking) the baseline has \(calls): save a longer run, or bound a lower percentile.")
            }
            // What a closed loop makes of its time, its answers decide.
            guard let planned = load.plannedCalls, planned < needed else { continue }
            let seconds = (Double(needed) / max(1, Double(planned)) * (load.duration / .seconds(1))).rounded(.up)
            let longer = planned > 0 && seconds < 1e9 ? "-d \(Int(seconds))s or more" : "a longer -d"
            let cure = planned == load.maximumCalls ? "give it -n \(needed) or more" : "give it \(longer), or a higher --rate"
            throw UsageError("\(lacking) this load makes \(planned): \(cure), or bound a lower percentile.")
        }
    }

    /// Refuses what says how to compare where there is nothing to compare with: it would be dropped unseen.
    ///
    /// - Parameter ways: the options that name what to compare with.
    func refuseComparison(without ways: String) throws(UsageError) {
        let given = [("--max-regression", !maxRegression.isEmpty), ("--across-machines", acrossMachines), ("--across-loads", acrossLoads)]
        let named = given.filter(\.1).map(\.0)
        if named.isEmpty { return }
        throw UsageError("\(named.joined(separator: " and ")): there is nothing to compare with. Name it with \(ways), or leave this out.")
    }

    /// The saved run with its bounds, read before there is a load; `nil` without `--baseline`.
    var savedRun: BenchmarkStep.Baseline? {
        get throws(UsageError) {
            guard let baseline else {
                try refuseComparison(without: "--baseline <file>")
                return nil
            }
            let record = try BenchRecord(saved: baseline)
            let rate = record.result.rate
            guard rate <= 100_000 else { throw UsageError("--baseline \(baseline): its \(rate) calls a second are more than the 100000 that a report may make; save another run.") }
            // The load of a report is as long as there is time, which is mostly too short for p99: who wants it names it.
            let bounds = try bounds(calls: min(record.result.total.calls, 999))
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

    /// - Parameter paired: whether both were loaded by turns.
    func compare(_ baseline: BenchRecord, _ candidate: BenchRecord, paired: Bool = false) throws(UsageError) -> BenchComparison {
        let bounds = try bounds(calls: min(baseline.result.total.latency.count, candidate.result.total.latency.count))
        try check(baseline, candidate.load, on: candidate.machine)
        do {
            return try BenchComparison(
                baseline: baseline, candidate: candidate, bounds: bounds, paired: paired, acrossMachines: acrossMachines, acrossLoads: acrossLoads)
        } catch {
            throw UsageError(error.description)
        }
    }
}
