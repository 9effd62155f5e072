import InterlockJSON
import InterlockServer
import InterlockSimulation
import InterlockTesting
import RaceServers
import Races
import Testing

/// The same hazards in servers: concurrent `tools/call`s in every order, in memory.
@Suite("The races of the field, as servers")
struct RaceServerTests {
    /// One server, the calls that clients make at the same time, and what must hold when they are answered.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let calls: [ExploredCall]
        let racy: @Sendable () throws -> Server
        let guarded: @Sendable () throws -> Server
        let check: @Sendable ([ExploredAnswer], ExploredServer) async throws -> Void
    }

    private static func two(_ tool: String, _ other: String? = nil) -> [ExploredCall] {
        [ExploredCall(tool, client: 1), ExploredCall(other ?? tool, client: 2)]
    }

    /// At most one of the calls may succeed.
    private static let oneWins: @Sendable ([ExploredAnswer], ExploredServer) async throws -> Void = { answers, _ in
        let winners = answers.count { !$0.isError }
        if winners != 1 { throw Broken("\(winners) calls were told that they had it") }
    }

    static let cases = [
        Case(
            testDescription: "book", calls: two("book"), racy: { try RaceServer.booking(RacyBookingDesk.self) },
            guarded: { try RaceServer.booking(GuardedBookingDesk.self) }, check: oneWins),
        Case(
            testDescription: "visit", calls: two("visit"), racy: { try RaceServer.visits(RacyVisitCounter.self) },
            guarded: { try RaceServer.visits(GuardedVisitCounter.self) },
            check: { _, server in
                let visits = try await server.call("visits").text
                if visits != "2" { throw Broken("2 visits were counted as \(visits ?? "nothing")") }
            }),
        Case(
            testDescription: "create", calls: two("create"), racy: { try RaceServer.documents(RacyDocumentRegistry.self) },
            guarded: { try RaceServer.documents(GuardedDocumentRegistry.self) }, check: oneWins),
        Case(
            testDescription: "pay", calls: two("pay_b", "pay_c"), racy: { try RaceServer.bank(RacyBank.self) },
            guarded: { try RaceServer.bank(GuardedBank.self) },
            check: { _, server in
                let total = try await server.call("total").text
                if total != "100" { throw Broken("there were 100 in all, and now there are \(total ?? "none")") }
            }),
        Case(
            testDescription: "report", calls: two("report"), racy: { try RaceServer.reports(RacyReportService.self) },
            guarded: { try RaceServer.reports(GuardedReportService.self) },
            check: { answers, _ in
                if let failed = answers.first(where: \.isError) { throw Broken("\(failed.call) failed: \(failed.text ?? "")") }
            }),
    ]

    @Test("each wrong server is found within 1,000 schedules, and nothing in the right one", .timeLimit(.minutes(10)), arguments: cases)
    func calls(_ item: Case) async throws {
        await #expect(throws: ExplorationFailure.self) {
            try await exploreCalls(item.calls, on: { _ in try item.racy() }, check: item.check)
        }
        let right = try await exploreCalls(item.calls, on: { _ in try item.guarded() }, check: item.check)
        #expect(right.schedules == 1_000)
    }

    @Test("a caller that is cancelled in line takes the wrong turnstile's permit along, and nobody enters any more", .timeLimit(.minutes(10)))
    func cancelled() async throws {
        func enter(_ makeServer: @escaping @Sendable () throws -> Server) async throws -> ExplorationResult {
            try await Exploration().run { _ in
                let client = try WireClient(try makeServer())
                for id in 1...2 { client.send(Self.call(id)) }
                client.send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#)
                _ = try await client.response(1)
                _ = try await client.request(Self.call(3))
            }
        }
        #expect(try await enter { try RaceServer.turnstile(RacyTurnstile.self) }.failure?.finding.code == .deadlock)
        #expect(try await enter { try RaceServer.turnstile(GuardedTurnstile.self) }.failure == nil)
    }

    private static func call(_ id: Int) -> String {
        """
        {"jsonrpc":"2.0","id":\(id),"method":"tools/call","params":{"name":"enter","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
        "io.modelcontextprotocol/clientCapabilities":{}}}}
        """
    }
}
