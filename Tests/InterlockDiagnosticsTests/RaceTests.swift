import InterlockClient
import InterlockDiagnostics
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockTransport
import Testing

/// Values behind an await, as in a database: asking and writing are two steps, and others may come between.
private actor Table {
    private var numbers: [String: Int] = [:]
    func number(_ name: String) async -> Int? { numbers[name] }
    func set(_ name: String, _ number: Int) async { numbers[name] = number }
    func count() async -> Int { numbers.count }
}

private struct Named: ToolInput, Decodable {
    var id: String
    static let inputSchema = InputSchema { .string("id") }.schema
}

private struct Transfer: ToolInput, Decodable {
    var from, to: String
    var amount: Int
    static let inputSchema = InputSchema { .string("from"); .string("to"); .integer("amount") }.schema
}

@Suite("A race from outside", .timeLimit(.minutes(2)))
struct RaceTests {
    /// A server with the field's classic faults, or with one lock over each tool that has one.
    private static func server(guarded: Bool) throws -> Server {
        let table = Table()
        /// Time for others, between asking and writing.
        @Sendable func pause() async { for _ in 0..<3 { await Task.yield() } }
        func lock<Input: Sendable>(_ tool: Tool<Input>) -> Tool<Input> { guarded ? tool.exclusive { _ in ["table"] } : tool }
        return try Server(name: "s", version: "1") {
            lock(Tool("add") { (_: HandlerContext) in
                let now = await table.number("counter") ?? 0
                await pause()
                await table.set("counter", now + 1)
                return "\(now + 1)"
            })
            lock(Tool("register") { (input: Named, _) in
                guard await table.number(input.id) == nil, await table.count() < 5 else { throw ToolError("no place") }
                await pause()
                await table.set(input.id, 1)
                return "registered"
            })
            lock(Tool("ticket") { (_: HandlerContext) in
                let now = await table.number("ticket") ?? 0
                await pause()
                await table.set("ticket", now + 1)
                return "ticket \(now)"
            })
            lock(Tool("open") { (_: HandlerContext) in
                for account in ["a", "b", "c"] { await table.set(account, 100) }
                return "open"
            })
            lock(Tool("transfer") { (input: Transfer, _) in
                guard let from = await table.number(input.from), let to = await table.number(input.to), from >= input.amount else { throw ToolError("no") }
                await pause()
                await table.set(input.from, from - input.amount)
                await table.set(input.to, to + input.amount)
                return "moved"
            })
            lock(Tool("balance") { (input: Named, _) in "\(await table.number(input.id) ?? 0)" })
        }
    }

    /// A server of its own and linked clients for one round.
    private static func withClients(
        _ count: Int, guarded: Bool, _ body: ([Client]) async throws -> RaceRun.RoundResult
    ) async throws -> RaceRun.RoundResult {
        let server = try server(guarded: guarded)
        let pairs = (0..<count).map { _ in InMemoryTransport.linkedPair() }
        let serving = Task { try await server.serve(on: pairs.map(\.server)) } // awaited below
        var clients: [Client] = []
        for pair in pairs {
            let client = Client(pair.client, info: Implementation(name: "c", version: "1"))
            try await client.connect()
            clients.append(client)
        }
        let result = try await body(clients)
        for client in clients { await client.close() }
        server.beginGracefulShutdown()
        try await serving.value
        return result
    }

    static let plans = [
        #"{"model":"counter","clients":4,"calls":3,"rounds":50,"operations":[{"does":"add","tool":"add"}]}"#,
        #"{"model":"set","capacity":5,"clients":6,"calls":2,"rounds":50,"operations":[{"does":"add","tool":"register","arguments":{"id":"$element"}}]}"#,
        #"{"model":"unique-id","clients":4,"calls":2,"rounds":50,"operations":[{"does":"generate","tool":"ticket"}]}"#,
        #"""
        {"model":"bank","clients":4,"calls":3,"rounds":50,"accounts":{"a":100,"b":100,"c":100},"prepare":[{"tool":"open"}],"operations":[
          {"does":"transfer","tool":"transfer","arguments":{"from":"$from","to":"$to","amount":"$amount"},"weight":3},
          {"does":"balance","tool":"balance","arguments":{"id":"$account"}}]}
        """#,
    ]

    @Test("finds the lost update, the eleventh of ten, the double id and the money that appears, and says so again for the same seed", arguments: plans)
    func finds(plan: String) async throws {
        let plan = try RacePlan(parsing: plan)
        let report = try await RaceRun(plan, seed: 7).run { try await Self.withClients($0, guarded: false, $1) }
        let finding = try #require(report.finding)
        #expect(finding.explanation.hasPrefix("the server is not "))
        let again = try await RaceRun(plan, seed: 7).run(from: finding.round) { try await Self.withClients($0, guarded: false, $1) }
        #expect(again.finding != nil)
    }

    @Test("finds nothing where a lock is held", arguments: plans)
    func clears(plan: String) async throws {
        var plan = try RacePlan(parsing: plan)
        plan.rounds = 20
        let report = try await RaceRun(plan, seed: 7).run { try await Self.withClients($0, guarded: true, $1) }
        #expect(report.finding == nil, "\(report.finding?.description ?? "")")
        #expect(report.rounds == 20 && report.undecided == 0)
    }

    @Test("a plan that cannot be carried out says what is wrong", arguments: [
        ("{", "cannot be read"), (#"{"model":"set","operations":[{"does":"add","tool":"t"}]}"#, "capacity"),
        (#"{"model":"counter","operations":[{"does":"transfer","tool":"t"}]}"#, "transfer"), (#"{"model":"counter","operations":[]}"#, "no operations"),
        (#"{"model":"counter","clients":0,"operations":[{"does":"add","tool":"t"}]}"#, "clients"),
    ])
    func badPlans(plan: String, part: String) throws {
        let error = try #require(throws: RaceError.self) { try RacePlan(parsing: plan) }
        #expect(error.description.contains(part), "\(error)")
    }
}
