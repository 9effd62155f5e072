import InterlockClient
import InterlockJSON
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
    ] as [(any Error & Sendable, CommandStatus)])
    func statuses(error: any Error & Sendable, status: CommandStatus) {
        let failure = Failure(error)
        #expect(failure.status == status)
        #expect(failure.message.hasSuffix("m"))
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

    @Test("a result as JSON is the wire shape on one line")
    func json() throws {
        let text = JSONOutput.text(CallToolResult(content: [.text("a\nb")], isError: true), revision: .v2025_11_25)
        #expect(!text.contains("\n"))
        #expect(try RawJSON(parsing: text)["isError"]?.bool == true)
    }
}
