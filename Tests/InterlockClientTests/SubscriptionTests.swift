import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import Synchronization
import Testing

@Suite("Subscriptions", .timeLimit(.minutes(5)))
struct SubscriptionTests {
    private static func acknowledge(_ message: ScannedMessage, _ server: ScriptedRuntime) {
        server.send(#"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/subscriptionId":\#(message.idText)}}}"#)
    }

    private static func change(_ method: String, _ id: String, _ params: String = "") -> String {
        #"{"jsonrpc":"2.0","method":"\#(method)","params":{\#(params)"_meta":{"io.modelcontextprotocol/subscriptionId":\#(id)}}}"#
    }

    @Test("Changes arrive in order, equal ones that wait count once, and the server's response ends the sequence")
    func changes() async throws {
        try await withFixture(script: { message, server in Self.acknowledge(message, server) }) { (fixture: Fixture) async throws in
            let subscription = try await fixture.client.listen(to: SubscriptionFilter(toolsListChanged: true, promptsListChanged: true))
            #expect(subscription.honoured == SubscriptionFilter(toolsListChanged: true))
            let listen = try #require(fixture.server.messages(of: Method.subscriptionsListen).first)
            fixture.server.send(Self.change(Method.toolsListChanged, listen.idText))
            fixture.server.send(Self.change(Method.resourcesUpdated, listen.idText, #""uri":"a:b","#))
            fixture.server.send(Self.change(Method.toolsListChanged, listen.idText))
            fixture.server.reply(listen, #"{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":\#(listen.idText)}}"#)
            var seen: [ServerChange] = []
            for try await change in subscription { seen.append(change) }
            #expect(seen == [.toolsList, .resource(uri: "a:b")])
            #expect(fixture.client.pendingRequests == 0)
        }
    }

    @Test("An acknowledged subscription has no time limit, one that is not acknowledged has")
    func timeLimit() async throws {
        try await withFixture(script: { message, server in
            if server.messages(of: Method.subscriptionsListen).count == 1 { Self.acknowledge(message, server) }
        }) { (fixture: Fixture) async throws in
            let client = fixture.client
            let first = try await client.listen(to: SubscriptionFilter(toolsListChanged: true))
            fixture.clock.advance(by: .seconds(100_000))
            #expect(client.pendingRequests == 1)
            let second = Task { try await client.listen(to: SubscriptionFilter()) }
            await fixture.server.waitFor(Method.subscriptionsListen, count: 2)
            fixture.clock.advance(by: .seconds(60))
            #expect(await #expect(throws: ClientError.self) { try await second.value }?.code == .timedOut)
            first.cancel()
        }
    }

    @Test("Cancelling tells the server and ends the sequence; the server's own cancellation ends it too")
    func cancel() async throws {
        try await withFixture(script: { message, server in
            if message.method == Method.subscriptionsListen { Self.acknowledge(message, server) }
        }) { (fixture: Fixture) async throws in
            let first = try await fixture.client.listen(to: SubscriptionFilter(toolsListChanged: true))
            first.cancel()
            for try await _ in first { Issue.record("nothing was sent") }
            await fixture.server.waitFor(Method.cancelled)
            let second = try await fixture.client.listen(to: SubscriptionFilter(toolsListChanged: true))
            let id = fixture.server.messages(of: Method.subscriptionsListen)[1].idText
            fixture.server.send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#)
            for try await _ in second { Issue.record("nothing was sent") }
        }
    }

    @Test("A refusal is the server's error, a broken connection the client's")
    func failures() async throws {
        try await withFixture(script: { message, server in
            if server.messages(of: Method.subscriptionsListen).count == 1 { server.fail(message, -32601) } else { Self.acknowledge(message, server) }
        }) { (fixture: Fixture) async throws in
            await #expect(throws: ProtocolError.self) { try await fixture.client.listen(to: SubscriptionFilter()) }
            let subscription = try await fixture.client.listen(to: SubscriptionFilter())
            fixture.server.hangUp()
            await #expect(throws: ClientError.self) { for try await _ in subscription {} }
        }
    }

    @Test("A legacy server's changes go to the handler, and listening is refused")
    func legacy() async throws {
        let changes = Mutex<[ServerChange]>([])
        var handlers = ClientHandlers()
        handlers.onChange = { change in changes.withLock { $0.append(change) } }
        try await withFixture(modern: false, handlers: handlers) { (fixture: Fixture) async throws in
            fixture.server.send(#"{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}"#)
            fixture.server.send(#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x:y"}}"#)
            #expect(changes.withLock { $0 } == [.promptsList, .resource(uri: "x:y")])
            #expect(await #expect(throws: ClientError.self) { try await fixture.client.listen(to: SubscriptionFilter()) }?.code == .unsupported)
        }
    }
}
