import ArgumentParser
import Foundation

/// `interlock audit`: hands over to `interlock-audit`, an executable of its own because it carries a parser of Swift.
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find the shared state in Swift source that a race needs.",
        discussion: "Runs interlock-audit, which stands beside interlock: swift build -c release --product interlock-audit")

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("What interlock-audit is told; see interlock-audit --help.", valueName: "argument"))
    var arguments: [String] = []

    func run() throws {
        let own = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        let path = own.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("interlock-audit").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw UsageError("There is no interlock-audit beside \(own.path). Build it: swift build -c release --product interlock-audit")
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        execv(path, &words)
        throw UsageError("\(path) could not be run: \(String(cString: strerror(errno)))")
    }
}
