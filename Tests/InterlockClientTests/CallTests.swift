import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@Suite("Calls", .timeLimit(.minutes(5)))
struct CallTests {
    @Test("A tool is called and its result comes back")
    func callsTool() async throws {
        try await withFixture(script: { message, server in
            server.reply(message, Replies.text(message.params?["arguments"]?["a"]?.string ?? "?"))
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.callTool("echo", arguments: RawJSON(parsing: #"{"a":"x"}"#)).content == [.text("x")])
            #expect(try await fixture.client.callTool("echo", encoding: ["a": "y"]).content == [.text("y")])
            let call = try #require(fixture.server.messages(of: Method.toolsCall).first)
            #expect(call.params?["name"]?.string == "echo")
            #expect(call.params?["_meta"]?[MetaKey.protocolVersion]?.string == "2026-07-28")
            #expect(call.params?["_meta"]?["progressToken"] == nil)
        }
    }

    @Test("An error of the server is a ProtocolError, an unknown result type a ClientError")
    func errors() async throws {
        try await withFixture(script: { message, server in
            if message.params?["name"]?.string == "odd" {
                server.reply(message, #"{"resultType":"strange"}"#)
            } else {
                server.fail(message, -32602, "Unknown tool: nope")
            }
        }) { (fixture: Fixture) async throws in
            let refused = await #expect(throws: ProtocolError.self) { try await fixture.client.callTool("nope") }
            #expect(refused?.code == .invalidParams)
            let odd = await #expect(throws: ClientError.self) { try await fixture.client.callTool("odd") }
            #expect(odd?.code == .invalidResponse)
        }
    }

    @Test("A thousand calls at once get each its own answer, in whatever order they come")
    func concurrentCalls() async throws {
        let held = Mutex<[ScannedMessage]>([])
        try await withFixture(script: { message, server in
            let all: [ScannedMessage]? = held.withLock { held in
                held.append(message)
                return held.count == 1000 ? held : nil
            }
            guard var all else { return }
            var random = SeededRandom(seed: 7)
            all.shuffle(using: &random)
            for message in all { server.reply(message, Replies.text(message.params?["name"]?.string ?? "")) }
        }) { (fixture: Fixture) async throws in
            let client = fixture.client
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1000 {
                    group.addTask { try await client.callTool("t\(number)").content == [.text("t\(number)")] }
                }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(client.pendingRequests == 0)
        }
    }

    @Test("Responses that come twice, late or uninvited are dropped")
    func strayResponses() async throws {
        try await withFixture(script: { message, server in
            server.send(#"{"jsonrpc":"2.0","id":9999,"result":{}}"#)
            server.send(#"{"jsonrpc":"2.0","id":"\#(message.idText)","result":{}}"#)
            server.reply(message, Replies.text("first"))
            server.reply(message, Replies.text("second"))
            server.send(#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"about nobody"}}"#)
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.callTool("a").content == [.text("first")])
            #expect(try await fixture.client.callTool("b").content == [.text("first")])
        }
    }

    @Test("A call that gets no answer times out, and the server is told", arguments: [true, false])
    func timeout(modern: Bool) async throws {
        try await withFixture(modern: modern) { (fixture: Fixture) async throws in
            let client = fixture.client
            let call = Task { try await client.callTool("slow", timeout: .seconds(3)) }
            await fixture.server.waitFor(Method.toolsCall)
            fixture.clock.advance(by: .seconds(2))
            #expect(client.pendingRequests == 1)
            fixture.clock.advance(by: .seconds(1))
            let error = await #expect(throws: ClientError.self) { try await call.value }
            #expect(error?.code == .timedOut)
            await fixture.server.waitFor(Method.cancelled)
            let request = try #require(fixture.server.messages(of: Method.toolsCall).first)
            #expect(fixture.server.messages(of: Method.cancelled).first?.params?["requestId"]?.int == Int(request.idText))
            #expect(fixture.transport.abandoned == [try #require(request.id)])
            fixture.server.reply(request, Replies.text("late"))
            #expect(client.pendingRequests == 0)
        }
    }

    @Test("Progress is told in order, starts the time anew, and cannot move the longest time")
    func progress() async throws {
        let seen = Mutex<[Double]>([])
        try await withFixture { (fixture: Fixture) async throws in
            let client = fixture.client
            let options = RequestOptions(timeout: .seconds(10), maximumTimeout: .seconds(25)) { progress in
                seen.withLock { $0.append(progress.progress) }
            }
            let call = Task { try await client.callTool("slow", options: options) }
            await fixture.server.waitFor(Method.toolsCall)
            let token = try #require(fixture.server.messages(of: Method.toolsCall)[0].params?["_meta"]?["progressToken"])
            for step in 1...2 {
                fixture.clock.advance(by: .seconds(9))
                fixture.server.send(#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\#(token),"progress":\#(step)}}"#)
            }
            fixture.clock.advance(by: .seconds(6))
            #expect(client.pendingRequests == 1)
            fixture.clock.advance(by: .seconds(1))
            let error = await #expect(throws: ClientError.self) { try await call.value }
            #expect(error?.code == .timedOut)
            #expect(seen.withLock { $0 } == [1, 2])
        }
    }

    @Test("A cancelled task ends its call at once, and the server is told")
    func cancellation() async throws {
        try await withFixture { (fixture: Fixture) async throws in
            let client = fixture.client
            let call = Task { try await client.callTool("slow") }
            await fixture.server.waitFor(Method.toolsCall)
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            await fixture.server.waitFor(Method.cancelled)
            #expect(client.pendingRequests == 0)
        }
    }

    @Test("A call of a task that is cancelled already is not sent")
    func cancelledBefore() async throws {
        try await withFixture { (fixture: Fixture) async throws in
            let client = fixture.client
            let call = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.callTool("never")
            }
            await #expect(throws: CancellationError.self) { try await call.value }
            #expect(fixture.server.messages(of: Method.toolsCall).isEmpty)
        }
    }

    @Test("When the server goes away every call fails, and the client says so once")
    func serverDeath() async throws {
        let disconnects = Mutex<[ClientError]>([])
        var handlers = ClientHandlers()
        handlers.onDisconnect = { error in disconnects.withLock { $0.append(error) } }
        try await withFixture(handlers: handlers) { (fixture: Fixture) async throws in
            let client = fixture.client
            let first = Task { try await client.callTool("a") }
            let second = Task { try await client.callTool("b") }
            await fixture.server.waitFor(Method.toolsCall, count: 2)
            fixture.server.hangUp()
            #expect(await #expect(throws: ClientError.self) { try await first.value }?.code == .closed)
            #expect(await #expect(throws: ClientError.self) { try await second.value }?.code == .closed)
            #expect(await #expect(throws: ClientError.self) { try await client.callTool("c") }?.code == .closed)
            #expect(disconnects.withLock { $0.count } == 1)
        }
    }

    @Test("Close fails what is in flight and is not reported as a disconnect")
    func close() async throws {
        let disconnects = Atomic(0)
        var handlers = ClientHandlers()
        handlers.onDisconnect = { _ in disconnects.add(1, ordering: .relaxed) }
        try await withFixture(handlers: handlers) { (fixture: Fixture) async throws in
            let client = fixture.client
            let call = Task { try await client.callTool("a") }
            await fixture.server.waitFor(Method.toolsCall)
            await client.close()
            #expect(await #expect(throws: ClientError.self) { try await call.value }?.code == .closed)
            #expect(disconnects.load(ordering: .relaxed) == 0)
        }
    }

    @Test("More requests than may be pending are refused at once")
    func pendingLimit() async throws {
        try await withFixture(configuration: ClientConfiguration(maximumPendingRequests: 1)) { (fixture: Fixture) async throws in
            let client = fixture.client
            let first = Task { try await client.callTool("a") }
            await fixture.server.waitFor(Method.toolsCall)
            #expect(await #expect(throws: ClientError.self) { try await client.callTool("b") }?.code == .limitExceeded)
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
        }
    }

    @Test("A raw request keeps its params and gets the metadata of the revision")
    func rawRequest() async throws {
        try await withFixture(script: { message, server in server.reply(message, #"{"resultType":"complete","x":1}"#) }) { (fixture: Fixture) async throws in
            let result = try await fixture.client.request("vendor/thing", params: RawJSON(parsing: #"{"b":[1.0,2],"_meta":{"vendor/k":true}}"#))
            #expect(result["x"]?.int == 1)
            let params = try #require(fixture.server.messages(of: "vendor/thing").first?.params)
            #expect(params["b"]?.description == "[1.0,2]")
            #expect(params["_meta"]?["vendor/k"]?.bool == true)
            #expect(params["_meta"]?[MetaKey.protocolVersion]?.string == "2026-07-28")
        }
    }

    @Test("The log level goes with every modern request, and to a legacy server once")
    func logLevel() async throws {
        let logs = Mutex<[LoggingLevel]>([])
        var handlers = ClientHandlers()
        handlers.onLog = { message in logs.withLock { $0.append(message.level) } }
        try await withFixture(handlers: handlers, script: { message, server in
            server.send(#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"warning","data":"careful"}}"#)
            server.reply(message, Replies.text("ok"))
        }) { (fixture: Fixture) async throws in
            try await fixture.client.setLogLevel(.info)
            _ = try await fixture.client.callTool("a")
            #expect(fixture.server.messages(of: Method.toolsCall).first?.params?["_meta"]?[MetaKey.logLevel]?.string == "info")
            #expect(logs.withLock { $0 } == [.warning])
        }
        try await withFixture(modern: false, script: { message, server in
            if message.id != nil { server.reply(message, "{}") }
        }) { (fixture: Fixture) async throws in
            try await fixture.client.setLogLevel(.info)
            #expect(fixture.server.messages(of: Method.setLevel).first?.params?["level"]?.string == "info")
            try await fixture.client.ping()
            #expect(await #expect(throws: ClientError.self) { try await fixture.client.discover() }?.code == .unsupported)
        }
    }
}
