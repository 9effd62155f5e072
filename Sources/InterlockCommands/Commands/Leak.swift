import ArgumentParser
import InterlockConcurrency
import InterlockDiagnostics
import InterlockJSON

/// `interlock leak`: what a server keeps of the work it has done.
struct Leak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find out whether a server keeps memory, descriptors, threads or children of the work it has done.",
        usage: """
            interlock leak [<options>] <url>
            interlock leak [<options>] '<command …>'
            interlock leak [<options>] -- <command> [<argument> …]
            """,
        discussion: """
            Each kind of work is done apart: each tool that says it only reads, the list, calls that fail, calls that are cancelled, and over HTTP
            connections and sessions, ended or not. What the process has is laid against what was done; the slope is robust and has an interval of 95 %.
            With --tool only those tools are called; --all does the rest besides, and cancels calls of the first of them.
            The process is found by the port of the URL on this machine, or named with --pid.
            With --objects the live objects of a Swift server are counted by type, and those that grow are named: a library is preloaded into the
            server that is started here. A server at a URL must have been started with it: the message says how.
            Exit codes: 0 no leak, 1 usage, 3 the server wants a credential, 4 it cannot be reached, 5 every call of a tool that was named
            failed, 7 a leak or a lost server, 8 not enough data.
            """)

    @OptionGroup var options: TargetOptions
    @OptionGroup var diagnosis: DiagnosisOptions
    @Option(help: ArgumentHelp("Most cycles of one kind [30000].", valueName: "number")) var cycles = 30_000
    @Option(help: ArgumentHelp("Time without calls at the beginning, within the duration [a sixth].", valueName: "time")) var idle: String?
    @Option(help: ArgumentHelp("Cycles at once [4].", valueName: "number")) var workers = 4
    @Flag(help: "Also cycle the list, sessions, connections, and calls that fail, are refused or are cancelled, besides the tools of --tool.") var all = false
    @Flag(help: "Cycle sessions, and nothing else but the tools that are named.") var sessions = false
    @Option(help: ArgumentHelp("How long a legacy session lives that nobody uses; sessions are left, and must be gone then.", valueName: "time")) var sessionLifetime: String?
    @Flag(help: "Name the types whose live objects grow; Swift servers on Linux.") var objects = false
    @Option(help: ArgumentHelp("Library that counts them [beside interlock, then in ../lib].", valueName: "file")) var objectsLibrary: String?
    @Option(help: ArgumentHelp("Write the report as a page.", valueName: "file")) var html: String?
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var first: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [first].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        let duration = try diagnosis.duration(or: .seconds(60))
        guard let idle = idle.map({ Duration(setting: $0) }) ?? duration / 6, idle >= .zero, idle < duration else {
            throw UsageError("--idle '\(idle ?? "")': give a length of time shorter than the duration, such as 10s.")
        }
        guard (1...1_000_000).contains(cycles) else { throw UsageError("--cycles \(cycles): give a number from 1 to 1000000.") }
        guard (1...64).contains(workers) else { throw UsageError("--workers \(workers): give a number from 1 to 64.") }
        try DescriptorLimit.require(8 * workers, for: "--workers \(workers)")
        var operations = try diagnosis.operations
        if sessions, all { throw UsageError("--sessions goes without --all, which has sessions among the rest.") }
        if sessions {
            guard case .url = target else { throw UsageError("--sessions: a server that is started for each session leaves nothing behind in it; give a URL.") }
            operations = (operations ?? []) + [.session]
        }
        let lifetime = try DiagnosisOptions.lifetime(sessionLifetime, of: target)
        if lifetime != nil, !all { operations?.append(.abandonedSession) }
        if objectsLibrary != nil, !objects { throw UsageError("--objects-library goes with --objects.") }
        try OutputFiles.check([("--html", html)])
        let counting = objects ? try CountedTarget(target, library: objectsLibrary) : nil
        defer { counting?.end() }
        let line = ProgressLine()
        let run = LeakRun(
            try (counting?.target ?? target).diagnosed(options, diagnosis, atOnce: workers),
            limits: .init(duration: duration, idle: idle, cycles: cycles, workers: workers, sessionLifetime: lifetime), census: counting?.census, progress: line.show)
        let time = SystemClock.shared.wallTime
        let (work, isWhole) = (operations, all)
        let report = try await line.during { try await run.run(work, isWhole: isWhole) }
        print(options.json ? TerminalText.json(LeakOutput.json(report)) : LeakOutput.text(report))
        if let html { try TextFile.write(report.html(of: "\(target)", time: time), to: html) }
        if report.loss != nil { throw ExitCode(7) }
        switch report.verdict {
        case .leak: throw ExitCode(7)
        case .notEnoughData: throw ExitCode(8)
        case .plateau, .noLeak: break
        }
    }
}
