import Foundation
import InterlockClient
import InterlockHTTPClient
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import InterlockStdio
import Testing

@testable import InterlockCommands

@Suite("The executable", .serialized, .timeLimit(.minutes(5)), .enabled(if: InterlockProcess.path != nil))
struct ExecutableTests {
    private func connect(to url: String, era: ClientConfiguration.Era = .automatic) async throws -> Client {
        let client = Client(HTTPClientTransport(url), info: Implementation(name: "test", version: "1"), configuration: ClientConfiguration(era: era))
        try await client.connect()
        return client
    }

    /// Starts the server over HTTP on any port; returns its process and URL.
    private func serve(_ arguments: [String] = []) throws -> (InterlockProcess, url: String) {
        let process = try InterlockProcess(["serve", "--port", "0"] + arguments)
        let line = try process.logLine(containing: #""event":"started""#)
        return (process, try #require(try RawJSON(parsing: line)["url"]?.string))
    }

    @Test("a wrong command line is told in words, with exit code 1", arguments: [
        (["serve", "--port", "many"], "--port"), (["serve", "--no-such-flag"], "--no-such-flag"), (["no-such-command"], "no-such-command"),
        (["serve", "--documents", "/no/such/folder"], "/no/such/folder"), (["serve", "--session-store", "redis"], "sqlite:"),
        (["serve", "--session-store", "sqlite:/no/such/folder/file"], "/no/such/folder/file"), (["serve", "--tls-cert", "x"], "--tls-key"),
        (["serve", "--config", "/no/such/file"], "/no/such/file"), (["call"], "Which server"), (["call", "http://127.0.0.1:1/mcp"], "Which tool"),
        (["call", "http://127.0.0.1:1/mcp", "tool", "{"], "JSON"), (["list", "ftp 'x"], "not closed"),
        (["bench", "compare", "--baseline", "/", "--candidate", "/"], "that is a folder"), (["race", "--plan", "/no/such/file", "x"], "--plan /no/such/file"),
    ])
    func usage(arguments: [String], hint: String) throws {
        let outcome = try InterlockProcess.run(arguments)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(hint), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }

    @Test("a wrong variable is told by its name")
    func variable() throws {
        let outcome = try InterlockProcess.run(["serve"], environment: ["MCP_MAX_CONNECTIONS": "lots"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("MCP_MAX_CONNECTIONS"))
    }

    @Test("help and version go to standard output, with exit code 0", arguments: [["--help"], ["serve", "--help"], ["--version"]])
    func help(arguments: [String]) throws {
        let outcome = try InterlockProcess.run(arguments)
        #expect(outcome.status == 0)
        #expect(!outcome.output.isEmpty)
    }

    @Test("serves over HTTP in both eras, and ends with exit code 0 on SIGTERM, with nothing but JSON in its log")
    func sigterm() async throws {
        let (process, url) = try serve()
        for era in [ClientConfiguration.Era.modern(), .legacy()] {
            let client = try await connect(to: url, era: era)
            #expect(try await client.callTool("count_words", arguments: RawJSON(["text": "a b c"] as JSONValue)).structuredContent?["words"]?.int == 3)
            await client.close()
        }
        process.process.terminate()
        let outcome = try process.finish()
        #expect(outcome.status == 0)
        #expect(outcome.output.isEmpty)
        for line in outcome.errors.split(separator: "\n") { _ = try RawJSON(parsing: String(line)) }
    }

    @Test("larger than it may be it drains and ends with a code of its own, so that its supervisor starts it again; with room it stays")
    func memoryLimit() throws {
        let outgrown = try InterlockProcess.run(["serve", "--port", "0", "--max-rss", "1048576"])
        #expect(outgrown.status == 75)
        #expect(outgrown.errors.contains(#""event":"memory_limit""#) && outgrown.errors.contains(#""reason":"memory""#), "\(outgrown.errors)")
        let roomy = try InterlockProcess(["serve", "--port", "0", "--max-rss", "1099511627776"])
        _ = try roomy.logLine(containing: #""event":"started""#)
        roomy.process.terminate()
        #expect(try roomy.finish().status == 0)
    }

    @Test("serves on standard input and output, and ends with exit code 0 at their end")
    func stdio() async throws {
        let path = try #require(InterlockProcess.path)
        let client = Client(StdioClientTransport(ServerCommand(path, arguments: ["serve", "--stdio"])), info: Implementation(name: "test", version: "1"))
        try await client.connect()
        #expect(try await client.listTools().count == 15)
        await client.close()
        #expect(try InterlockProcess.run(["serve", "--stdio"]).status == 0)
    }

    @Test("20 processes: 20 calls of register_user at once are exactly 10 successes in each")
    func registration() async throws {
        let path = try #require(InterlockProcess.path)
        for _ in 0..<20 {
            let client = Client(StdioClientTransport(ServerCommand(path, arguments: ["serve", "--stdio"])), info: Implementation(name: "test", version: "1"))
            try await client.connect()
            let successes = try await withThrowingTaskGroup { group in
                for index in 0..<20 {
                    group.addTask { try await !client.callTool("register_user", arguments: RawJSON(["userId": .string("u\(index)")] as JSONValue)).isError }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            await client.close()
            #expect(successes == 10)
        }
    }

    @Test("an unsafe process takes more than 10 within 100 rounds")
    func unsafeRegistration() async throws {
        let path = try #require(InterlockProcess.path)
        for _ in 0..<100 {
            let command = ServerCommand(path, arguments: ["serve", "--stdio", "--unsafe-demo"])
            let client = Client(StdioClientTransport(command), info: Implementation(name: "test", version: "1"))
            try await client.connect()
            let successes = try await withThrowingTaskGroup { group in
                for index in 0..<20 {
                    group.addTask { try await !client.callTool("register_user", arguments: RawJSON(["userId": .string("u\(index)")] as JSONValue)).isError }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            await client.close()
            if successes > 10 { return }
        }
        Issue.record("the proof above proves nothing: it does not notice a missing lock")
    }

    /// The sum of five balances that began at 10,000 each, after many clients have moved money between them over real sockets.
    private func total(at url: String, clients: Int, transfers: Int) async throws -> Int {
        let teller = try await connect(to: url, era: .modern())
        for index in 0..<5 { _ = try await teller.callTool("open_account", arguments: RawJSON(["id": .string("a\(index)"), "balance": 10_000] as JSONValue)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<clients {
                group.addTask {
                    let client = try await connect(to: url, era: .modern())
                    var random = SeededRandom(seed: UInt64(number))
                    for _ in 0..<transfers {
                        let from = Int.random(in: 0..<5, using: &random)
                        let arguments: JSONValue = [
                            "from": .string("a\(from)"), "to": .string("a\((from + Int.random(in: 1..<5, using: &random)) % 5)"),
                            "amount": .number(JSONNumber(Int.random(in: 1...20, using: &random))),
                        ]
                        let result = try await client.callTool("transfer", arguments: RawJSON(arguments))
                        // A balance may not cover an amount; anything else that is refused is a fault.
                        if result.isError { #expect(result.content.first?.text?.contains("does not cover") == true, "\(result.content)") }
                    }
                    await client.close()
                }
            }
            try await group.waitForAll()
        }
        var total = 0
        for index in 0..<5 {
            let account = try await teller.callTool("get_balance", arguments: RawJSON(["id": .string("a\(index)")] as JSONValue))
            total += try #require(account.structuredContent?["balance"]?.int)
        }
        await teller.close()
        return total
    }

    @Test("200 clients with 50 transfers each conserve money to the cent")
    func transfers() async throws {
        let (process, url) = try serve()
        #expect(try await total(at: url, clients: 200, transfers: 50) == 50_000)
        process.process.terminate()
        #expect(try process.finish().status == 0)
    }

    @Test("an unsafe process makes or loses money within 100 rounds")
    func unsafeTransfers() async throws {
        for _ in 0..<100 {
            let (process, url) = try serve(["--unsafe-demo"])
            let total = try await total(at: url, clients: 20, transfers: 50)
            process.process.terminate()
            _ = try process.finish()
            if total != 50_000 { return }
        }
        Issue.record("the proof above proves nothing: it does not notice missing locks")
    }

    @Test("call and list print what people and programs read, and end with the documented exit codes")
    func callAndList() throws {
        let (process, url) = try serve()
        let call = try InterlockProcess.run(["call", url, "count_words", #"{"text":"a b"}"#])
        #expect(call.status == 0)
        #expect(call.output == "{\"words\":2}\n")
        #expect(call.errors.isEmpty)

        let json = try InterlockProcess.run(["call", "--json", "--era", "legacy", url, "count_words", #"{"text":"a b"}"#])
        #expect(try RawJSON(parsing: json.output.filter { $0 != "\n" })["structuredContent"]?["words"]?.int == 2)

        let failed = try InterlockProcess.run(["call", url, "get_user", #"{"id":"nobody"}"#])
        #expect(failed.status == 5)
        #expect(try RawJSON(parsing: failed.errors.filter { $0 != "\n" })["error"]?["code"]?.string == "tool_error")

        let misspelt = try InterlockProcess.run(["call", url, "count_word"])
        #expect(misspelt.status == 5 && misspelt.errors.contains("did you mean 'count_words'? It has"), "\(misspelt.errors)")
        #expect(try InterlockProcess.run(["call", "http://127.0.0.1:1/mcp", "x"]).status == 4)
        #expect(try InterlockProcess.run(["call", "/no/such/command", "x"]).status == 4)

        let list = try InterlockProcess.run(["list", url])
        #expect(list.status == 0)
        #expect(list.output.contains("transfer(from, to, amount, idempotencyKey?)"))
        let listed = try InterlockProcess.run(["list", "--json", url])
        #expect(try RawJSON(parsing: listed.output.filter { $0 != "\n" })["tools"]?.elements?.count == 15)

        process.process.terminate()
        #expect(try process.finish().status == 0)
    }

    @Test("words that cannot be written are dropped, and what a command says by its exit code stays", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func unwritable() throws {
        let path = try #require(InterlockProcess.path)
        let command = "\"$0\" bench compare --baseline /no/such/file --candidate /no/such/file"
        for script in ["\(command) 2>/dev/full", "\(command) 2>&-"] {
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            shell.arguments = ["-c", script, path]
            try InterlockProcess.launch(shell)
            shell.waitUntilExit()
            #expect(shell.terminationReason == .exit && shell.terminationStatus == 1, "\(script): \(shell.terminationStatus)")
        }
    }

    @Test("a load of which no call is due in its time tells nothing, and says so")
    func noCalls() throws {
        let run = try InterlockProcess.run(["bench", "--poisson", "--rate", "0.0001", "-d", "50ms", "--warm-up", "0s", "--tool", "count_words", "--", try #require(InterlockProcess.path), "serve", "--stdio"])
        #expect(run.status == 8 && run.errors.contains("No call was due"), "\(run)")
    }

    /// Where nobody else is given a port, so that one which has become free stays so; only Linux takes every address of loopback without being told of it.
    #if os(Linux)
    private static let ownAddress = "127.77.0.1"
    #else
    private static let ownAddress = "127.0.0.1"
    #endif

    @Test("a session survives a restart of the server with a SQLite store")
    func restart() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) } // only litter in the temporary folder is at stake
        let arguments = ["--host", Self.ownAddress, "--session-store", "sqlite:\(folder)/sessions.sqlite"]
        let (first, url) = try serve(arguments)
        let transport = HTTPClientTransport(url)
        let client = Client(
            transport, info: Implementation(name: "test", version: "1"), configuration: ClientConfiguration(era: .legacy(), opensServerStream: false))
        try await client.connect()
        _ = try await client.listTools()
        let session = try #require(transport.sessionID)
        first.process.terminate()
        #expect(try first.finish().status == 0)

        let port = try #require(URL(string: url)?.port)
        let second = try InterlockProcess(["serve", "--port", "\(port)"] + arguments)
        _ = try second.logLine(containing: #""event":"started""#)
        #expect(try await client.listTools().count == 15)
        #expect(transport.sessionID == session, "the client had to start a new session")
        await client.close()
        second.process.terminate()
        #expect(try second.finish().status == 0)
    }
}
