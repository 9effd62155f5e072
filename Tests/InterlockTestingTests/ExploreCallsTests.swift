import InterlockHistory
import InterlockJSON
import InterlockServer
import InterlockSimulation
import InterlockTesting
import Testing

/// A table behind an await, as a database is: asking and writing are two steps.
private actor Table {
    private var users: Set<String> = []
    func count() async -> Int { users.count }
    func insert(_ user: String) async { users.insert(user) }
}

@Suite("Exploring calls of a server", .timeLimit(.minutes(10)))
struct ExploreCallsTests {
    private struct Registration: ToolInput, Decodable {
        var id: String
        static let inputSchema = InputSchema { .string("id") }.schema
    }

    /// A server with room for two users, which checks before it writes.
    private func server(guarded: Bool, _ context: ExplorationContext) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = context.clock
        let table = Table()
        let tool = Tool("register", "Takes one of two places") { (input: Registration, _: HandlerContext) in
            guard await table.count() < 2 else { throw ToolError("full") }
            await table.insert(input.id)
            return "registered"
        }
        return try Server(configuration: configuration) {
            guarded ? tool.exclusive { _ in ["users"] } : tool
            Tool("count") { (_: HandlerContext) in "\(await table.count())" }
        }
    }

    private struct Broken: Error, CustomStringConvertible { var description: String }

    private func run(guarded: Bool, schedules: Int) async throws {
        let calls = (1...3).map { ExploredCall("register", ["id": .string("u\($0)")], client: $0) }
        try await exploreCalls(calls, Exploration(.varied, schedules: schedules)) { context in
            try server(guarded: guarded, context)
        } check: { answers, server in
            let taken = answers.filter { !$0.isError }.count
            let count = try await server.call("count").text
            if taken != 2 || count != "2" { throw Broken(description: "\(taken) were told they have a place, \(count ?? "?") are in the table") }
        }
    }

    @Test("the third user that slips in is found, with the calls in the report")
    func finds() async throws {
        let failure = try await #require(throws: ExplorationFailure.self) { try await run(guarded: false, schedules: 1_000) }
        #expect(failure.description.contains("3 were told they have a place"))
    }

    @Test("with the lock nothing is found")
    func clears() async throws {
        try await run(guarded: true, schedules: 300)
    }

    /// A server whose counter reads, awaits and writes.
    private func counting(guarded: Bool, _ context: ExplorationContext) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = context.clock
        let counter = Visits()
        let tool = Tool("visit", "Counts one visit") { (_: Registration, _: HandlerContext) in
            let visits = await counter.number
            await counter.set(visits + 1)
            return "\(visits + 1)"
        }
        return try Server(configuration: configuration) { guarded ? tool.exclusive { [$0.id] } : tool }
    }

    private func count(guarded: Bool, schedules: Int, told: @escaping @Sendable (ExploredAnswer) -> Bool = { _ in true }) async throws {
        let calls = (1...3).map { ExploredCall("visit", ["id": "home"], client: $0) }
        try await exploreCalls(
            calls, Exploration(.varied, schedules: schedules), on: { context in try counting(guarded: guarded, context) }, model: CounterModel()
        ) { _ in
            CounterModel.Input(.add(1))
        } output: { answer in
            told(answer) ? answer.text.flatMap { Int($0) }.map { .value($0) } : nil
        }
    }

    @Test("a model finds the lost update, with the calls that show it")
    func modelFinds() async throws {
        let failure = try await #require(throws: ExplorationFailure.self) { try await count(guarded: false, schedules: 1_000) }
        #expect(failure.description.contains("the server is not a counter that starts at 0 and loses no update"))
        #expect(failure.description.contains("No order of these"))
    }

    @Test("a model finds nothing in the guarded server, nor in answers that leave open what happened")
    func modelClears() async throws {
        try await count(guarded: true, schedules: 300)
        try await count(guarded: false, schedules: 300) { _ in false }
    }

    @Test("answers carry the order of calls and returns")
    func order() async throws {
        let calls = (1...3).map { ExploredCall("visit", ["id": "home"], client: $0) }
        try await exploreCalls(calls, Exploration(.varied, schedules: 50)) { context in
            try counting(guarded: true, context)
        } check: { answers, server in
            let later = try await server.call("visit", ["id": "home"])
            let instants = (answers + [later]).flatMap { [$0.called, $0.returned] }.sorted()
            guard instants == Array(1...8), answers.allSatisfy({ $0.called < $0.returned && $0.returned < later.called }) else {
                throw Broken(description: "the instants are \(instants)")
            }
        }
    }
}

/// A number behind an await.
private actor Visits {
    private(set) var number = 0
    func set(_ number: Int) { self.number = number }
}
