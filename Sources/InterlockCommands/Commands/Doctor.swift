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
            Exit codes: 0 healthy, 1 usage, 3 the server wants a credential, 4 it cannot be reached, 7 something is wrong, 8 not enough data.
            """)

    @OptionGroup var options: TargetOptions
    @OptionGroup var diagnosis: DiagnosisOptions
    @Option(help: ArgumentHelp("Calls at once [8].", valueName: "number")) var width = 8
    @Option(help: ArgumentHelp("Write the examination as a page.", valueName: "file")) var html: String?
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var first: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [first].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        guard (2...64).contains(width) else { throw UsageError("--width \(width): give a number from 2 to 64.") }
        try DescriptorLimit.require(8 * width, for: "--width \(width)")
        let line = ProgressLine()
        let run = DoctorRun(try target.diagnosed(options, diagnosis), limits: .init(duration: try diagnosis.duration(or: .seconds(20)), width: width), progress: line.show)
        let time = SystemClock.shared.wallTime
        let (diagnosed, seen) = try await run.run(try diagnosis.operations)
        line.clear()
        if let html { try BenchFile.write(diagnosed.html(of: "\(target)", seen: seen, time: time), to: html) }
        print(options.json ? DoctorOutput.json(diagnosed) : DoctorOutput.text(diagnosed, of: "\(target)"))
        if !diagnosed.isHealthy { throw ExitCode(7) }
        if diagnosed.sound.isEmpty { throw ExitCode(8) }
    }
}
