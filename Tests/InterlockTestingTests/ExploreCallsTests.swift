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
        try await exploreCalls(Exploration(.varied, schedules: schedules), calls) { context in
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
}
