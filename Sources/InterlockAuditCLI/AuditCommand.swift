public import ArgumentParser
import Foundation
public import InterlockAudit

/// The executable `interlock-audit`, which `interlock audit` runs.
@main
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interlock audit",
        abstract: "Reads Swift source and points at the shared state that a race needs, with the line that removes it.",
        discussion: """
            Exit codes: 0 nothing found, 1 the command line or a file is wrong, 2 something found.
            A finding is allowed by a comment on its line or above it: // interlock:allow RULE because REASON
            """)

    @Argument(help: "Files and folders of Swift source.") var paths: [String]
    @Flag(help: "Print the findings as JSON.") var json = false
    @Flag(help: "Show what comments allow, with their reasons.") var allowed = false
    @Option(help: ArgumentHelp("Rules to apply [all].", valueName: "rule")) var rule: [AuditRule] = []

    func run() throws {
        let audit = SourceAudit(rules: rule.isEmpty ? Set(AuditRule.allCases) : Set(rule))
        let reports: [AuditReport]
        do {
            reports = try paths.map { try audit.audit(path: $0) }
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("\(error)\n".utf8)) // whoever would read it may be gone
            throw ExitCode(1)
        }
        for report in reports {
            print(json ? String(decoding: try report.json(), as: UTF8.self) : report.text(allowed: allowed))
        }
        if reports.contains(where: { !$0.findings.isEmpty }) { throw ExitCode(2) }
    }
}

extension AuditRule: ExpressibleByArgument {}
