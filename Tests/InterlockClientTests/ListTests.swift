import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import Synchronization
import Testing

@Suite("Lists, caches and mirrored arguments", .timeLimit(.minutes(5)))
struct ListTests {
    private static func page(_ names: [String], next: String?, ttl: Int = 0) -> String {
        let tools = names.map { #"{"name":"\#($0)","inputSchema":{"type":"object"}}"# }.joined(separator: ",")
        return #"{"resultType":"complete","tools":[\#(tools)],"ttlMs":\#(ttl),"cacheScope":"private"\#(next.map { #","nextCursor":"\#($0)""# } ?? "")}"#
    }

    @Test("All pages are fetched; the empty string is a cursor like any other")
    func pages() async throws {
        try await withFixture(script: { message, server in
            switch message.params?["cursor"]?.string {
            case nil: server.reply(message, Self.page(["a"], next: ""))
            case "": server.reply(message, Self.page(["b"], next: "x"))
            default: server.reply(message, Self.page(["c"], next: nil))
            }
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.listTools().map(\.name) == ["a", "b", "c"])
        }
    }

    @Test("A list that comes back to a cursor has no end, one with too many pages is given up")
    func endless() async throws {
        try await withFixture(script: { message, server in server.reply(message, Self.page([], next: "same")) }) { (fixture: Fixture) async throws in
            #expect(await #expect(throws: ClientError.self) { try await fixture.client.listTools() }?.code == .invalidResponse)
        }
        try await withFixture(configuration: ClientConfiguration(maximumPages: 5), script: { message, server in
            server.reply(message, Self.page([], next: "\(server.messages.count)"))
        }) { (fixture: Fixture) async throws in
            #expect(await #expect(throws: ClientError.self) { try await fixture.client.listTools() }?.code == .limitExceeded)
            #expect(fixture.server.messages(of: Method.toolsList).count == 5)
        }
    }

    @Test("A fresh list is not fetched again until its time is up or it is said to have changed")
    func cache() async throws {
        try await withFixture(configuration: ClientConfiguration(cachedResults: 10), script: { message, server in
            server.reply(message, Self.page(["a"], next: nil, ttl: 1000))
        }) { (fixture: Fixture) async throws in
            func fetched() -> Int { fixture.server.messages(of: Method.toolsList).count }
            _ = try await fixture.client.listTools()
            _ = try await fixture.client.listTools()
            #expect(fetched() == 1)
            fixture.clock.advance(by: .seconds(1))
            _ = try await fixture.client.listTools()
            #expect(fetched() == 2)
            fixture.server.send(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#)
            _ = try await fixture.client.listTools()
            #expect(fetched() == 3)
        }
    }

    @Test("Arguments are mirrored as the tool's schema says, and tools that say it wrongly are left out")
    func mirrored() async throws {
        try await withFixture(script: { message, server in
            if message.method == Method.toolsList {
                server.reply(message, #"{"resultType":"complete","ttlMs":0,"cacheScope":"private","tools":[{"name":"good","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}},{"name":"bad","inputSchema":{"type":"object","properties":{"n":{"type":"number","x-mcp-header":"N"}}}}]}"#)
            } else {
                server.reply(message, Replies.text("ok"))
            }
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.listTools().map(\.name) == ["good"])
            _ = try await fixture.client.callTool("good", arguments: RawJSON(parsing: #"{"region":"zürich"}"#))
            let headers = try #require(fixture.transport.headers(of: Method.toolsCall).first)
            #expect(headers[RoutingHeaders.method] == "tools/call")
            #expect(headers[RoutingHeaders.name] == "good")
            #expect(headers[RoutingHeaders.protocolVersion] == "2026-07-28")
            #expect(headers["Mcp-Param-Region"] == HeaderValue.encode("zürich"))
        }
    }

    @Test("After a header mismatch the tools are listed again and the call is repeated once")
    func headerMismatch() async throws {
        try await withFixture(script: { message, server in
            if message.method == Method.toolsList {
                server.reply(message, Self.page(["a"], next: nil))
            } else if server.messages(of: Method.toolsList).isEmpty {
                server.fail(message, -32020)
            } else {
                server.reply(message, Replies.text("ok"))
            }
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.callTool("a").content == [.text("ok")])
            #expect(fixture.server.messages(of: Method.toolsCall).count == 2)
        }
    }

    @Test("Resources, templates, prompts and completions are asked for by their methods")
    func others() async throws {
        try await withFixture(modern: false, script: { message, server in
            switch message.method {
            case Method.resourcesList: server.reply(message, #"{"resources":[{"uri":"a:b","name":"n"}]}"#)
            case Method.resourceTemplatesList: server.reply(message, #"{"resourceTemplates":[{"uriTemplate":"a:{x}","name":"n"}]}"#)
            case Method.promptsList: server.reply(message, #"{"prompts":[{"name":"p"}]}"#)
            case Method.resourcesRead: server.reply(message, #"{"contents":[{"uri":"a:b","text":"t"}]}"#)
            case Method.complete: server.reply(message, #"{"completion":{"values":["v"]}}"#)
            case Method.resourcesSubscribe, Method.resourcesUnsubscribe: server.reply(message, "{}")
            default: break
            }
        }) { (fixture: Fixture) async throws in
            let client = fixture.client
            #expect(try await client.listResources().map(\.uri) == ["a:b"])
            #expect(try await client.listResourceTemplates().map(\.uriTemplate) == ["a:{x}"])
            #expect(try await client.listPrompts().map(\.name) == ["p"])
            #expect(try await client.readResource("a:b").contents.count == 1)
            #expect(try await client.complete(.prompt(name: "p"), argument: "x", value: "").values == ["v"])
            try await client.subscribe(to: "a:b")
            try await client.unsubscribe(from: "a:b")
        }
    }
}
