import ArgumentParser
import InterlockConcurrency
import InterlockDiagnostics

/// `interlock doctor`: what is wrong with a server, and what to do.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Examine a server from outside and say what is wrong with it and what to do.",
        usage: """
            interlock doctor [<options>] <url>
            interlock doctor [<options>] '<command …>'
            interlock doctor [<options>] -- <command> [<argument> …]
            """,
        discussion: """
            Looks for calls that wait for each other, a blocked loop, computing where it holds up everybody, slow things behind the server, stalls,
            slow lists, memory, descriptors and threads that grow, lost sessions, and answers against the protocol.
            Only tools that say they read are called, unless others are named with --tool.
            Exit codes: 0 healthy, 1 usage, 3 the server wants a credential, 4 it cannot be reached, 5 every call of a tool that was named
            failed, 7 something is wrong, 8 nothing is wrong with what could be told, but calls, stalls or growth could not be told.
            """)

    @OptionGroup var options: TargetOptions
    @OptionGroup var diagnosis: DiagnosisOptions
    @Option(help: ArgumentHelp("Calls at once [8].", valueName: "number")) var width = 8
    @Option(help: ArgumentHelp("How long a legacy session lives that nobody uses; waits so long to see that it goes.", valueName: "time")) var sessionLifetime: String?
    @Option(help: ArgumentHelp("Write the examination as a page.", valueName: "file")) var html: String?
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var first: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [first].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        guard (2...64).contains(width) else { throw UsageError("--width \(width): give a number from 2 to 64.") }
        try DescriptorLimit.require(8 * width, for: "--width \(width)")
        try OutputFiles.check([("--html", html)])
        let line = ProgressLine()
        let lifetime = try DiagnosisOptions.lifetime(sessionLifetime, of: target)
        let limits = DoctorRun.Limits(duration: try diagnosis.duration(or: .seconds(20)), width: width, sessionLifetime: lifetime)
        let run = DoctorRun(try target.diagnosed(options, diagnosis, atOnce: width), limits: limits, progress: line.show)
        let time = SystemClock.shared.wallTime
        let operations = try diagnosis.operations
        let (diagnosed, seen) = try await line.during { try await run.run(operations) }
        // Calls that were cut off would be held against the server.
        try Task.checkCancellation()
        print(options.json ? TerminalText.json(DoctorOutput.json(diagnosed, process: seen.process)) : DoctorOutput.text(diagnosed, of: "\(target)"))
        if let html { try TextFile.write(diagnosed.html(of: "\(target)", seen: seen, time: time), to: html) }
        if !diagnosed.isHealthy { throw ExitCode(7) }
        if !diagnosed.isConclusive { throw ExitCode(8) }
    }
}
