import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import Synchronization
import Testing

@Suite("Input that a server asks for", .timeLimit(.minutes(5)))
struct InputTests {
    private static let form = #"{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","default":30}},"required":["name"]}"#
    private static func elicitation(_ schema: String = form) -> String {
        #"{"method":"elicitation/create","params":{"mode":"form","message":"Who?","requestedSchema":\#(schema)}}"#
    }

    private static var formHandlers: ClientHandlers {
        var handlers = ClientHandlers()
        handlers.elicitForm = { _ in .accept(["name": "Ada"]) }
        handlers.roots = { [Root(uri: "file:///work")] }
        return handlers
    }

    @Test("Rounds repeat the request with a new id, the answers, and the state byte for byte")
    func rounds() async throws {
        let state = #"a\\b \u00e9 \"q\""#
        try await withFixture(handlers: Self.formHandlers, script: { message, server in
            if message.params?["inputResponses"] == nil {
                server.reply(message, #"{"resultType":"input_required","inputRequests":{"who":\#(Self.elicitation()),"where":{"method":"roots/list"}},"requestState":"\#(state)"}"#)
            } else {
                server.reply(message, Replies.text("done"))
            }
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.callTool("ask", arguments: RawJSON(parsing: #"{"x":1.0}"#)).content == [.text("done")])
            let calls = fixture.server.messages(of: Method.toolsCall)
            try #require(calls.count == 2)
            #expect(calls[0].id != calls[1].id)
            #expect(calls[0].params?["requestState"] == nil)
            #expect(calls[1].params?["arguments"]?.description == #"{"x":1.0}"#)
            let sent = try RawJSON(parsing: "\"\(state)\"").string
            #expect(calls[1].params?["requestState"]?.string == sent)
            #expect(calls[1].params?["inputResponses"]?["who"]?["content"]?.value() == ["name": "Ada", "age": 30])
            #expect(calls[1].params?["inputResponses"]?["where"]?["roots"]?.elements?.first?["uri"]?.string == "file:///work")
            #expect(calls[1].params?["_meta"]?[MetaKey.clientCapabilities]?["roots"] != nil)
        }
    }

    @Test("State alone is sent back at once, and not when none was given")
    func stateOnly() async throws {
        try await withFixture(script: { message, server in
            switch message.params?["requestState"]?.string {
            case nil where server.messages(of: Method.promptsGet).count == 1: server.reply(message, #"{"resultType":"input_required","requestState":"one"}"#)
            default: server.reply(message, #"{"resultType":"complete","messages":[]}"#)
            }
        }) { (fixture: Fixture) async throws in
            _ = try await fixture.client.getPrompt("p")
            let calls = fixture.server.messages(of: Method.promptsGet)
            #expect(calls.map { $0.params?["requestState"]?.string } == [nil, "one"])
            #expect(calls[1].params?["inputResponses"] == nil)
        }
    }

    @Test("A server that never has enough is given up after the rounds allowed")
    func cap() async throws {
        try await withFixture(configuration: ClientConfiguration(maximumRounds: 3), script: { message, server in
            server.reply(message, #"{"resultType":"input_required","requestState":"again"}"#)
        }) { (fixture: Fixture) async throws in
            let error = await #expect(throws: ClientError.self) { try await fixture.client.readResource("test://a") }
            #expect(error?.code == .limitExceeded)
            #expect(fixture.server.messages(of: Method.resourcesRead).count == 4)
        }
    }

    @Test("Input that no handler gives fails the call, which is not repeated")
    func missingHandler() async throws {
        try await withFixture(script: { message, server in
            server.reply(message, #"{"resultType":"input_required","inputRequests":{"who":\#(Self.elicitation())}}"#)
        }) { (fixture: Fixture) async throws in
            let error = await #expect(throws: ClientError.self) { try await fixture.client.callTool("ask") }
            #expect(error?.code == .inputFailed)
            #expect(fixture.server.messages(of: Method.toolsCall).count == 1)
        }
    }

    @Test("Declining is an answer, and carries no content")
    func decline() async throws {
        var handlers = ClientHandlers()
        handlers.elicitForm = { _ in ElicitResult(action: .decline, content: ["name": "x"]) }
        try await withFixture(handlers: handlers, script: { message, server in
            if let answer = message.params?["inputResponses"]?["who"] {
                server.reply(message, Replies.text("\(answer["action"]?.string ?? "") \(answer["content"] == nil)"))
            } else {
                server.reply(message, #"{"resultType":"input_required","inputRequests":{"who":\#(Self.elicitation())}}"#)
            }
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.callTool("ask").content == [.text("decline true")])
        }
    }

    @Test("The manual surface hands the server's questions to the caller")
    func manual() async throws {
        try await withFixture(script: { message, server in
            server.reply(message, #"{"resultType":"input_required","requestState":"s"}"#)
        }) { (fixture: Fixture) async throws in
            guard case .inputRequired(let required) = try await fixture.client.callToolOnce(CallToolParams(name: "ask")) else {
                Issue.record("expected a request for input")
                return
            }
            #expect(required.requestState == "s")
        }
    }

    @Test("A legacy server's requests are answered by the same handlers")
    func legacyRequests() async throws {
        var handlers = Self.formHandlers
        handlers.sampling = { _ in throw SamplingRejected() }
        let sampling = #"{"messages":[{"role":"user","content":{"type":"text","text":"hi"}}],"maxTokens":5}"#
        let requests: [(method: String, params: String)] = [
            ("ping", "{}"), ("roots/list", "{}"), ("elicitation/create", #"{"message":"Who?","requestedSchema":\#(Self.form)}"#),
            ("elicitation/create", #"{"mode":"url","message":"Go","url":"https://a","elicitationId":"1"}"#),
            ("sampling/createMessage", sampling), ("vendor/unknown", "{}"), ("sampling/createMessage", #"{"maxTokens":5}"#),
        ]
        try await withFixture(modern: false, handlers: handlers) { (fixture: Fixture) async throws in
            for (index, request) in requests.enumerated() {
                fixture.server.send(#"{"jsonrpc":"2.0","id":"s\#(index)","method":"\#(request.method)","params":\#(request.params)}"#)
            }
            await fixture.server.waitUntil { $0.count { $0.method == nil } == requests.count }
            let answers = Dictionary(uniqueKeysWithValues: fixture.server.messages.filter { $0.method == nil }.map { ($0.idText, $0) })
            #expect(answers["\"s0\""]?.result?.description == "{}")
            #expect(answers["\"s1\""]?.result?["roots"]?.elements?.count == 1)
            #expect(answers["\"s2\""]?.result?["content"]?["age"]?.int == 30)
            #expect(answers["\"s3\""]?.error?["code"]?.int == -32602)
            #expect(answers["\"s4\""]?.error?["code"]?.int == -1)
            #expect(answers["\"s5\""]?.error?["code"]?.int == -32601)
            #expect(answers["\"s6\""]?.error?["code"]?.int == -32602)
            let declared = try #require(fixture.server.messages(of: Method.initialize).first?.params?["capabilities"])
            #expect(declared["roots"] != nil && declared["sampling"] != nil && declared["elicitation"] != nil)
        }
    }

    @Test("A request that the server cancels is not answered, and its handler is cancelled")
    func serverCancels() async throws {
        let gate = Gate()
        let ended = Gate()
        var handlers = ClientHandlers()
        handlers.roots = {
            do {
                try await gate.wait()
            } catch {
                ended.open()
                throw error
            }
            return []
        }
        try await withFixture(modern: false, handlers: handlers) { (fixture: Fixture) async throws in
            fixture.server.send(#"{"jsonrpc":"2.0","id":5,"method":"roots/list"}"#)
            try await gate.waitForWaiters(1)
            fixture.server.send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}"#)
            try await ended.wait()
            fixture.server.send(#"{"jsonrpc":"2.0","id":6,"method":"ping"}"#)
            await fixture.server.waitUntil { $0.contains { $0.idText == "6" } }
            #expect(!fixture.server.messages.contains { $0.method == nil && $0.idText == "5" })
        }
    }

    @Test("A modern server's request is dropped: its revision has none")
    func modernServerRequests() async throws {
        try await withFixture(handlers: Self.formHandlers, script: { message, server in
            server.send(#"{"jsonrpc":"2.0","id":5,"method":"roots/list"}"#)
            server.reply(message, Replies.text("ok"))
        }) { (fixture: Fixture) async throws in
            _ = try await fixture.client.callTool("a")
            #expect(!fixture.server.messages.contains { $0.method == nil })
        }
    }
}
