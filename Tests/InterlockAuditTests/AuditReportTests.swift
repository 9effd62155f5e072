import Foundation
import InterlockAudit
import Testing

@Suite("Reports as text and JSON, and reading folders")
struct AuditReportTests {
    private let source = """
        actor Counter {
            var count = 0

            func increment() async {
                let old = count
                await Task.yield()
                count = old + 1
            }
        }
        """

    @Test("text has place, rule, what was found, why and what to do")
    func text() {
        let report = SourceAudit().audit([.init(path: "Sources/Counter.swift", text: source)])
        #expect(
            report.description == """
                Sources/Counter.swift:7:9: stale-state: count is read at line 5, the function may suspend at line 6, and count is written \
                here by what was read then
                    why: \(AuditRule.staleState.hazard)
                    fix: \(AuditRule.staleState.remedy)
                1 hazard in 1 file
                """)
        #expect(SourceAudit().audit([.init(path: "Empty.swift", text: "")]).description == "no hazard in 1 file")
    }

    @Test("JSON reads back as the same report")
    func json() throws {
        let report = SourceAudit().audit([.init(path: "Counter.swift", text: source)])
        #expect(try JSONDecoder().decode(AuditReport.self, from: report.json()) == report)
        #expect(try String(decoding: report.json(pretty: false), as: UTF8.self).contains(#""rule":"stale-state""#))
    }

    @Test("only the rules that were asked for are looked for")
    func rules() {
        #expect(SourceAudit(rules: [.lostPermit]).audit([.init(path: "Counter.swift", text: source)]).findings.isEmpty)
    }

    @Test("every rule names a policy or a change, and its hazard")
    func rulesExplainThemselves() {
        for rule in AuditRule.allCases {
            #expect(!rule.hazard.isEmpty && !rule.remedy.isEmpty)
        }
    }

    @Test("a folder is read to its depths, without hidden ones; one without source, or none at all, is an error")
    func folders() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)")
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        for name in ["Deep/Down", ".build", "Empty"] {
            try FileManager.default.createDirectory(at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        try Data(source.utf8).write(to: folder.appendingPathComponent("Deep/Down/Counter.swift"))
        try Data(source.utf8).write(to: folder.appendingPathComponent(".build/Counter.swift"))
        let report = try SourceAudit().audit(path: folder.path)
        #expect(report.findings.map(\.file) == ["\(folder.path)/Deep/Down/Counter.swift"])
        #expect(report.fileCount == 1)
        #expect(try SourceAudit().audit(path: "\(folder.path)/Deep/Down/Counter.swift").findings.count == 1)
        #expect {
            try SourceAudit().audit(path: "\(folder.path)/Empty")
        } throws: { ($0 as? AuditError)?.code == .noSource }
        #expect {
            try SourceAudit().audit(path: "\(folder.path)/nothing")
        } throws: { ($0 as? AuditError)?.code == .unreadable }
    }
}
