@testable import InterlockHTTPClient
import InterlockProfiler
import Testing

@testable import InterlockCommands

@Suite("Asking a server to sample itself")
struct AdminProfilerTests {
    private static func answer(_ status: Int, _ body: String, type: String? = "application/json") -> HTTPRequester.Answer {
        HTTPRequester.Answer(status: status, headers: type.map { [("Content-Type", $0)] } ?? [], body: Array(body.utf8))
    }

    @Test("folded stacks are read")
    func stacks() throws {
        let answer = Self.answer(200, "main;App`work 40\nmain 2\n", type: "text/plain; charset=utf-8")
        #expect(try AdminProfiler.stacks(of: answer, presentsToken: true).total == 42)
        #expect(try AdminProfiler.stacks(of: Self.answer(200, "", type: "text/plain"), presentsToken: true).total == 0)
    }

    @Test("every other answer says what is wrong and what to do, and has its exit code", arguments: [
        (401, "", nil, false, .unauthorized, "give --admin-token"), (401, "", nil, true, .unauthorized, "does not take the token"),
        (403, #"{"error":{"code":"token_required","message":"the listener has none: start it with one"}}"#, "application/json", true, .refused, "start it with one"),
        (404, "<html>", "text/html", false, .refused, "not the MCP endpoint"), (405, "", nil, false, .refused, "not the MCP endpoint"),
        (409, #"{"error":{"code":"profile_running","message":"one at a time"}}"#, "application/json", true, .refused, "one at a time"),
        (409, "", nil, true, .refused, "already"), (429, "", nil, true, .refused, "already"),
        (501, #"{"error":{"message":"Linux only"}}"#, "application/json", true, .refused, "Linux only"),
        (503, #"{"error":{"message":"the server shuts down"}}"#, "application/json", true, .refused, "shuts down"),
        (503, #"{"error":"#, "application/json", true, .refused, "HTTP status 503"), (302, "", nil, true, .refused, "HTTP status 302"),
        (200, "<html>", "text/html", true, .badAnswer, "text/html"), (200, "main 1", nil, true, .badAnswer, "without a type"),
        (200, "no count", "text/plain", true, .badAnswer, "line 1"), (200, "main 3\n\u{0}", "text/plain", true, .badAnswer, "line 2"),
    ] as [(Int, String, String?, Bool, AdminProfileError.Code, String)])
    func errors(status: Int, body: String, type: String?, presentsToken: Bool, code: AdminProfileError.Code, part: String) throws {
        let error = #expect(throws: AdminProfileError.self) {
            try AdminProfiler.stacks(of: Self.answer(status, body, type: type), presentsToken: presentsToken)
        }
        #expect(error?.code == code && error?.message.contains(part) == true, "\(error?.message ?? "no error")")
        #expect(try #require(error).status == (code == .unauthorized ? .unauthorized : .unreachable))
    }

    @Test("a long reason is cut off, a wrong address or token is refused before anything is sent")
    func bounds() {
        let error = #expect(throws: AdminProfileError.self) {
            let reason = String(repeating: "x", count: 10_000)
            return try AdminProfiler.stacks(of: Self.answer(500, #"{"error":{"message":"\#(reason)"}}"#), presentsToken: true)
        }
        #expect((error?.message.count ?? 0) < 400)
        for (admin, token) in [("127.0.0.1:9090", nil), ("ftp://h", nil), ("http://h", ""), ("http://h", "two words"), ("http://h", "line\nbreak"), ("http://h", "ä")] {
            let error = #expect(throws: UsageError.self) { try AdminProfiler(admin, token: token, rate: nil, requester: HTTPRequester()) }
            if let token, !token.isEmpty { #expect(error?.message.contains(token) == false) }
        }
    }
}
