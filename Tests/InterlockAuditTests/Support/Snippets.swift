import InterlockAudit
import Testing

/// Findings of a rule stand exactly on the lines of `source` that end in `//!`, and no other rule finds anything.
func expectFound(_ rule: AuditRule, in source: String, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        .filter { $0.element.hasSuffix("//!") }.map { $0.offset + 1 }
    let report = SourceAudit().audit([SourceAudit.File(path: "Snippet.swift", text: source)])
    #expect(report.findings.filter { $0.rule == rule }.map(\.line) == lines, comment ?? "\(report)", sourceLocation: sourceLocation)
    #expect(report.findings.filter { $0.rule != rule }.isEmpty, "\(report)", sourceLocation: sourceLocation)
}

/// No rule finds anything.
func expectClear(_ source: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let report = SourceAudit().audit([SourceAudit.File(path: "Snippet.swift", text: source)])
    #expect(report.findings.isEmpty, "\(report)", sourceLocation: sourceLocation)
}
