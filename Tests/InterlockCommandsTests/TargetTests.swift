import ArgumentParser
import InterlockDiagnostics
import InterlockStdio
import Testing

@testable import InterlockCommands
@testable import InterlockHTTPClient

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
        ("apikey", true), ("accessToken", true), ("GITHUB_TOKEN", true), ("DBPASSWORD", true), ("max-tokens", false), ("author", false), ("CF-Access-Client-Secret", true), ("Accept-Language", false), ("X-Request-Source", false), ("Keyboard", false), ("Mcp-Session-Id", false),
    ])
    func credentials(name: String, looksLikeOne: Bool) {
        #expect(CredentialHeader.looksLikeOne(name) == looksLikeOne)
    }

    @Test("of a URL the user and the values of the query are not shown", arguments: [
        ("http://127.0.0.1:8080/mcp", "http://127.0.0.1:8080/mcp"), ("https://u:S3CRET@h:1/mcp", "https://***@h:1/mcp"),
        ("http://h/mcp?token=S3CRET&a=S3CRET#S3CRET", "http://h/mcp?token=***&a=***&***"), ("http://h?S3CRET", "http://h?***"), ("http://h/mcp?", "http://h/mcp?"),
        ("http://a@S3CRET@h/", "http://***@h/"),
    ])
    func urls(url: String, shown: String) throws {
        #expect("\(try ServerTarget(url))" == shown)
    }

    @Test("of a command the values of what is named like a credential are not shown", arguments: [
        (["node", "server.js", "--port", "80"], "node server.js --port 80"), (["server", "--api-key", "S3CRET", "--port", "80"], "server --api-key *** --port 80"),
        (["server", "--api-key=S3CRET"], "server --api-key=***"), (["server", "--accessToken", "-S3CRET"], "server --accessToken ***"),
        (["server", "--require-auth", "--port", "80"], "server --require-auth --port 80"),
        (["env", "GITHUB_TOKEN=S3CRET", "A=b", "server"], "env GITHUB_TOKEN=*** A=b server"),
        (["server", "postgres://u:S3CRET@h/db?password=S3CRET"], "server postgres://***@h/db?password=***"),
        (["server", "--database=postgres://u:S3CRET@h/db"], "server --database=postgres://***@h/db"),
        (["curl", "-H", "Authorization: Bearer S3CRET"], "curl -H Authorization:***"),
        (["sh", "-c", "server --secret S3CRET -H 'X-Api-Key: S3CRET'"], "sh -c server --secret *** -H 'X-Api-Key: ***"),
        (["sh", "-c", "TOKEN=S3CRET server --port 80"], "sh -c TOKEN=***"),
        (["server", #"{"a":1,"token":"S3CRET"}"#], #"server {"a":1,"token":***"#), (["server", #"--settings={"token": "S3CRET"}"#], #"server --settings={"token":***"#),
        (["server", "--max-tokens", "4096", "C:"], "server --max-tokens 4096 C:"),
    ])
    func commands(words: [String], shown: String) {
        let target = ServerTarget.command(ServerCommand(words[0], arguments: Array(words.dropFirst())))
        #expect("\(target)" == shown)
        #expect(!"\(target)".contains("S3CRET"))
    }

    @Test("a build without TLS does not probe where TLS is spoken: it says what it lacks")
    func noTLS() throws {
        let options = try TargetOptions.parse([])
        #if TLS
        #expect(try ServerTarget("https://127.0.0.1:1/mcp").probed(options).isSecure)
        #else
        #expect(throws: UsageError.self) { try ServerTarget("https://127.0.0.1:1/mcp").probed(options) }
        #endif
        #expect(try !ServerTarget("http://127.0.0.1:1/mcp").probed(options).isSecure)
    }

    @Test("an open quote, and a backslash at the end, are refused", arguments: ["a 'b", "a \"b", "a \\"])
    func brokenWords(_ text: String) {
        #expect(throws: UsageError.self) { try CommandLineWords.split(text) }
    }

    @Test("what cannot be read is named without the secret in it", arguments: [
        "server --api-key S3CRET 'open", "env GITHUB_TOKEN=S3CRET server \"open", "server --token=S3CRET \\", "curl -H 'Authorization: Bearer S3CRET",
    ])
    func brokenSecrets(_ text: String) {
        let error = #expect(throws: UsageError.self) { try CommandLineWords.split(text) }
        #expect(error?.message.contains("S3CRET") == false && error?.message.contains(text.prefix(4)) == true, "\(error?.message ?? "")")
    }

    @Test("a header field that is none is named by its name alone", arguments: [
        ("Authorization=Bearer S3CRET", "'Authorization=***'"), ("S3CRET", "'***'"), ("X Key: S3CRET", "'X ***'"), (": S3CRET", "'***'"),
    ])
    func brokenHeaders(text: String, shown: String) throws {
        let options = try TargetOptions.parse(["--header", text])
        let error = #expect(throws: UsageError.self) { try options.headerFields }
        #expect(error?.message.contains("S3CRET") == false && error?.message.contains(shown) == true, "\(error?.message ?? "")")
    }

    @Test("a command has no sessions whose lifetime could be said")
    func lifetime() throws {
        let (url, command) = (try ServerTarget("http://127.0.0.1:1/mcp"), try ServerTarget("server --stdio"))
        #expect(try DiagnosisOptions.lifetime("30s", of: url) == .seconds(30))
        #expect(try DiagnosisOptions.lifetime(nil, of: command) == nil)
        #expect(throws: UsageError.self) { try DiagnosisOptions.lifetime("30s", of: command) }
        #expect(throws: UsageError.self) { try DiagnosisOptions.lifetime("0s", of: url) }
    }

    @Test("each of as many calls as a diagnosis makes at once has a connection, and the requests beside them too", arguments: [4, 64])
    func connections(width: Int) throws {
        let server = try ServerTarget("http://127.0.0.1:1/mcp").diagnosed(try TargetOptions.parse([]), try DiagnosisOptions.parse([]), atOnce: width)
        let transport = try #require(server.open().transport as? HTTPClientTransport)
        #expect(transport.configuration.maximumConnections >= 64 + 8)
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
