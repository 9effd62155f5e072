import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("Dispatch")
struct DispatchTests {
    private func configured(_ change: (inout ServerConfiguration) -> Void) -> ServerConfiguration {
        var configuration = ServerConfiguration(name: "s", version: "1")
        change(&configuration)
        return configuration
    }

    @Test("a call is answered in either era on one connection", .timeLimit(.minutes(5)), arguments: [true, false])
    func eras(modern: Bool) async throws {
        let client = try WireClient(try echoServer())
        if !modern { _ = try await client.request(Messages.initialize()) }
        let answer = try await client.request(Messages.call("echo", #"{"text":"hi"}"#, modern: modern))
        #expect(answer.text == "hi")
        #expect(answer["result"]?["resultType"]?.string == (modern ? "complete" : nil))
    }

    @Test("a handler sees the trace its request belongs to, with or without a progress token", .timeLimit(.minutes(5)), arguments: [true, false], ["", #","progressToken":1"#])
    func trace(modern: Bool, token: String) async throws {
        let server = try Server(name: "s", version: "1") { Tool("trace") { (context: HandlerContext) in context.traceparent ?? "none" } }
        let client = try WireClient(server)
        if !modern { _ = try await client.request(Messages.initialize()) }
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let modernMembers = Messages.modernMeta.dropFirst(#""_meta":{"#.count).dropLast()
        let members = #""traceparent":"\#(parent)"\#(token)\#(modern ? "," + modernMembers : "")"#
        let answer = try await client.request(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"trace","_meta":{\#(members)}}}"#)
        #expect(answer.text == parent)
        #expect(try await client.request(Messages.call("trace", id: "2", modern: modern)).text == "none")
    }

    @Test("a fast call, a ping and a cancellation pass 63 calls that are held", .timeLimit(.minutes(5)))
    func slowNeverDelaysFast() async throws {
        let gate = Gate()
        let server = try Server(name: "s", version: "1") {
            Tool("slow") { (_: HandlerContext) in try await gate.wait(); return "slow" }
            Tool("fast") { (_: HandlerContext) in "fast" }
        }
        let client = try WireClient(server)
        _ = try await client.request(Messages.initialize())
        for id in 1...63 { client.send(Messages.call("slow", id: "\(id)")) }
        try await gate.waitForWaiters(63)
        #expect(try await client.request(Messages.call("fast", id: "100")).text == "fast")
        #expect(try await client.request(Messages.request("ping", id: "101"))["result"] == [:])
        client.send(Messages.cancel("63"))
        #expect(client.pending.isEmpty)
        gate.open()
        for id in 1...62 { #expect(try await client.response(.number(JSONNumber(id))).text == "slow") }
        await client.drained()
        #expect(!client.pending.contains { $0["id"] == 63 }, "nothing is sent for a cancelled call")
    }

    @Test("with room for one call the fast one has to wait: the proof above would fail", .timeLimit(.minutes(5)))
    func slowDelaysFastWithoutConcurrency() async throws {
        let gate = Gate()
        let server = try Server(configuration: configured { $0.maximumInFlight = 1; $0.queueDeadline = .seconds(3_600) }) {
            Tool("slow") { (_: HandlerContext) in try await gate.wait(); return "slow" }
            Tool("fast") { (_: HandlerContext) in "fast" }
        }
        let client = try WireClient(server)
        _ = try await client.request(Messages.initialize())
        for id in 1...63 { client.send(Messages.call("slow", id: "\(id)")) }
        client.send(Messages.call("fast", id: "100"))
        while server.snapshot.admission.waiting < 63 { await Task.yield() }
        #expect(client.pending.isEmpty, "the fast call waits behind the slow ones")
        gate.open()
        #expect(try await client.response(100).text == "fast")
    }

    @Test("an answer is with the connection before its peer counts as drained", .timeLimit(.minutes(5)))
    func drainedAfterAnswers() async throws {
        let gate = Gate()
        let server = try Server(name: "s", version: "1") { Tool("slow") { (_: HandlerContext) in try await gate.wait(); return "slow" } }
        let sink = DrainWatchingSink()
        let peer = try #require(try server.connect(Connection(kind: .inMemory), principal: nil, outbound: sink) as? DuplexPeer)
        sink.peer.withLock { $0 = peer }
        for id in 1...20 { peer.receive(Array(Messages.call("slow", id: "\(id)", modern: true).utf8)) }
        try await gate.waitForWaiters(20)
        peer.disconnected(finishing: true)
        gate.open()
        await peer.drained()
        let seen = sink.seen.withLock { $0 }
        #expect(seen.count == 20)
        #expect(seen.allSatisfy { !$0.isDrained }, "nobody may close the connection while an answer is on its way to it")
        // The control: ids are free by then, so a drain that waited for the ids alone would lose the last answer.
        #expect(seen.last?.idsInUse == 0)
    }

    @Test("at the end of input a peer's subscriptions end with their response, and it drains", .timeLimit(.minutes(5)))
    func drainEndsSubscriptions() async throws {
        let client = try WireClient(try Server(configuration: configured { $0.dynamicFeatures = [.tools] }) {
            Tool("a") { (_: HandlerContext) in "" }
        })
        client.send(Messages.request("subscriptions/listen", #""notifications":{"toolsListChanged":true}"#, id: "5", modern: true))
        client.disconnect(finishing: true)
        await client.drained()
        #expect(try await client.response(5)["result"]?["resultType"]?.string == "complete")
    }

    @Test("a call that outlasts the time to drain is answered that it was stopped", .timeLimit(.minutes(5)), arguments: [true, false])
    func stopped(modern: Bool) async throws {
        let (clock, gate) = (ManualClock(), Gate())
        let server = try Server(configuration: configured { $0.clock = clock }) {
            Tool("slow") { (_: HandlerContext) in try await gate.wait(); return "slow" }
        }
        let client = try WireClient(server)
        if !modern { _ = try await client.request(Messages.initialize()) }
        client.send(Messages.call("slow", id: "1", modern: modern))
        try await gate.waitForWaiters(1)
        server.beginGracefulShutdown(deadline: .seconds(5))
        clock.advance(by: .seconds(6))
        let answer = try await client.response(1)
        #expect(answer.isToolError)
        #expect(answer.text?.contains("shutting down") == true)
    }

    @Test("clients with equal ids never see each other's answers", .timeLimit(.minutes(5)))
    func equalIDs() async throws {
        let gate = Gate()
        let server = try Server(name: "s", version: "1") {
            Tool("echo", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (arguments: RawJSON, _) in
                try await gate.wait()
                return arguments["text"]?.string ?? ""
            }
        }
        let clients = try (0..<20).map { _ in try WireClient(server) }
        for (index, client) in clients.enumerated() {
            client.send(Messages.call("echo", #"{"text":"number \#(index)"}"#, id: "1", modern: true))
            client.send(Messages.call("echo", #"{"text":"string \#(index)"}"#, id: #""1""#, modern: true))
        }
        try await gate.waitForWaiters(40)
        gate.open()
        for (index, client) in clients.enumerated() {
            #expect(try await client.response(1).text == "number \(index)")
            #expect(try await client.response("1").text == "string \(index)")
            #expect(client.pending.isEmpty)
        }
    }

    @Test("an id that is in flight is refused, and the first call is unharmed", .timeLimit(.minutes(5)))
    func duplicateID() async throws {
        let gate = Gate()
        let server = try Server(name: "s", version: "1") {
            Tool("wait") { (_: HandlerContext) in try await gate.wait(); return "done" }
        }
        let client = try WireClient(server)
        client.send(Messages.call("wait", modern: true))
        try await gate.waitForWaiters(1)
        let refused = try await client.request(Messages.call("wait", modern: true))
        #expect(refused.errorCode == -32600)
        gate.open()
        #expect(try await client.response(1).text == "done")
    }

    @Test("a cancelled handler sees it, and what it returns is not sent", .timeLimit(.minutes(5)))
    func cancellation() async throws {
        let (gate, ended) = (Gate(), Gate())
        let server = try Server(name: "s", version: "1") {
            Tool("wait") { (context: HandlerContext) in
                do { try await gate.wait() } catch {
                    ended.open()
                    throw error
                }
                return "done"
            }
        }
        let client = try WireClient(server)
        client.send(Messages.call("wait", modern: true))
        try await gate.waitForWaiters(1)
        client.send(Messages.cancel("1"))
        try await ended.wait()
        await client.drained()
        #expect(client.pending.isEmpty)
        while server.snapshot.callsInFlight > 0 { await Task.yield() }
    }

    @Test("errors carry the code the specification gives them", .timeLimit(.minutes(5)), arguments: [
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"#, -32700),
        (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, -32600),
        (Messages.request("no/such", modern: true), -32601),
        (Messages.request("ping", modern: true), -32601),
        (Messages.request("prompts/list", modern: true), -32601),
        (Messages.call("nobody", modern: true), -32602),
        (Messages.request("tools/call", #""name":7"#, modern: true), -32602),
        (Messages.request("tools/list", #""cursor":"nonsense""#, modern: true), -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}"#, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01","io.modelcontextprotocol/clientCapabilities":{}}}}"#, -32022),
    ])
    func errorCodes(message: String, code: Int) async throws {
        let client = try WireClient(try echoServer())
        client.send(message)
        let answer = try await client.next()
        #expect(answer.errorCode == code, "\(answer)")
        #expect(answer.errorMessage?.isEmpty == false)
    }

    @Test("what one handler throws is told apart: for the model, for the client, for the log", .timeLimit(.minutes(5)))
    func thrownErrors() async throws {
        struct Secret: Error {}
        let server = try Server(name: "s", version: "1") {
            Tool("model") { (_: HandlerContext) -> String in throw ToolError("do it differently") }
            Tool("client") { (_: HandlerContext) -> String in throw ProtocolError.invalidParams("not like this") }
            Tool("inside") { (_: HandlerContext) -> String in throw Secret() }
        }
        let client = try WireClient(server)
        let model = try await client.request(Messages.call("model", modern: true))
        #expect(model.isToolError && model.text == "do it differently")
        #expect(try await client.request(Messages.call("client", modern: true)).errorCode == -32602)
        let inside = try await client.request(Messages.call("inside", modern: true))
        #expect(inside.isToolError && inside.text?.contains("Secret") == false)
    }

    @Test("arguments that do not match the schema are a tool error that says how to repair them", .timeLimit(.minutes(5)))
    func validation() async throws {
        let server = try Server(name: "s", version: "1") {
            Tool("pay", inputSchema: InputSchema { .integer("amount", minimum: 1); .string("to") }.schema) { (_: RawJSON, _) in "paid" }
        }
        let client = try WireClient(server)
        let answer = try await client.request(Messages.call("pay", #"{"amount":"12","too":"bob"}"#, modern: true))
        #expect(answer.isToolError)
        #expect(answer.text?.contains("/amount") == true)
        #expect(try await client.request(Messages.call("pay", #"{"amount":12,"to":"bob"}"#, modern: true)).text == "paid")
    }

    @Test("a handler earns the inline start, and loses it by holding its thread")
    func inlinePromotion() {
        var promotion = InlinePromotion()
        for _ in 0..<InlinePromotion.provingCalls - 1 { promotion.observe(nanoseconds: 10_000) }
        promotion.observe(nanoseconds: 5_000_000)
        #expect(!promotion.isInline, "a slow call proves nothing")
        promotion.observe(nanoseconds: 10_000)
        #expect(promotion.isInline)
        for _ in 0..<100 {
            promotion.observe(nanoseconds: 4_000_000)
            for _ in 0..<300 { promotion.observe(nanoseconds: 10_000) }
        }
        #expect(promotion.isInline, "a rare pause that fast calls outweigh is forgiven")
        promotion.observe(nanoseconds: 20_000_000)
        #expect(!promotion.isInline, "one long stretch loses it at once")
        for _ in 0..<InlinePromotion.penaltyCalls - 1 { promotion.observe(nanoseconds: 1_000) }
        #expect(!promotion.isInline)
        promotion.observe(nanoseconds: 1_000)
        #expect(promotion.isInline)
        for _ in 0..<5 { promotion.observe(nanoseconds: 4_000_000) }
        #expect(!promotion.isInline, "short stretches add up")
    }

    private func echoServer() throws -> Server {
        try Server(name: "s", version: "1") {
            Tool("echo", inputSchema: InputSchema { .string("text") }.schema) { (arguments: RawJSON, _) in arguments["text"]?.string ?? "" }
        }
    }
}

/// Notes, for each answer, what a drain would have thought at that moment.
private final class DrainWatchingSink: EventSink {
    let peer = Mutex<DuplexPeer?>(nil)
    let seen = Mutex<[(isDrained: Bool, idsInUse: Int)]>([])

    func send(_ event: OutboundEvent) -> SendOutcome {
        if let scope = peer.withLock({ $0?.scope }) {
            // Read where it is noted: the last entry then is what was seen last.
            seen.withLock { $0.append((scope.isDrained, scope.count)) }
        }
        return .sent
    }

    func writable() async throws {}
    func close() {}
    func onDisconnect(_ action: @escaping @Sendable () -> Void) {}
}
