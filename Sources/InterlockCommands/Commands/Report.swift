import ArgumentParser
import Foundation
import InterlockDiagnostics
import InterlockJSON

/// `interlock report`: five steps for one server, on one page.
struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Profile, benchmark, memory, workers and concurrency of one server, on one page with a verdict for each.",
        usage: """
            interlock report [<options>] <url>
            interlock report [<options>] '<command …>'
            interlock report [<options>] -- <command> [<argument> …]
            """,
        discussion: """
            The load is small and bounded. Only tools that say they read are called, unless others are named with --tool. What is wrong with answers
            that race shows only to a plan (--race-plan, the same file as for `interlock race`). The page needs no script and loads nothing.
            Exit codes: 0 nothing is wrong, 1 usage, 3 the server wants a credential, 4 it cannot be reached, 5 every call of a tool that was
            named failed, 7 something is wrong, 8 a step could not be told. With --baseline the benchmark runs at the rate of the saved run, and
            a regression needs attention (7).
            """)

    @OptionGroup var options: TargetOptions
    @OptionGroup var diagnosis: DiagnosisOptions
    @Option(help: ArgumentHelp("Length of the whole report, as --duration, in seconds [60].", valueName: "number")) var seconds: Int?
    @Option(help: ArgumentHelp("Steps to run, with commas between them [profile,benchmark,memory,workers,concurrency].", valueName: "steps")) var only: String?
    @Option(help: ArgumentHelp("The page to write [report.html].", valueName: "file")) var html: String?
    @Option(help: ArgumentHelp("Calls a second of the benchmark [half of what one caller gets from the slowest tool, at most "
        + "200].", valueName: "number")) var rate: Double?
    @OptionGroup var bounds: BenchBounds
    @Option(help: ArgumentHelp("Save the benchmark, to be a baseline later.", valueName: "file")) var save: String?
    @Option(help: ArgumentHelp("Calls at once [8].", valueName: "number")) var width = 8
    @Option(help: ArgumentHelp("What must hold when calls race: a plan of `interlock race`.", valueName: "file")) var racePlan: String?
    @Option(help: ArgumentHelp("Admin listener of an Interlock server that is to sample itself, such as http://127.0.0.1:9090.", valueName: "url"))
    var admin: String?
    @Option(help: ArgumentHelp("Its token, as \"$(cat FILE)\".", valueName: "token")) var adminToken: String?
    @Option(help: ArgumentHelp("Seed of the race [by the clock].", valueName: "number")) var seed: UInt64?
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var first: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [first].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        let limits = try limits
        let race = try racePlan.map { path -> (plan: RacePlan, seed: UInt64) in
            let text = try TextFile.read(path)
            do { return (try RacePlan(parsing: text), seed ?? UInt64(Date().timeIntervalSince1970 * 1_000)) } catch { throw UsageError("--race-plan "
                + "\(path): \(error)") }
        }
        let path = html ?? "report.html"
        try OutputFiles.check([("--html", path), ("--save", save)])
        let sampler = try AdminProfiler.sampler(admin, token: adminToken, rate: nil, options)
        if admin != nil, !limits.steps.contains(.profile) { throw UsageError("--admin belongs to the profile step, which --only leaves out.") }
        let baseline = try bounds.savedRun
        let line = ProgressLine()
        let operations = try diagnosis.operations
        let report = try await line.during {
            let server = try target.diagnosed(options, diagnosis, atOnce: width)
            let profiler = profiler(of: target, sampler)
            let run = FiveStepsRun(server, limits: limits, race: race, baseline: baseline, profiler: profiler, progress: line.show)
            return try await run.run(target: "\(target)", operations: operations)
        }
        print(options.json ? TerminalText.json(report.json.description) : FiveStepsOutput.text(report, page: path))
        try TextFile.write(report.html, to: path)
        if let save {
            if let benchmark = report.benchmark {
                try TextFile.write(benchmark.json.description + "\n", to: save)
            } else {
                // The verdict's code stays: what there is was printed, and says more than that a file is lacking.
                StandardError.write(Self.nothingSaved(report, in: save) + "\n")
            }
        }
        switch report.verdict {
        case .sound: break
        case .undecided: throw ExitCode(8)
        case .attention, .fault: throw ExitCode(7)
        }
    }

    /// Why there is no file of the benchmark, for standard error.
    static func nothingSaved(_ report: FiveStepsReport, in file: String) -> String {
        let reason = report.steps.first { $0.step == .benchmark }?.sentence ?? "The benchmark was not run."
        return TerminalText.line("Nothing was saved in \(file): there was no load. \(reason)")
    }

    /// Samples the server with whatever may sample it, or lets it sample itself; where nothing may, the step says what stands in the way.
    ///
    /// A command is started anew for it, and only this time writes names for perf: that makes it slower, and the figures of the other steps are of a server
    /// as it is.
    private func profiler(of target: ServerTarget, _ sampler: ProfileRun.OwnSampler?) -> FiveStepsRun.Profiler {
        let (options, diagnosis, width) = (options, diagnosis, width)
        return { _, operations, duration in
            try await target.namingFunctions(isSampledFromOutside: sampler == nil) { named in
                let server = try named.diagnosed(options, diagnosis, atOnce: width)
                let run = ProfileRun(server, limits: .init(duration: duration, offProcessor: false), ownSampler: sampler)
                return ProfileEvidence(try await run.run(operations))
            }
        }
    }

    private var limits: FiveStepsRun.Limits {
        get throws(UsageError) {
            guard (2...64).contains(width) else { throw UsageError("--width \(width): give a number from 2 to 64.") }
            if let rate, !(rate > 0 && rate <= 100_000) { throw UsageError("--rate \(rate): give more than 0 and at most 100000 calls a second.") }
            if let seconds, !(5...86_400).contains(seconds) { throw UsageError("--seconds \(seconds): give a number from 5 to 86400.") }
            if seconds != nil, diagnosis.duration != nil { throw UsageError("--seconds and --duration say the same: give one of them.") }
            let duration: Duration = if let seconds { .seconds(seconds) } else { try diagnosis.duration(or: .seconds(60)) }
            var steps = Set(DiagnosisStep.allCases)
            if let only {
                let names = only.split(separator: ",").map { $0.drop { $0 == " " } }
                steps = []
                for name in names {
                    guard let step = DiagnosisStep(rawValue: String(name)) else {
                        throw UsageError("--only: there is no step '\(name)'; the steps are \(DiagnosisStep.allCases.map(\.rawValue).joined(separator: ", ")).")
                    }
                    steps.insert(step)
                }
                if steps.isEmpty { throw UsageError("--only: name at least one step, such as memory,workers.") }
            }
            if racePlan != nil, !steps.contains(.concurrency) { throw UsageError("--race-plan belongs to the concurrency step, which --only leaves out.") }
            if bounds.baseline != nil || save != nil, !steps.contains(.benchmark) {
                throw UsageError("\(save == nil ? "--baseline" : "--save") belongs to the benchmark step, which --only leaves out.")
            }
            return FiveStepsRun.Limits(duration: duration, width: width, rate: rate, steps: steps)
        }
    }
}
