import ArgumentParser
import InterlockDiagnostics
import InterlockProfiler

/// `interlock profile`: where a server's time goes, tool by tool.
struct Profile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Call a server's tools, sample its process meanwhile, and draw where the time goes.",
        usage: """
            interlock profile [<options>] <url>
            interlock profile [<options>] '<command …>'
            interlock profile [<options>] -- <command> [<argument> …]
            """,
        discussion: """
            Each tool is called for a part of the duration, so what is hot is told by tool. Samples come from perf, from py-spy, where it is installed,
            for Pythons that perf cannot name, or from an Interlock server itself, through its admin listener (--admin). A server that is started here
            writes names for perf: Python 3.12 and later, Node. Only tools that say they read are called, unless others are named with --tool.
            Exit codes: 0 done, 1 usage, 3 the server or its admin listener wants a credential, 4 one of them cannot be reached, 5 every call failed,
            8 not one sample, 9 it may not be sampled, or is being profiled already.
            """)

    /// How stacks are walked.
    enum Walk: String, ExpressibleByArgument, CaseIterable {
        case auto, fp, dwarf

        var callGraph: ProfileRun.CallGraph {
            switch self {
            case .auto: .automatic
            case .fp: .framePointers
            case .dwarf: .dwarf
            }
        }
    }

    @OptionGroup var options: TargetOptions
    @OptionGroup var diagnosis: DiagnosisOptions
    @Option(help: ArgumentHelp("Calls at once [4].", valueName: "number")) var width = 4
    @Option(help: ArgumentHelp("Samples a second [499; of a server that samples itself 99].", valueName: "number")) var frequency: Int?
    @Option(help: ArgumentHelp("How stacks are walked: auto, fp (frame pointers) or dwarf (unwind tables).", valueName: "way")) var callGraph = Walk.auto
    @Flag(help: "Do not measure waiting.") var onlyCPU = false
    @Option(help: ArgumentHelp("Flame graph of what ran [profile.svg].", valueName: "file")) var svg: String?
    @Option(name: .customLong("off-cpu-svg"), help: ArgumentHelp("Flame graph of what waited.", valueName: "file")) var offCPU: String?
    @Option(help: ArgumentHelp("Write the stacks in the folded format.", valueName: "file")) var folded: String?
    @Option(help: ArgumentHelp("Write a report as a page.", valueName: "file")) var html: String?
    @Option(help: ArgumentHelp("Admin listener of an Interlock server that is to sample itself, such as http://127.0.0.1:9090.", valueName: "url")) var admin:
        String?
    @Option(help: ArgumentHelp("Its token, as \"$(cat FILE)\".", valueName: "token")) var adminToken: String?
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var first: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [first].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        guard (1...64).contains(width) else { throw UsageError("--width \(width): give a number from 1 to 64.") }
        let highest = admin == nil ? 4_999 : SamplingProfiler.rates.upperBound
        if let frequency, !(1...highest).contains(frequency) { throw UsageError("--frequency \(frequency): give a number from 1 to \(highest).") }
        let sampler = try AdminProfiler.sampler(admin, token: adminToken, rate: frequency, options)
        try OutputFiles.check([("--svg", svg ?? "profile.svg"), ("--off-cpu-svg", offCPU), ("--folded", folded), ("--html", html)])
        let line = ProgressLine()
        let limits = ProfileRun.Limits(
            duration: try diagnosis.duration(or: .seconds(20)), width: width, frequency: frequency ?? 499, offProcessor: !onlyCPU,
            callGraph: callGraph.callGraph)
        let operations = try diagnosis.operations
        let report: ProfileReport
        do {
            report = try await line.during {
                try await target.namingFunctions(isSampledFromOutside: sampler == nil) { target in
                    let server = try target.diagnosed(options, diagnosis, atOnce: width)
                    return try await ProfileRun(server, limits: limits, ownSampler: sampler, progress: line.show).run(operations)
                }
            }
        } catch {
            guard let reason = Self.refusal(error) else { throw error }
            StandardError.write(Failure.refused(reason) + "\n")
            throw ExitCode(9)
        }
        let files = [report.samples > 0 ? svg ?? "profile.svg" : nil, offCPU, folded, html].compactMap(\.self)
        print(options.json ? TerminalText.json(ProfileOutput.json(report, files: files)) : ProfileOutput.text(report, of: "\(target)", files: files))
        try write(report, "\(target)")
        if report.hasOnlyFailures { throw ExitCode(CommandStatus.toolFailed.rawValue) }
        if report.samples == 0 { throw ExitCode(8) }
    }

    /// Why the process may not be sampled, where that is what the error says.
    private static func refusal(_ error: any Error) -> String? {
        switch error {
        case let error as ProfileError where error.code == .refused: error.message
        case let error as AdminProfileError where error.code == .refused: error.message
        default: nil
        }
    }

    private func write(_ report: ProfileReport, _ target: String) throws(UsageError) {
        let how = "\(report.samples) samples, \(report.parts.map(\.method).first ?? "")"
        if report.samples > 0 {
            try TextFile.write(FlameGraph(report.onProcessor, title: "Profile of \(target)", subtitle: how).svg, to: svg ?? "profile.svg")
        }
        if let offCPU {
            let graph = FlameGraph(
                report.offProcessor, title: "Waiting of \(target)", subtitle: "threads that came back, idle ones too", unit: .microseconds)
            try TextFile.write(graph.svg, to: offCPU)
        }
        if let folded { try TextFile.write(report.onProcessor.text, to: folded) }
        if let html { try TextFile.write(report.html(of: target), to: html) }
    }
}
