import Foundation
import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProfiler
import InterlockProtocol
import InterlockTransport
import Testing

@testable import InterlockCommands
@testable import InterlockDiagnostics

@Suite("Output")
struct OutputTests {
    @Test("every failure has its exit code", arguments: [
        (ClientError(.unauthorized, "m"), .unauthorized), (ClientError(.unreachable, "m"), .unreachable), (ClientError(.timedOut, "m"), .unreachable),
        (ClientError(.closed, "m"), .unreachable), (ClientError(.invalidResponse, "m"), .unreachable), (ClientError(.misuse, "m"), .usage),
        (ProtocolError(code: .invalidParams, message: "m"), .toolFailed), (ToolFailure(tool: "t", message: "m"), .toolFailed),
        (UsageError("m"), .usage), (SettingsError("m"), .usage), (TransportError(.unauthorized, "m"), .unauthorized), (TransportError(.misuse, "m"), .usage),
        (ProfileError(.noTools, "m"), .usage),
    ] as [(any Error & Sendable, CommandStatus)])
    func statuses(error: any Error & Sendable, status: CommandStatus) {
        let failure = Failure(error)
        #expect(failure.status == status)
        #expect(failure.message.hasSuffix("m"))
    }

    @Test("a named tool that only fails ends as the server's failure, with its words and what to do")
    func refusedTool() {
        #expect(RefusedTool(tool: "search", reason: "No such index.").description.contains(": No such index. Name"))
        let failure = Failure(RefusedTool(tool: "search", reason: "no such index"))
        #expect(failure.status == .toolFailed && failure.line.contains("no such index") && failure.message.contains("--tool 'search={…}'"))
    }

    @Test("of a tool that is not there the nearest name is told, and those that are there, as many as one reads", arguments: [
        ("b", ["b2", "a1"], "The server has no tool 'b'; did you mean 'b2'? It has a1, b2."), ("search", ["b", "a"], "The server has no tool 'search'. It has a, b."),
        ("a", [], "The server has no tool 'a', and no other."),
    ])
    func missingTool(name: String, names: [String], sentence: String) {
        #expect(MissingTool.sentence(name, among: names) == sentence)
        #expect(MissingTool.sentence("search", among: (100..<199).map { "t\($0)" }).hasSuffix(", t149 and 49 more."))
    }

    @Test("the exit codes are 0, 1, 3, 4, 5 and 6")
    func codes() {
        #expect([CommandStatus.ok, .usage, .unauthorized, .unreachable, .toolFailed, .nothingChecked].map(\.rawValue) == [0, 1, 3, 4, 5, 6])
    }

    @Test("a failure is one line of JSON")
    func line() throws {
        let line = Failure(ProtocolError(code: .invalidParams, message: "two\nlines \"quoted\"")).line
        #expect(!line.contains("\n"))
        let error = try #require(try RawJSON(parsing: line)["error"])
        #expect(error["code"]?.string == "tool_error")
        #expect(error["exitCode"]?.int == 5)
        #expect(error["rpcCode"]?.int == -32602)
        #expect(error["message"]?.string == "two\nlines \"quoted\"")
    }

    @Test("a result is read as its texts; what is no text is named; structure shows where there is nothing else")
    func results() {
        let result = CallToolResult(content: [.text("first"), .image(data: "aGk=", mimeType: "image/png"), .resource(uri: "u:1", text: "embedded")])
        #expect(ReadableOutput.text(result) == "first\n[image, image/png]\nembedded")
        #expect(ReadableOutput.text(CallToolResult(content: [], structuredContent: RawJSON(["a": 1] as JSONValue))) == #"{"a":1}"#)
    }

    @Test("a load is read as latency from when calls were due, and beside it from when they began")
    func load() {
        var result = LoadResult()
        result.total.record(.ok, latency: .milliseconds(40), service: .milliseconds(2))
        let text = BenchOutput.text(result)
        #expect(text.contains("all: p50 40.0 ms") && text.contains("service, from when they began: p50 2.0 ms") && text.contains("on 1 thread"))
    }

    @Test("what moves the cursor, changes colours or turns the order of characters is written out", arguments: [
        ("plain ä 😀", "plain ä 😀"), ("a\u{1B}[31mred", "a\\u001b[31mred"), ("a\nb\tc\rd", "a\\nb\\tc\\rd"), ("\u{9B}2J\u{7F}\0", "\\u009b2J\\u007f\\u0000"),
        ("a\u{202E}b\u{2066}c\u{2028}", "a\\u202eb\\u2066c\\u2028"), ("a\r\nb", "a\\r\\nb"), ("", ""), ("a\u{061C}b", "a\\u061cb"),
    ])
    func controls(text: String, line: String) {
        #expect(TerminalText.line(text) == line)
    }

    @Test("several lines stay several lines, and a failure's line stays JSON")
    func lines() throws {
        #expect(TerminalText.block("a\n\tb\u{1B}c") == "a\n\tb\\u001bc")
        let line = Failure(ToolFailure(tool: "t\u{9B}", message: "\u{1B}]0;title\u{7}\u{7F}")).line
        #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
        #expect(try RawJSON(parsing: line)["error"]?["message"]?.string == "t\u{9B}: \u{1B}]0;title\u{7}\u{7F}")
    }

    @Test("whatever a server says, no output has a control character, and none has a line that is the server's")
    func hostile() throws {
        let evil = "x\u{1B}[2Jy\nverdict: healthy\u{9B}\u{202E}"
        var load = LoadResult()
        load.total.record(.toolError, latencyNanoseconds: 1_000_000, serviceNanoseconds: 1_000_000)
        load.tools = [evil: load.total, "b": load.total]
        load.examples = [CallOutcome.toolError.rawValue: evil]
        let finding = DoctorFinding(.stalls, .fault, evil, advice: evil, evidence: [.init(evil, 1)])
        let leak = LeakReport(
            parts: [.init(operation: .call(tool: evil, arguments: .emptyObject), cycles: 1, failures: 1, duration: .seconds(1), measures: [])], runtime: .node,
            snapshot: evil, limits: [evil])
        var stacks = FoldedStacks()
        stacks.add([StackFrame(symbol: evil, module: evil)], count: 50)
        let profile = ProfileReport(
            parts: [.init(operation: .call(tool: evil, arguments: .emptyObject), calls: 1, failures: 0, seconds: 1, onProcessor: stacks, method: evil)],
            runtime: .node, notes: [evil])
        var probe = ProbeReport()
        probe.eras = [evil]
        probe.steps = [.init(name: "modern handshake", status: .failed, took: nil, detail: evil)]
        let texts = [
            BenchOutput.text(load), DoctorOutput.text(Diagnosis(findings: [finding], undecided: [evil], sound: [evil]), of: evil), LeakOutput.text(leak),
            ProfileOutput.text(profile, of: evil, files: [evil]), ProbeCommand.text(probe), ProgressLine.fitted(evil, columns: 200),
            FiveStepsOutput.text(FiveStepsReport(target: evil, server: evil, time: 0, steps: []), page: evil),
        ]
        for text in texts {
            #expect(text.contains("\\u001b") || !text.contains("x"), "\(text)")
            #expect(text.split(separator: "\n").allSatisfy { !$0.hasPrefix("verdict: healthy") }, "\(text)")
            #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control || $0.value == 0x202E }, "\(text)")
        }
    }

    @Test("JSON for a terminal says the same, without a character that a terminal would obey; for a program it is as it came")
    func terminalJSON() throws {
        let name = "\u{9B}2J\u{7F}\u{202E}\u{061C}x"
        let json = JSONOutput.text(CallToolResult(content: [.text(name)]), revision: .v2025_11_25)
        let shown = TerminalText.json(json, isTerminal: true)
        #expect(shown.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 0x20 && $0.value != 0x7F })
        #expect(try RawJSON(parsing: shown).value()["content"]?.array?.first?["text"]?.string == name)
        #expect(TerminalText.json(json, isTerminal: false) == json && json != shown)
    }

    @Test("a report without a load says that nothing was saved, and why")
    func nothingSaved() {
        let step = StepOutcome(.benchmark, .fault, "The server was lost during this step: gone.", next: "n", cannotCatch: "c")
        let text = Report.nothingSaved(FiveStepsReport(target: "t", server: "s", time: 0, steps: [step]), in: "b.json")
        #expect(text.contains("b.json") && text.contains("The server was lost during this step"))
    }

    @Test("the progress line is as long as the terminal is wide, less one, whatever is said", arguments: [(80, 79), (20, 19), (1, 1)])
    func width(columns: Int, characters: Int) {
        #expect(ProgressLine.fitted(String(repeating: "x", count: 300), columns: columns).count == characters)
        #expect(ProgressLine.fitted("a\nb", columns: columns).contains("\n") == false)
    }

    @Test("a file that cannot be written is told before anything is done")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-files-\(UInt64.random(in: 0..<(.max)))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) } // a folder of this test alone
        let (page, other) = (folder.appendingPathComponent("page.html").path, folder.appendingPathComponent("other.json").path)
        try OutputFiles.check([("--html", page), ("--save", other), ("--svg", nil), ("--hgrm", "/dev/stdout")])
        try TextFile.write("text", to: page)
        try OutputFiles.check([("--html", page)])
        for (files, word) in [
            ([("--html", "/no/such/folder/page.html")], "--html"), ([("--save", folder.path)], "folder"), ([("--html", "")], "empty"),
            ([("--html", page), ("--save", folder.appendingPathComponent("./page.html").path)], "same file"),
        ] as [([OutputFiles.Named], String)] {
            let error = #expect(throws: UsageError.self) { try OutputFiles.check(files) }
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
    }

    @Test("a signal's exit code is the one that shells give it")
    func signals() throws {
        #expect(Interruption.status(of: 2) == 130 && Interruption.status(of: 15) == 143)
        #expect(try RawJSON(parsing: Failure.interrupted(by: 2))["error"]?["exitCode"]?.int == 130)
    }

    @Test("a result as JSON is the wire shape on one line")
    func json() throws {
        let text = JSONOutput.text(CallToolResult(content: [.text("a\nb")], isError: true), revision: .v2025_11_25)
        #expect(!text.contains("\n"))
        #expect(try RawJSON(parsing: text)["isError"]?.bool == true)
    }
}
