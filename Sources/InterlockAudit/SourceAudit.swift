import Foundation

/// Reads Swift source and points at shared state that a race could need.
///
/// It reads syntax, not types, and is built to be right when it speaks rather than to find everything: what it knows of
/// a name comes from declarations in the same set of files. Pass a whole module (or several) at once, because state and
/// its extensions may stand in different files.
public struct SourceAudit: Sendable {
    /// A file's text, with the name it is to have in findings.
    public struct File: Sendable, Hashable {
        public let path: String
        public let text: String

        public init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    /// The rules that are looked for.
    public let rules: Set<AuditRule>

    /// An audit by these rules; all of them by default.
    public init(rules: Set<AuditRule> = Set(AuditRule.allCases)) {
        self.rules = rules
    }

    /// Audits files as one body of source.
    public func audit(_ files: [File]) -> AuditReport {
        let parsed = files.map { ParsedFile($0) }
        let index = DeclarationIndex(parsed)
        var findings: [Finding] = []
        var allowed: [AuditReport.Allowed] = []
        for file in parsed {
            let hazards =
                FlowRule(file, index).hazards() + FileCreationRule(file).hazards() + UncheckedPromiseRule(file).hazards()
                + UnboundedGrowthRule(file, index).hazards() + BlockingWorkRule(file).hazards() + LostPermitRule(file).hazards()
                + SharedTeardownRule(file, index).hazards() + file.allowances.malformed
            for hazard in Set(hazards) where rules.contains(hazard.rule) {
                let finding = file.finding(hazard)
                if let reason = file.allowances.reason(for: hazard.rule, line: finding.line) {
                    allowed.append(AuditReport.Allowed(finding: finding, reason: reason))
                } else {
                    findings.append(finding)
                }
            }
        }
        return AuditReport(
            findings: findings.sorted { $0.isBefore($1) }, allowed: allowed.sorted { $0.finding.isBefore($1.finding) },
            fileCount: files.count)
    }

    /// Audits a Swift file, or every Swift file below a folder; hidden folders such as `.build` are left out.
    ///
    /// Findings name files relative to `path` as it was given.
    public func audit(path: String) throws -> AuditReport {
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw AuditError(code: .unreadable, message: "there is nothing at \(path); name a Swift file or a folder")
        }
        guard isFolder.boolValue else { return audit([try read(path, in: nil)]) }
        // Links are followed by hand, once: an enumerator does not enter a folder that is one.
        let root = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let walk = FileManager.default.enumerator(atPath: root) else {
            throw AuditError(code: .unreadable, message: "the folder \(path) cannot be listed; check its permissions")
        }
        let names = walk.compactMap { $0 as? String }
            .filter { $0.hasSuffix(".swift") && !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
            .sorted()
        guard !names.isEmpty else {
            throw AuditError(code: .noSource, message: "there is no .swift file below \(path); name the folder that holds the source")
        }
        return audit(try names.map { try read($0, in: (path, root)) })
    }

    private func read(_ name: String, in folder: (given: String, root: String)?) throws -> File {
        let place = folder.map { "\($0.root)/\(name)" } ?? name
        guard let data = FileManager.default.contents(atPath: place) else {
            throw AuditError(code: .unreadable, message: "\(place) cannot be read; check its permissions")
        }
        let shown = folder.map { $0.given.hasSuffix("/") ? $0.given + name : "\($0.given)/\(name)" } ?? name
        return File(path: shown, text: String(decoding: data, as: UTF8.self))
    }
}

extension Finding {
    func isBefore(_ other: Finding) -> Bool {
        (file, line, column, rule.rawValue) < (other.file, other.line, other.column, other.rule.rawValue)
    }
}
