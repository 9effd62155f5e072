import InterlockAudit
import Testing

@Suite("Hazards that the source explains")
struct AllowanceTests {
    private func report(_ comment: String, beside: String = "") -> AuditReport {
        SourceAudit().audit([
            .init(
                path: "Snippet.swift",
                text: """
                    actor Counter {
                        var count = 0

                        func increment() async {
                            let old = count
                            await Task.yield()
                            \(comment)
                            count = old + 1 \(beside)
                        }
                    }
                    """)
        ])
    }

    @Test("a comment above or beside the line moves a finding to the explained ones")
    func allowed() {
        for report in [
            report("// interlock:allow stale-state because one task alone calls this"),
            report("", beside: "// interlock:allow stale-state because one task alone calls this"),
            report("// interlock:allow stale-state because one task alone calls this\n        // and it is the one that owns the actor."),
        ] {
            #expect(report.findings.isEmpty, "\(report)")
            #expect(report.allowed.map(\.reason) == ["one task alone calls this"])
            #expect(report.allowed.map(\.finding.rule) == [.staleState])
        }
    }

    @Test("without a reason it allows nothing and is a finding itself")
    func withoutReason() {
        for comment in ["// interlock:allow stale-state", "// interlock:allow stale-state because", "// interlock:allow stale-state it is fine"] {
            let findings = report(comment).findings
            #expect(findings.map(\.rule) == [.allowWithoutReason, .staleState])
            #expect(findings.map(\.line) == [7, 8])
        }
    }

    @Test("a rule that does not exist is a finding that lists those that do")
    func unknownRule() throws {
        let finding = try #require(report("// interlock:allow stale because of luck").findings.first)
        #expect(finding.rule == .allowWithoutReason)
        #expect(finding.found.contains("check-then-create"))
    }

    @Test("another rule's comment, or one that stands elsewhere, allows nothing")
    func elsewhere() {
        #expect(report("// interlock:allow lost-permit because no permit is taken").findings.map(\.rule) == [.staleState])
        #expect(report("// interlock:allow stale-state because of this\n        print(1)").findings.map(\.rule) == [.staleState])
        #expect(report("// see interlock:allow stale-state because").findings.map(\.rule) == [.staleState])
    }
}
