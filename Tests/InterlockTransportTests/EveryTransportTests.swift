import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import InterlockTesting
import Synchronization
import Testing

/// One transport and one era: what every test of this suite runs over.
struct Way: Sendable, CustomTestStringConvertible {
    var transport: TestTransport
    var isModern: Bool
    var era: ClientConfiguration.Era { isModern ? .modern() : .legacy() }
    var testDescription: String { "\(transport), \(isModern ? "2026-07-28" : "2025-11-25")" }
    static let all = TestTransport.allCases.flatMap { transport in [true, false].map { Way(transport: transport, isModern: $0) } }
}

@Suite("The same server over every transport, in both eras")
struct EveryTransportTests {
    @Test("calls, lists, resources and prompts are answered", .timeLimit(.minutes(5)), arguments: Way.all)
    func features(way: Way) async throws {
        let server = try Server(name: "s", version: "1") {
            Tool("echo", inputSchema: InputSchema { .string("text") }.schema) { (arguments: RawJSON, _) in arguments["text"]?.string ?? "" }
            Resource("test://a", name: "a") { _ in "content of a" }
            Prompt("p") { _, _ in GetPromptResult(messages: [PromptMessage(role: .user, content: .text("hello"))]) }
        }
        try await withServer(server, over: way.transport, era: way.era) { (client: Client) async throws in
            #expect(try await client.callTool("echo", arguments: RawJSON(["text": "grüße \u{1F600}\n"] as JSONValue)).text == "grüße \u{1F600}\n")
            #expect(try await client.listTools().map(\.name) == ["echo"])
            #expect(try await client.readResource("test://a").contents.count == 1)
            #expect(try await client.getPrompt("p").messages.count == 1)
        }
    }

    @Test("a fast call is answered while 63 slow ones are held", .timeLimit(.minutes(5)), arguments: Way.all)
    func fastPassesSlow(way: Way) async throws {
        let gate = Gate()
        let server = try Server(name: "s", version: "1") {
            Tool("slow") { (_: HandlerContext) in try await gate.wait(); return "slow" }
            Tool("fast") { (_: HandlerContext) in "fast" }
        }
        try await withServer(server, over: way.transport, era: way.era) { (client: Client) async throws in
            try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<63 { group.addTask { try await client.callTool("slow").text } }
                try await gate.waitForWaiters(63)
                #expect(try await client.callTool("fast").text == "fast")
                gate.open()
                for try await text in group { #expect(text == "slow") }
            }
        }
    }

    @Test("cancelling a call on the client's side cancels its handler", .timeLimit(.minutes(5)), arguments: Way.all)
    func cancellation(way: Way) async throws {
        let (gate, cancelled) = (Gate(), Gate())
        let server = try Server(name: "s", version: "1") {
            Tool("wait") { (_: HandlerContext) in
                do { try await gate.wait() } catch {
                    cancelled.open()
                    throw error
                }
                return ""
            }
        }
        try await withServer(server, over: way.transport, era: way.era) { (client: Client) async throws in
            let call = Task { try await client.callTool("wait") }
            try await gate.waitForWaiters(1)
            call.cancel()
            try await cancelled.wait()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
    }

    @Test("a tool asks the user, written once for both eras", .timeLimit(.minutes(5)), arguments: Way.all)
    func elicitation(way: Way) async throws {
        var handlers = ClientHandlers()
        handlers.roots = { [Root(uri: "file:///work")] }
        let server = try Server(name: "s", version: "1") {
            Tool("ask") { (context: HandlerContext) in
                let roots = try await context.listRoots()
                return roots.roots.map(\.uri).joined(separator: " ")
            }
        }
        try await withServer(server, over: way.transport, era: way.era, handlers: handlers) { (client: Client) async throws in
            #expect(try await client.callTool("ask").text == "file:///work")
        }
    }

    @Test("progress arrives before the result, rising", .timeLimit(.minutes(5)), arguments: Way.all)
    func progress(way: Way) async throws {
        let server = try Server(name: "s", version: "1") {
            Tool("work") { (context: HandlerContext) in
                context.reportProgress(1, total: 2)
                context.reportProgress(2, total: 2)
                return "done"
            }
        }
        try await withServer(server, over: way.transport, era: way.era) { (client: Client) async throws in
            let seen = ProgressLog()
            let result = try await client.callTool("work", options: RequestOptions(onProgress: { seen.add($0.progress) }))
            #expect(result.text == "done")
            #expect(seen.values == [1, 2])
        }
    }

    @Test("an unknown tool is the peer's error; a bad argument is one the model can repair", .timeLimit(.minutes(5)), arguments: Way.all)
    func errors(way: Way) async throws {
        let server = try Server(name: "s", version: "1") {
            Tool("pay", inputSchema: InputSchema { .integer("cents", minimum: 1) }.schema) { (_: RawJSON, _) in "paid" }
        }
        try await withServer(server, over: way.transport, era: way.era) { (client: Client) async throws in
            let error = await #expect(throws: ProtocolError.self) { try await client.callTool("nobody") }
            #expect(error?.code == .invalidParams)
            let result = try await client.callTool("pay", arguments: RawJSON(["cents": 0] as JSONValue))
            #expect(result.isError && result.text?.contains("/cents") == true)
        }
    }

    @Test("a thousand concurrent calls on one client are all answered, each with its own answer", .timeLimit(.minutes(5)), arguments: Way.all)
    func manyCalls(way: Way) async throws {
        let server = try Server(name: "s", version: "1") {
            Tool("echo", inputSchema: InputSchema { .integer("n") }.schema) { (arguments: RawJSON, _) in
                await Task.yield()
                return "\(arguments["n"]?.int ?? -1)"
            }
        }
        try await withServer(server, over: way.transport, era: way.era) { (client: Client) async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1_000 {
                    group.addTask { try await client.callTool("echo", arguments: RawJSON(["n": .number(JSONNumber(number))] as JSONValue)).text == "\(number)" }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }
}

private final class ProgressLog: Sendable {
    private let log = Mutex<[Double]>([])
    var values: [Double] { log.withLock { $0 } }
    func add(_ value: Double) { log.withLock { $0.append(value) } }
}

extension CallToolResult {
    var text: String? {
        guard case .text(let content)? = content.first else { return nil }
        return content.text
    }
}
