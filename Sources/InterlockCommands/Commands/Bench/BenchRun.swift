import ArgumentParser
import Foundation
import InterlockClient
import InterlockConcurrency
import InterlockDiagnostics
import InterlockHTTPClient
import InterlockJSON
import InterlockProtocol

/// `interlock bench run`, and without a word too: the load itself.
struct BenchRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Put a load on a server (the default).")

    @OptionGroup var options: TargetOptions
    @OptionGroup var load: BenchLoad
    @Flag(help: "Look for the highest rate that holds --p99 and --max-errors.") var breakingPoint = false
    @Option(name: .customLong("p99"), help: ArgumentHelp("Breaking point: longest p99 [500ms].", valueName: "time")) var p99Bound = "500ms"
    @Option(help: ArgumentHelp("Breaking point: largest share of errors [0.01].", valueName: "share")) var maxErrors = 0.01
    @Option(help: ArgumentHelp("Another server, URL or command, that is the baseline: both are loaded by turns.", valueName: "server"))
    var against: String?
    @Option(help: ArgumentHelp("Save the run with its whole distribution.", valueName: "file")) var save: String?
    @Option(help: ArgumentHelp("Write a report as a page.", valueName: "file")) var html: String?
    @Option(help: ArgumentHelp("Write the percentiles for HdrHistogram's plotters.", valueName: "file")) var hgrm: String?
    @Option(help: ArgumentHelp("Write the distributions over time and by tool as a log of HdrHistogram.", valueName: "file")) var hlog: String?
    @OptionGroup var bounds: BenchBounds
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var server: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [server].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        let plan = try load.plan
        let (configuration, seed) = try load.configuration(plan)
        let rival = try against.map { text in try ServerTarget(text) }
        if rival != nil, bounds.baseline != nil || breakingPoint || plan?.phases.isEmpty == false {
            throw UsageError("--against goes with a constant rate or -c: without --baseline, --breaking-point and phases of a scenario.")
        }
        if breakingPoint, bounds.baseline != nil {
            throw UsageError("--breaking-point looks for a rate, and --baseline compares at one: run the one, then the other.")
        }
        if rival == nil, bounds.baseline == nil { try bounds.refuseComparison(without: "--baseline <file> or --against <server>") }
        // A wrong bound or file must not show only after minutes of load.
        _ = try bounds.named
        let limits = try searchLimits
        try OutputFiles.check([("--save", save), ("--html", html), ("--hgrm", hgrm), ("--hlog", hlog)])
        let start = breakingPoint ? try searchStart(configuration) : nil
        let baseline = try bounds.baseline.map { path in try BenchRecord(saved: path) }
        if rival != nil || baseline != nil { try bounds.requireCalls(configuration, baseline: baseline) }
        let before = try load.warmUp(configuration)
        let descriptors = try [target, rival].compactMap(\.self).reduce(0) { sum, server in try sum + server.benchDescriptors(load, plan) }
        try DescriptorLimit.require(descriptors, for: "--agents, -c and --in-flight")
        let timeout = try options.requestOptions
        let time = SystemClock.shared.wallTime
        let line = ProgressLine()
        defer { line.clear() }
        // Half of the processor is the server's, if it is on this machine.
        let threads = LoopExecutor.threads(ProcessInfo.processInfo.activeProcessorCount / 2)
        let clock = threads[0]
        let (run, other) = try await target.withBenchAgents(load, plan, options, timeout, threads) { clients, agents -> (BenchRecord, BenchRecord?) in
            let mix = try await load.mix(plan, clients[0], seed: seed)
            func record(_ target: ServerTarget, _ load: LoadDescription, _ result: LoadResult, _ found: BreakingPoint? = nil) -> BenchRecord {
                BenchRecord(target: "\(target)", seed: seed, time: time, load: load, search: found, result: result)
            }
            let asked = LoadDescription(configuration, mix: mix, agents: agents.count)
            guard let rival else {
                if let baseline { try bounds.check(baseline, asked) }
                let configuration = await warmed(configuration, by: before, [(mix, agents)], line, clock)
                if let start {
                    let (result, step, found) = try await search(configuration, from: start, limits, mix, agents, line, clock)
                    return (record(target, LoadDescription(step, mix: mix, agents: agents.count), result, found), nil)
                }
                return (record(target, asked, await measure(configuration, mix, agents, line, clock)), nil)
            }
            return try await rival.withBenchAgents(load, plan, options, timeout, threads) { others, rivals in
                let side = (mix: try await load.mix(plan, others[0], seed: seed), agents: rivals)
                // Arguments made from the schemas of two servers may differ.
                let askedOther = LoadDescription(configuration, mix: side.mix, agents: side.agents.count)
                try bounds.check(askedOther, asked)
                let (block, pairs) = await warmed(configuration, by: before, [(mix, agents), side], line, clock).inBlocks
                let (result, otherResult) = await InterleavedRun(block, pairs: pairs).run((mix, agents), side, clock: clock) { pair, block in
                    line.show("pair \(pair + 1) of \(pairs), p99 \(BenchOutput.time(block.total.latency.quantile(0.99)))")
                }
                line.clear()
                return (record(target, asked, result), record(rival, askedOther, otherResult))
            }
        }
        // Part of a run is no measure for another, and none to be measured by.
        let isInterrupted = Task.isCancelled
        let comparison = isInterrupted ? nil : try (other ?? baseline).map { base in try bounds.compare(base, run, paired: other != nil) }
        line.clear()
        let found = run.search.map { "\n" + BenchOutput.text($0) } ?? ""
        let compared = comparison.map { "\n\n" + BenchOutput.text($0) } ?? ""
        let begun = isInterrupted ? "\(BenchRecord.interrupted)\(save == nil ? "" : " Nothing was saved.")\n" : ""
        print(options.json ? TerminalText.json(BenchOutput.json(run, comparison, isInterrupted: isInterrupted)) : begun + BenchOutput.text(run.result) + found + compared)
        try write(run, comparison, against: (other ?? baseline)?.target, isInterrupted: isInterrupted)
        let result = run.result
        if result.total.calls == 0, !isInterrupted {
            StandardError.write("No call was due in that time, so nothing is known: give it a longer -d, or a higher --rate.\n")
            throw BenchBounds.undecided
        }
        if result.total.calls > 0, result.total.latency.count == 0 {
            let isUnreachable = result.total.outcomes[.transportError] == result.total.calls
            throw ExitCode((isUnreachable ? CommandStatus.unreachable : .toolFailed).rawValue)
        }
        if let search = run.search, search.lastGood == nil { throw BenchBounds.undecided }
        if let comparison, let code = BenchBounds.exit(comparison.verdict) { throw code }
    }

    private func write(_ record: BenchRecord, _ comparison: BenchComparison?, against baseline: String?, isInterrupted: Bool) throws(UsageError) {
        if let save, !isInterrupted { try TextFile.write(record.json.description + "\n", to: save) }
        if let html { try TextFile.write(record.html(comparison, against: baseline ?? "", isInterrupted: isInterrupted), to: html) }
        if let hgrm { try TextFile.write(record.result.total.latency.hgrm, to: hgrm) }
        if let hlog { try TextFile.write(record.hlog, to: hlog) }
    }

    /// Runs the load before the load on each server, and returns the load, whose calls go on with the next number: none is made a second time.
    private func warmed(
        _ load: LoadConfiguration, by before: LoadConfiguration?, _ sides: [(mix: ToolMix, agents: [LoadAgent])], _ line: ProgressLine,
        _ clock: any SchedulingClock
    ) async -> LoadConfiguration {
        guard let before else { return load }
        var load = load
        for side in sides {
            line.show("warming up")
            let made = await LoadRun(before, mix: side.mix, agents: side.agents, clock: clock).run().offered
            load.firstNumber = max(load.firstNumber, before.firstNumber + made)
        }
        line.clear()
        return load
    }

    private func measure(
        _ configuration: LoadConfiguration, _ mix: ToolMix, _ agents: [LoadAgent], _ line: ProgressLine, _ clock: any SchedulingClock
    ) async -> LoadResult {
        let run = LoadRun(configuration, mix: mix, agents: agents, clock: clock)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    line.show(BenchOutput.line(run.progress))
                    do { try await SystemClock.shared.sleep(for: .milliseconds(500)) } catch { break }
                }
                line.clear()
            }
            let result = await run.run()
            group.cancelAll()
            return result
        }
    }

    private var searchLimits: BreakingPointSearch.Bounds {
        get throws(UsageError) {
            guard let p99 = Duration(setting: p99Bound), p99 > .zero else {
                throw UsageError("--p99 '\(p99Bound)': give a length of time such as 250ms.")
            }
            guard (0...1).contains(maxErrors) else { throw UsageError("--max-errors \(maxErrors) is not from 0 to 1.") }
            return BreakingPointSearch.Bounds(p99: p99, errorShare: maxErrors)
        }
    }

    private typealias SearchStart = (rate: Double, spacing: ArrivalSchedule.Spacing)

    /// Where the search begins; refuses a load without one rate, and one of too few calls to tell a p99.
    private func searchStart(_ configuration: LoadConfiguration) throws(UsageError) -> SearchStart {
        guard case .open(let phases, let spacing) = configuration.loop, phases.count == 1, let first = phases.first else {
            throw UsageError("--breaking-point raises a constant rate: it goes without -c and without phases of a scenario.")
        }
        let rate = max(first.rate.from, first.rate.to), least = BreakingPointSearch.Bounds.leastRate(over: configuration.duration)
        guard configuration.maximumCalls >= BreakingPointSearch.Bounds.leastCalls else {
            throw UsageError(
                "--breaking-point: -n \(configuration.maximumCalls) for each step are too few calls to tell a p99: give it -n "
                    + "\(BreakingPointSearch.Bounds.leastCalls) or more, or leave it out.")
        }
        guard rate >= least else {
            throw UsageError(
                "--breaking-point: \(BenchOutput.rate(rate)) in steps of \(configuration.duration / .seconds(1)) s are too few calls to tell a p99: begin "
                    + "with --rate \(Int(least.rounded(.up))) or more, or give each step more time (-d).")
        }
        return (rate, spacing)
    }

    /// The result of the last good rate, or of the first step where none held, with the load of that step and what was found.
    private func search(
        _ configuration: LoadConfiguration, from start: SearchStart, _ limits: BreakingPointSearch.Bounds, _ mix: ToolMix, _ agents: [LoadAgent],
        _ line: ProgressLine, _ clock: any SchedulingClock
    ) async throws(UsageError) -> (LoadResult, LoadConfiguration, BreakingPoint) {
        var search = BreakingPointSearch(from: start.rate, minimum: BreakingPointSearch.Bounds.leastRate(over: configuration.duration))
        var number = configuration.firstNumber
        var best: (LoadResult, LoadConfiguration)?
        while let next = search.next, !Task.isCancelled {
            var step = configuration
            step.loop = .open([LoadPhase(rate: next, duration: configuration.duration)], spacing: start.spacing)
            step.firstNumber = number
            let result = await measure(step, mix, agents, line, clock)
            if Task.isCancelled {
                // Part of a step proves no rate.
                best = best ?? (result, step)
                break
            }
            number += result.offered
            let held = limits.hold(result)
            if held || best == nil { best = (result, step) }
            let p99 = BenchOutput.time(result.total.latency.quantile(0.99))
            StandardError.write("\(BenchOutput.rate(next)): \(held ? "held" : "broke"), p99 \(p99)\(result.warnings.map { "; \($0)" }.joined())\n")
            search.finished(held: held, isGeneratorBound: result.isGeneratorBound)
        }
        guard let best else { throw UsageError("The search was stopped before its first step.") }
        return (best.0, best.1, search.found)
    }
}
