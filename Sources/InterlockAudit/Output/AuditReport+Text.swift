extension AuditReport: CustomStringConvertible {
    public var description: String { text() }

    /// The report as people read it: a line for each finding, as compilers write them, then why and what to do.
    ///
    /// With `allowed`, findings that the source explains follow with their reasons.
    public func text(allowed showsAllowed: Bool = false) -> String {
        var lines: [String] = []
        for finding in findings {
            lines.append("\(finding.place): \(finding.rule.rawValue): \(finding.found)")
            lines.append("    why: \(finding.hazard)")
            lines.append("    fix: \(finding.remedy)")
        }
        if showsAllowed {
            lines += allowed.map { "\($0.finding.place): \($0.finding.rule.rawValue), allowed because \($0.reason)" }
        }
        let hazards = findings.count == 1 ? "1 hazard" : "\(findings.count) hazards"
        let files = fileCount == 1 ? "1 file" : "\(fileCount) files"
        lines.append("\(findings.isEmpty ? "no hazard" : hazards) in \(files)" + (allowed.isEmpty ? "" : ", \(allowed.count) explained in place"))
        return lines.joined(separator: "\n")
    }
}

extension Finding {
    fileprivate var place: String { "\(file):\(line):\(column)" }
}
