import InterlockClient
import InterlockConcurrency
import InterlockDiagnostics
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import InterlockTransport
import Testing

/// Values behind an await, as in a database: asking and writing are two steps, and others may come between.
private actor Table {
    private var numbers: [String: Int] = [:]
    func number(_ name: String) async -> Int? { numbers[name] }
    func set(_ name: String, _ number: Int) async { numbers[name] = number }
    func count() async -> Int { numbers.count }
    /// One number after the other, without a gap for others.
    func next() -> Int { numbers["next", default: -1] += 1; return numbers["next"]! }
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

@Suite("A race from outside", .timeLimit(.minutes(5)))
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
            Tool("token") { (_: HandlerContext) in
                let now = await table.next()
                return "\(String(UnicodeScalar(UInt8(97 + now / 26 % 26))))\(String(UnicodeScalar(UInt8(97 + now % 26))))3"
            }
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
        try await withServer(try server(guarded: guarded), clients: count, body)
    }

    /// Serves so many linked clients while `body` runs.
    private static func withServer<Result>(
        _ server: Server, clients count: Int, clock: any SchedulingClock = SystemClock.shared, _ body: ([Client]) async throws -> Result
    ) async throws -> Result {
        let pairs = (0..<count).map { _ in InMemoryTransport.linkedPair() }
        let serving = Task { try await server.serve(on: pairs.map(\.server)) } // awaited below
        var clients: [Client] = []
        for pair in pairs {
            let client = Client(pair.client, info: Implementation(name: "c", version: "1"), clock: clock)
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

    @Test("ids are compared as they are, not by the numbers in them")
    func tokens() async throws {
        let plan = try RacePlan(parsing: #"{"model":"unique-id","clients":4,"calls":2,"rounds":5,"operations":[{"does":"generate","tool":"token"}]}"#)
        let report = try await RaceRun(plan, seed: 7).run { try await Self.withClients($0, guarded: true, $1) }
        #expect(report.finding == nil, "\(report.finding?.description ?? "")")
        #expect(!report.checkedNothing && report.counts.told == 40)
    }

    @Test("a plan that looks for its values where there are none has checked nothing", arguments: [#""result":"users""#, #""weight":1"#])
    func unreadable(place: String) async throws {
        let plan = try RacePlan(parsing: #"{"model":"set","capacity":5,"clients":2,"calls":2,"rounds":3,"operations":[{"does":"count","tool":"open",\#(place)}]}"#)
        let report = try await RaceRun(plan, seed: 7).run { try await Self.withClients($0, guarded: true, $1) }
        #expect(report.checkedNothing && report.isUnreadable)
        #expect(report.counts.unreadable == 12 && report.counts.firstUnreadable == "open")
    }

    // MARK: Invariants

    /// The tools of a table whose sum and size can be read; without the lock, registrations slip in and updates are lost.
    private static let invariants = [
        #"{"clients":4,"calls":3,"rounds":50,"operations":[{"tool":"add"}],"invariant":{"tool":"balance","arguments":{"id":"counter"},"holds":"result == done(add)"}}"#,
        #"""
        {"clients":6,"calls":2,"rounds":50,"values":{"id":{"unique":"u"}},"operations":[{"tool":"register","arguments":{"id":"$id"}}],
         "refusals":[{"text":"no place"}],"invariant":{"holds":["done(register) <= 5", "done(register) + refused(register) == 12"]}}
        """#,
    ]

    @Test("finds an invariant that is broken, in words, and nothing where a lock is held", arguments: invariants)
    func invariant(plan: String) async throws {
        let plan = try RacePlan(parsing: plan)
        let report = try await RaceRun(plan, seed: 7).run { try await Self.withClients($0, guarded: false, $1) }
        let finding = try #require(report.finding)
        #expect(finding.kind == .invariant && finding.explanation.contains("expected ") && finding.explanation.contains(" is "), "\(finding)")
        let cleared = try await RaceRun(plan, seed: 7).run { try await Self.withClients($0, guarded: true, $1) }
        #expect(cleared.finding == nil, "\(cleared.finding?.description ?? "")")
        #expect(cleared.rounds == 50 && !cleared.checkedNothing)
    }

    // MARK: Servers that fail, hang, or stay

    /// A right counter, which fails every third call before or after it has counted.
    private static func failing(after: Bool) throws -> Server {
        let table = Table()
        return try Server(name: "s", version: "1") {
            Tool("add") { (_: HandlerContext) in
                let calls = await (table.number("calls") ?? 0) + 1
                await table.set("calls", calls)
                if calls % 3 == 0, !after { throw ToolError("the database is away") }
                let number = await (table.number("counter") ?? 0) + 1
                await table.set("counter", number)
                if calls % 3 == 0 { throw ToolError("the database is away") }
                return "\(number)"
            }
            .exclusive { _ in ["table"] }
        }
    }

    @Test("does not accuse a right server of errors that are no refusals, whether the call took effect or not", arguments: [true, false])
    func transientErrors(after: Bool) async throws {
        let plan = try RacePlan(parsing: #"{"model":"counter","clients":3,"calls":3,"rounds":10,"operations":[{"does":"add","tool":"add"}]}"#)
        let report = try await RaceRun(plan, seed: 7).run { try await Self.withClients($0, of: try Self.failing(after: after), $1) }
        #expect(report.finding == nil, "\(report.finding?.description ?? "")")
        #expect(report.counts.failed == 30 && report.counts.done == 60 && report.counts.firstFailure == "the database is away")
    }

    @Test("a round that nobody answered has checked nothing")
    func nothingChecked() async throws {
        let plan = try RacePlan(parsing: #"{"model":"counter","clients":3,"calls":2,"rounds":2,"operations":[{"does":"add","tool":"add"}]}"#)
        let report = try await RaceRun(plan, seed: 7).run { count, body in
            try await Self.withClients(count, of: try Server(name: "s", version: "1") {
                Tool("add") { (_: HandlerContext) -> String in throw ProtocolError(code: .internalError, message: "out of order") }
            }, body)
        }
        #expect(report.checkedNothing && report.counts.calls == 12 && report.counts.answered == 0 && report.counts.failed == 12)
    }

    @Test("calls that wait for each other for ever are found, and the rest of the round is not made")
    func deadlock() async throws {
        let plan = try RacePlan(parsing: #"{"model":"counter","clients":3,"calls":4,"rounds":9,"operations":[{"does":"add","tool":"add"}]}"#)
        let timeout = Duration.milliseconds(200)
        let run = try RaceRun(plan, seed: 7, options: RequestOptions(timeout: timeout))
        let report = try await run.run(from: 2) { count, body in
            let (clock, never) = (ManualClock(), Gate())
            let server = try Server(name: "s", version: "1") {
                Tool("add") { (_: HandlerContext) in
                    try await never.wait()
                    return "1"
                }
            }
            // Once for the three that wait: whether the server still answers is asked on a clock that stands again.
            async let passing: Void = {
                try await never.waitForWaiters(3)
                clock.advance(by: timeout)
            }()
            let result = try await Self.withClients(count, of: server, clock: clock, body)
            try await passing
            return result
        }
        let finding = try #require(report.finding)
        #expect(finding.kind == .unanswered && finding.round == 2 && report.counts.unanswered == 3 && report.counts.calls == 3, "\(finding)")
        #expect(finding.explanation.contains("3 of 3 calls made at once had no answer") && finding.explanation.contains("still answers other requests"))
    }

    /// A counter by name, right, and kept from round to round.
    private static func kept() throws -> Server {
        let table = Table()
        return try Server(name: "s", version: "1") {
            Tool("add") { (input: Named, _) in
                let number = await (table.number(input.id) ?? 0) + 1
                await table.set(input.id, number)
                return "\(number)"
            }
            .exclusive { [$0.id] }
            Tool("zero") { (input: Named, _) in
                await table.set(input.id, 0)
                return "0"
            }
        }
    }

    @Test("a right server that is kept is not accused: names are new in each round and run, or it is reset, or one round is all", arguments: [
        (#"{"model":"counter","rounds":4,"operations":[{"does":"add","tool":"add","arguments":{"id":"c-$round"}}]}"#, 4),
        (#"{"model":"counter","rounds":4,"reset":{"tool":"zero","arguments":{"id":"c"}},"operations":[{"does":"add","tool":"add","arguments":{"id":"c"}}]}"#, 4),
        (#"{"model":"counter","rounds":4,"operations":[{"does":"add","tool":"add","arguments":{"id":"c"}}]}"#, 1),
    ])
    func keptServer(text: String, rounds: Int) async throws {
        let plan = try RacePlan(parsing: text)
        // The second race is on a server that the first has used, unless the plan can only work on a fresh one.
        let runs = rounds == 1 ? 1 : 2
        try await Self.withServer(try Self.kept(), clients: plan.clients) { clients in
            for number in 1...runs {
                let race = try RaceRun(plan, seed: 7, server: rounds == 1 ? .keptAndFresh : .kept, scope: "r\(number)")
                let report = try await race.run { _, body in try await body(clients) }
                #expect(report.finding == nil && report.rounds == rounds && (report.onlyRound != nil) == (rounds == 1), "\(report)")
            }
        }
    }

    private static func withClients(
        _ count: Int, of server: Server, clock: any SchedulingClock = SystemClock.shared, _ body: ([Client]) async throws -> RaceRun.RoundResult
    ) async throws -> RaceRun.RoundResult {
        try await withServer(server, clients: count, clock: clock, body)
    }
}
