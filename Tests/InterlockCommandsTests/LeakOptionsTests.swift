import ArgumentParser
import Testing

@testable import InterlockCommands
@testable import InterlockDiagnostics

@Suite("Options and notes of leak")
struct LeakOptionsTests {
    private static func command(_ options: String...) throws -> Leak {
        try #require(try InterlockCommand.parseAsRoot(["leak"] + options + ["http://127.0.0.1:1/mcp"]) as? Leak)
    }

    @Test("--all goes beside tools that are named, and is refused beside --sessions")
    func all() async throws {
        let both = try Self.command("--all", "--tool", "work")
        #expect(both.all && both.diagnosis.tool == ["work"])
        #expect(try Self.command("--tool", "work").all == false)
        let sessions = try Self.command("--all", "--sessions")
        let error = await #expect(throws: UsageError.self) { try await sessions.run() }
        #expect(error?.message.contains("--all") == true)
    }

    @Test("What was left out stands behind what could not be measured, for people and for programs")
    func leftOut() {
        var report = LeakReport(parts: [], runtime: .unknown, snapshot: nil, limits: ["one"])
        let without = LeakOutput.text(report)
        report.leftOut = "two"
        let text = LeakOutput.text(report)
        #expect(without.contains("note: one") && !without.contains("two"))
        #expect(text.contains("note: one\nnote: two"), "\(text)")
        #expect(LeakOutput.json(report).contains(#""limits":["one","two"]"#), "\(LeakOutput.json(report))")
    }
}
