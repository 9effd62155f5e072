import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Testing

@Suite("Features")
struct FeatureTests {
    private func server(_ change: (inout ServerConfiguration) -> Void = { _ in }) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1", instructions: "how to")
        change(&configuration)
        return try Server(configuration: configuration) {
            for number in 1...7 { Tool("tool\(number)") { (_: HandlerContext) in "\(number)" } }
            Resource("test://static", name: "static", description: "A text") { _ in "text" }
            ResourceTemplate("test://item/{id}", name: "item") { variables, _ in
                let uri = "test://item/\(variables["id"] ?? "")"
                guard variables["id"] != "none" else { throw ProtocolError.resourceNotFound(uri: uri, revision: .latest) }
                return [.text(uri: uri, mimeType: "text/plain", text: variables["id"] ?? "")]
            }.completing("id") { prefix, _ in (0..<150).map { "\(prefix)\($0)" } }
            Prompt("greet", "Greets", arguments: [PromptArgument(name: "who", required: true)]) { arguments, _ in
                GetPromptResult(messages: [PromptMessage(role: .user, content: .text("Hello \(arguments["who"] ?? "")"))])
            }
        }
    }

    @Test("discovery tells versions, capabilities and cache hints", .timeLimit(.minutes(5)))
    func discovery() async throws {
        let result = try await WireClient(try server()).request(Messages.request("server/discover", modern: true))["result"]
        #expect(result?["supportedVersions"]?.array?.first == "2026-07-28")
        #expect(result?["capabilities"]?["tools"]?["listChanged"]?.bool == true)
        #expect(result?["capabilities"]?["completions"] != nil)
        #expect(result?["ttlMs"]?.int == 60_000 && result?["cacheScope"]?.string == "public")
        #expect(result?["instructions"]?.string == "how to")
        #expect(result?["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"]?.string == "s")
    }

    @Test("lists come in pages, in the order of declaration, and a cursor does not outlive its list", .timeLimit(.minutes(5)))
    func pages() async throws {
        let server = try server { $0.pageSize = 3 }
        let client = try WireClient(server)
        var names: [String] = []
        var cursor: String? = nil
        var first: String?
        repeat {
            let member = cursor.map { #""cursor":"\#($0)""# } ?? ""
            let result = try await client.request(Messages.request("tools/list", member, modern: true))["result"]
            names += result?["tools"]?.array?.compactMap { $0["name"]?.string } ?? []
            cursor = result?["nextCursor"]?.string
            first = first ?? cursor
        } while cursor != nil
        #expect(names == (1...7).map { "tool\($0)" })
        try server.addFeatures { Tool("late") { (_: HandlerContext) in "" } }
        let between = Cursor(generation: 0, offset: 2).text
        #expect(try await client.request(Messages.request("tools/list", #""cursor":"\#(between)""#, modern: true)).errorCode == -32602, "a place inside a page was never given out")
        let stale = try await client.request(Messages.request("tools/list", #""cursor":"\#(first ?? "")""#, modern: true))
        #expect(stale.errorCode == -32602)
    }

    @Test("resources are read by URI and by template; what is not there has the code of its era", .timeLimit(.minutes(5)))
    func resources() async throws {
        let client = try WireClient(try server())
        func read(_ uri: String) async throws -> JSONValue { try await client.request(Messages.request("resources/read", #""uri":"\#(uri)""#, modern: true)) }
        #expect(try await read("test://static")["result"]?["contents"]?[0]?["text"]?.string == "text")
        #expect(try await read("test://item/42")["result"]?["contents"]?[0]?["text"]?.string == "42")
        for uri in ["test://nothing", "test://item/none"] {
            let answer = try await read(uri)
            #expect(answer.errorCode == -32602 && answer["error"]?["data"]?["uri"]?.string == uri)
        }
        _ = try await client.request(Messages.initialize(id: 50))
        #expect(try await client.request(Messages.request("resources/read", #""uri":"test://nothing""#)).errorCode == -32002)
    }

    @Test("prompts want their arguments; completions are at most a hundred", .timeLimit(.minutes(5)))
    func promptsAndCompletions() async throws {
        let client = try WireClient(try server())
        let prompt = try await client.request(Messages.request("prompts/get", #""name":"greet","arguments":{"who":"Ann"}"#, modern: true))
        #expect(prompt["result"]?["messages"]?[0]?["content"]?["text"]?.string == "Hello Ann")
        #expect(try await client.request(Messages.request("prompts/get", #""name":"greet""#, modern: true)).errorCode == -32602)
        let completion = try await client.request(Messages.request(
            "completion/complete", #""ref":{"type":"ref/resource","uri":"test://item/{id}"},"argument":{"name":"id","value":"a"}"#, modern: true))
        #expect(completion["result"]?["completion"]?["values"]?.array?.count == 100)
        #expect(completion["result"]?["completion"]?["hasMore"]?.bool == true)
    }

    @Test("a subscription is acknowledged first, hears what it asked for, and ends in good order", .timeLimit(.minutes(5)))
    func subscriptions() async throws {
        let server = try server()
        let client = try WireClient(server)
        client.send(Messages.request("subscriptions/listen", #""notifications":{"toolsListChanged":true,"resourceSubscriptions":["test://static"]}"#, id: #""sub""#, modern: true))
        let acknowledged = try await client.next()
        #expect(acknowledged["method"]?.string == "notifications/subscriptions/acknowledged")
        #expect(acknowledged["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"]?.string == "sub")
        #expect(acknowledged["params"]?["notifications"]?["toolsListChanged"]?.bool == true)
        try server.addFeatures { Prompt("p") { _, _ in GetPromptResult(messages: []) } }
        try server.addFeatures { Tool("late") { (_: HandlerContext) in "" } }
        #expect(try await client.next()["method"]?.string == "notifications/tools/list_changed")
        server.notifyListChanged(.prompts) // not asked for
        server.notifyListChanged(.tools)
        #expect(try await client.next()["method"]?.string == "notifications/tools/list_changed")
        server.notifyResourceUpdated(uri: "test://other")
        server.notifyResourceUpdated(uri: "test://static")
        let updated = try await client.next()
        #expect(updated["params"]?["uri"]?.string == "test://static")
        #expect(updated["params"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"]?.string == "sub")
        server.beginGracefulShutdown()
        #expect(try await client.response("sub")["result"]?["resultType"]?.string == "complete")
        #expect(server.snapshot.subscriptions == 0)
    }

    @Test("a listener that goes, or is cancelled, is forgotten", .timeLimit(.minutes(5)))
    func listenerGone() async throws {
        let server = try server()
        let client = try WireClient(server)
        let listen = Messages.request("subscriptions/listen", #""notifications":{"toolsListChanged":true}"#, id: "5", modern: true)
        client.send(listen)
        #expect(server.snapshot.subscriptions == 1)
        client.send(Messages.cancel("5"))
        #expect(server.snapshot.subscriptions == 0)
        let probe = try ExchangeProbe.post(listen, to: server, headers: Messages.modernHeaders("subscriptions/listen"))
        #expect(server.snapshot.subscriptions == 1)
        probe.inbox.disconnect()
        #expect(server.snapshot.subscriptions == 0)
        client.send(listen)
        client.disconnect()
        #expect(server.snapshot.subscriptions == 0)
    }

    @Test("a listener that does not read is let go", .timeLimit(.minutes(5)))
    func slowListener() async throws {
        let server = try server()
        let listen = Messages.request("subscriptions/listen", #""notifications":{"toolsListChanged":true}"#, id: "5", modern: true)
        let probe = try ExchangeProbe.post(listen, to: server, headers: Messages.modernHeaders("subscriptions/listen"))
        probe.inbox.setFull(true)
        try server.addFeatures { Tool("late") { (_: HandlerContext) in "" } }
        #expect(server.snapshot.subscriptions == 0)
        #expect(probe.isFinished)
    }

    @Test("logs go out only to a request that asked for that level", .timeLimit(.minutes(5)))
    func logs() async throws {
        let server = try Server(name: "s", version: "1") {
            Tool("talk") { (context: HandlerContext) in
                context.log(.debug, "fine")
                context.log(.error, "bad")
                return "said"
            }
        }
        let client = try WireClient(server)
        _ = try await client.request(Messages.call("talk", modern: true))
        #expect(client.pending.isEmpty)
        let meta = #","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"warning"}"#
        client.send(#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"talk"\#(meta)}}"#)
        #expect(try await client.next()["params"]?["data"]?.string == "bad")
        #expect(try await client.next()["id"] == 2)
    }

    @Test("progress rises, comes with the token it was asked for, and stops with the answer", .timeLimit(.minutes(5)))
    func progress() async throws {
        let clock = ManualClock()
        let server = try self.server { $0.clock = clock }
        try server.addFeatures {
            Tool("work") { (context: HandlerContext) in
                context.reportProgress(1, total: 4)
                context.reportProgress(2, total: 4) // too soon
                clock.advance(by: .milliseconds(20))
                context.reportProgress(1, total: 4) // does not rise
                context.reportProgress(3, total: 4)
                context.reportProgress(4, total: 4) // soon, but the last
                return "done"
            }
        }
        let client = try WireClient(server)
        let token = Messages.modernMeta.dropLast() + #","progressToken":"t"}"#
        client.send(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"work",\#(token)}}"#)
        var values: [Int] = []
        while true {
            let message = try await client.next()
            guard message["method"]?.string == "notifications/progress" else {
                #expect(message.text == "done")
                break
            }
            #expect(message["params"]?["progressToken"]?.string == "t")
            values.append(message["params"]?["progress"]?.int ?? -1)
        }
        #expect(values == [1, 3, 4])
    }

    @Test("a server that cannot be offered as declared is not made", arguments: ["", "with space", String(repeating: "x", count: 65), "a/b"])
    func badNames(name: String) {
        #expect(throws: FeatureError.self) { try Server(name: "s", version: "1") { Tool(name) { (_: HandlerContext) in "" } } }
    }

    @Test("names are unique, schemas have an object at the root and patterns that run in linear time")
    func badFeatures() {
        #expect(throws: FeatureError.self) {
            try Server(name: "s", version: "1") {
                Tool("a") { (_: HandlerContext) in "" }
                Tool("a") { (_: HandlerContext) in "" }
            }
        }
        for schema: JSONValue in [["type": "string"], [:], ["type": "object", "properties": ["x": ["pattern": #"(a)\1"#]]], ["type": "object", "$ref": "https://example.com/s"]] {
            #expect(throws: FeatureError.self) {
                try Server(name: "s", version: "1") { Tool("a", inputSchema: RawJSON(schema)) { (_: RawJSON, _) in "" } }
            }
        }
    }

    @Test("routing headers must repeat the body", .timeLimit(.minutes(5)), arguments: [
        (["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "tool1"], 200, 0),
        (["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call"], 400, -32020),
        (["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "tool2"], 400, -32020),
        (["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list", "Mcp-Name": "tool1"], 400, -32020),
        (["Mcp-Method": "tools/call", "Mcp-Name": "tool1"], 400, -32020),
    ])
    func routingHeaders(headers: [String: String], status: Int, code: Int) async throws {
        let probe = try ExchangeProbe.post(Messages.call("tool1", modern: true), to: try server(), headers: headers)
        #expect(await probe.response.status == status)
        #expect(try await probe.body.errorCode ?? 0 == code)
    }
}
