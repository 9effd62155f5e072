import ArgumentParser
import InterlockStdio
import Testing

@testable import InterlockCommands

@Suite("Which server")
struct TargetTests {
    @Test("words are split as a shell does, without expanding anything", arguments: [
        ("python server.py", ["python", "server.py"]), ("  a   b ", ["a", "b"]), ("a 'b c' \"d e\"", ["a", "b c", "d e"]), ("a''b", ["ab"]), ("a ''", ["a", ""]),
        (#"a "b \"c\" \n" d\ e"#, ["a", #"b "c" \n"#, "d e"]), ("echo $HOME *", ["echo", "$HOME", "*"]), (#"'a\b'"#, [#"a\b"#]), ("", []),
    ])
    func words(text: String, words: [String]) throws {
        #expect(try CommandLineWords.split(text) == words)
    }

    @Test("a header field looks like a credential by the words of its name", arguments: [
        ("Authorization", true), ("Proxy-Authorization", true), ("Cookie", true), ("X-API-Key", true), ("x_api_key", true), ("X-Auth-Token", true),
        ("apikey", true), ("CF-Access-Client-Secret", true), ("Accept-Language", false), ("X-Request-Source", false), ("Keyboard", false), ("Mcp-Session-Id", false),
    ])
    func credentials(name: String, looksLikeOne: Bool) {
        #expect(CredentialHeader.looksLikeOne(name) == looksLikeOne)
    }

    @Test("an open quote, and a backslash at the end, are refused", arguments: ["a 'b", "a \"b", "a \\"])
    func brokenWords(_ text: String) {
        #expect(throws: UsageError.self) { try CommandLineWords.split(text) }
    }

    @Test("a server is a URL, a command in one word, or what follows --")
    func targets() throws {
        #expect(try ServerTarget("http://127.0.0.1:8080/mcp") == .url("http://127.0.0.1:8080/mcp"))
        #expect(try ServerTarget("node 'my server.js'") == .command(ServerCommand("node", arguments: ["my server.js"])))
        var words: ArraySlice = ["tool", "{}"]
        #expect(try ServerTarget(takingFrom: &words, command: ["node", "server.js"]) == .command(ServerCommand("node", arguments: ["server.js"])))
        #expect(words == ["tool", "{}"])
        words = ["http://x/mcp", "tool"]
        #expect(try ServerTarget(takingFrom: &words, command: []) == .url("http://x/mcp"))
        #expect(words == ["tool"])
        words = []
        #expect(throws: UsageError.self) { try ServerTarget(takingFrom: &words, command: []) }
        #expect(throws: UsageError.self) { try ServerTarget("  ") }
    }

    @Test("the command line of call takes a command after --")
    func call() throws {
        let command = try #require(try InterlockCommand.parseAsRoot(["call", "--json", "tool", "{}", "--", "server", "--stdio"]) as? Call)
        #expect([command.first, command.second, command.third] == ["tool", "{}", nil])
        #expect(command.command == ["server", "--stdio"])
        #expect(command.options.json)
    }

    @Test("header fields have a name, a colon and a value")
    func headers() throws {
        let options = try TargetOptions.parse(["--header", "Authorization: Bearer a:b", "--header", "X-A:1"])
        let fields = try options.headerFields
        #expect(fields.map(\.name) == ["Authorization", "X-A"])
        #expect(fields.map(\.value) == ["Bearer a:b", "1"])
        for wrong in ["nothing", ": value", "a b: c"] {
            #expect(throws: UsageError.self) { try TargetOptions.parse(["--header", wrong]).headerFields }
        }
    }
}
