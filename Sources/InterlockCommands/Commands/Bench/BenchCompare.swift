import ArgumentParser
import InterlockDiagnostics
import InterlockJSON

/// `interlock bench compare`: two saved runs.
struct BenchCompare: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "compare", abstract: "Compare two saved runs.")

    @OptionGroup var bounds: BenchBounds
    @Option(help: ArgumentHelp("The run to judge.", valueName: "file")) var candidate: String
    @Option(help: ArgumentHelp("Write the comparison as a page.", valueName: "file")) var html: String?
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        try OutputFiles.check([("--html", html)])
        guard let baseline = bounds.baseline else { throw UsageError("Compare with what? Give --baseline <file>.") }
        let (old, new) = (try BenchRecord(saved: baseline), try BenchRecord(saved: candidate))
        let comparison = try bounds.compare(old, new)
        print(json ? TerminalText.json(comparison.json.description) : BenchOutput.text(comparison))
        if let html { try TextFile.write(comparison.html(old, new), to: html) }
        if let code = BenchBounds.exit(comparison.verdict) { throw code }
    }
}
