import InterlockClient
import InterlockHTTPServer
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import InterlockTransport
import Testing

@testable import InterlockReference

@Suite("Reference server", .timeLimit(.minutes(5)))
struct ReferenceServerTests {
    static let tools: [(name: String, arguments: [String])] = [
        ("search_documents", ["query", "limit"]), ("get_document", ["id"]), ("register_user", ["userId"]), ("get_user", ["id"]),
        ("open_account", ["id", "balance"]), ("get_balance", ["id"]), ("transfer", ["from", "to", "amount", "idempotencyKey"]),
        ("increment_counter", ["name", "by"]), ("get_counter", ["name"]), ("create_note", ["name", "text"]), ("get_note", ["name"]), ("enrich_record", ["recordId"]),
        ("hash_password", ["password"]), ("verify_password", ["password", "hash"]), ("count_words", ["text", "documentId"]),
    ]

    @Test("offers its tools with their arguments, and a schema for every answer")
    func list() async throws {
        try await withReference { client, _ in
            let tools = try await client.listTools()
            #expect(tools.map(\.name) == Self.tools.map(\.name))
            for (tool, expected) in zip(tools, Self.tools) {
                #expect(tool.inputSchema["properties"]?.members?.map(\.key) == expected.arguments)
                #expect(tool.outputSchema?["type"]?.string == "object")
            }
        }
    }

    @Test("every tool answers with structured content that fits its schema, and the same as text")
    func answers() async throws {
        try await withReference { client, _ in
            let schemas = Dictionary(uniqueKeysWithValues: try await client.listTools().map { ($0.name, $0.outputSchema) })
            let calls: [(String, JSONValue)] = [
                ("search_documents", ["query": "lock"]), ("get_document", ["id": "hazards.md"]), ("register_user", ["userId": "ada"]),
                ("get_user", ["id": "ada"]), ("open_account", ["id": "a", "balance": 100]), ("open_account", ["id": "b", "balance": 0]),
                ("get_balance", ["id": "a"]), ("transfer", ["from": "a", "to": "b", "amount": 40]),
                ("increment_counter", ["name": "visits"]), ("get_counter", ["name": "visits"]), ("create_note", ["name": "first", "text": "hello"]),
                ("get_note", ["name": "first"]), ("enrich_record", ["recordId": "r"]),
                ("count_words", ["text": "one two"]),
            ]
            for (name, arguments) in calls {
                let result = try await client.call(name, arguments)
                #expect(!result.isError, "\(name): \(result.text)")
                let structured = try #require(result.structuredContent, "\(name)")
                let schema = try JSONSchema(try #require(schemas[name] ?? nil).value())
                #expect(schema.validate(structured).isEmpty, "\(name)")
                #expect(!result.text.isEmpty)
            }
            #expect(try await client.call("get_balance", ["id": "b"]).structuredContent?["balance"]?.int == 40)
        }
    }

    @Test("refuses in words, as tool errors", arguments: [
        ("get_user", ["id": "nobody"], "register_user"), ("get_balance", ["id": "nobody"], "open_account"), ("get_document", ["id": "../x"], "search_documents"),
        ("search_documents", ["query": "?!"], "word"), ("transfer", ["from": "a", "to": "a", "amount": 1], "itself"),
        ("get_note", ["name": "nobody"], "create_note"), ("create_note", ["name": "../x", "text": "t"], "letters"),
        ("transfer", ["from": "a", "to": "b", "amount": 0], "at least 1"), ("open_account", ["id": "x", "balance": -1], "between 0"),
    ] as [(String, JSONValue, String)])
    func refusals(tool: String, arguments: JSONValue, hint: String) async throws {
        try await withReference { client, _ in
            let result = try await client.call(tool, arguments)
            #expect(result.isError)
            #expect(result.text.contains(hint), "\(result.text)")
            #expect(!result.text.contains("UNSAFE"))
        }
    }

    @Test("documents are resources too, in the list, by their template, and as completions")
    func resources() async throws {
        try await withReference { client, _ in
            _ = try await client.call("search_documents", ["query": "lock"])
            #expect(try await client.listResourceTemplates().map(\.uriTemplate) == ["docs:///{+path}"])
            let contents = try await client.readResource("docs:///tools.md").contents
            #expect(contents == [.text(uri: "docs:///tools.md", mimeType: "text/markdown", text: BundledDocuments.all[1].text)])
            await #expect(throws: ProtocolError.self) { try await client.readResource("docs:///missing.md") }
        }
    }

    @Test("resources come and go with the files")
    func following() async throws {
        let folder = try TemporaryFolder()
        try folder.write("# A b\n", to: "a b.md")
        let clock = ManualClock()
        try await withReference(documents: .folder(folder.path), clock: clock) { client, reference in
            _ = try await client.call("search_documents", ["query": "b"])
            // The folder's next look and the line about memory.
            try await clock.waitForPending(2)
            #expect(try await client.listResources().map(\.uri) == ["docs:///a%20b.md"])
            #expect(try await client.readResource("docs:///a%20b.md").contents.count == 1)
            try folder.write("second", to: "sub/c.txt")
            try folder.remove("a b.md")
            clock.advance(by: .seconds(2))
            try await clock.waitForPending(2)
            #expect(try await client.listResources().map(\.uri) == ["docs:///sub/c.txt"])
        }
    }

    @Test("50 enrich_record calls at once are 50 successes without a refusal of the outside API")
    func enrich() async throws {
        let clock = ManualClock()
        try await withReference(clock: clock) { client, reference in
            let results = try await withThrowingTaskGroup(of: CallToolResult?.self) { group in
                for index in 0..<50 { group.addTask { try await client.call("enrich_record", ["recordId": .string("r\(index)")]) } }
                group.addTask {
                    // How fast time passes decides nothing; in smaller steps the calls' own deadline, which is on the machine's clock, may come first.
                    while !Task.isCancelled {
                        clock.advance(by: .milliseconds(20))
                        await Task.yield()
                    }
                    return nil
                }
                var results: [CallToolResult] = []
                while results.count < 50, let result = try await group.next() { result.map { results.append($0) } }
                group.cancelAll()
                return results
            }
            #expect(results.count == 50)
            #expect(results.allSatisfy { !$0.isError })
            #expect(reference.records.snapshot.accepted == 50)
            #expect(reference.records.snapshot.refused == 0)
        }
    }

    @Test("every answer of the unsafe demo says so, refusals and tool descriptions too")
    func unsafe() async throws {
        try await withReference(mode: .unsafe) { client, _ in
            #expect(try await client.listTools().allSatisfy { $0.description?.contains("UNSAFE DEMO") == true })
            let calls: [(String, JSONValue)] = [
                ("search_documents", ["query": "lock"]), ("get_document", ["id": "hazards.md"]), ("get_user", ["id": "nobody"]),
                ("open_account", ["id": "a", "balance": 1]), ("transfer", ["from": "a", "to": "a", "amount": 1]),
                ("increment_counter", ["name": "c"]), ("create_note", ["name": "n", "text": "t"]), ("get_note", ["name": "none"]), ("enrich_record", ["recordId": "r"]),
                ("hash_password", ["password": "x"]), ("count_words", ["text": "a"]),
            ]
            for (name, arguments) in calls {
                let result = try await client.call(name, arguments)
                #expect(result.text.contains("UNSAFE DEMO"), "\(name)")
                #expect(result.structuredContent?["unsafeDemo"]?.bool == true, "\(name)")
            }
        }
    }

    @Test("lives and is ready; while it drains it lives and is not ready")
    func health() async throws {
        try await withReference { client, reference in
            #expect(HealthRoutes.make(for: reference.server).map(\.path) == ["/health", "/ready"])
            #expect(HealthRoutes.health().status == 200)
            #expect(await HealthRoutes.readiness(of: reference.server).status == 200)
            reference.server.beginGracefulShutdown()
            #expect(HealthRoutes.health().status == 200)
            #expect(await HealthRoutes.readiness(of: reference.server).status == 503)
        }
    }
}
