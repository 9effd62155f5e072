import Foundation
import InterlockAudit
import Testing

@Suite("This project's own sources and examples")
struct OwnSourcesTests {
    private var root: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    @Test("have no hazard that is not explained in place")
    func clear() throws {
        let report = try SourceAudit().audit(path: root.appendingPathComponent("Sources").path)
        #expect(report.fileCount > 100)
        #expect(report.findings.isEmpty, "\(report)")
        #expect(report.allowed.allSatisfy { $0.reason.count > 10 })
    }

    @Test("the wrong version of each race is found, and no right version is")
    func races() throws {
        let folder = root.appendingPathComponent("Examples/races/Sources").path
        guard FileManager.default.fileExists(atPath: folder) else {
            print("skipped: there is no folder \(folder)")
            return
        }
        let report = try SourceAudit().audit(path: folder)
        let expected: [String: AuditRule] = [
            "RacyBookingDesk": .staleState, "RacyVisitCounter": .staleState, "RacyBank": .staleState,
            "RacyDocumentRegistry": .checkThenCreate, "RacyTurnstile": .lostPermit, "RacyReportService": .sharedTeardown,
        ]
        for (name, rule) in expected {
            #expect(report.findings.contains { $0.file.hasSuffix("/\(name).swift") && $0.rule == rule }, "\(name) in \(report)")
        }
        #expect(!report.findings.contains { $0.file.contains("/Guarded") }, "\(report)")
    }
}
