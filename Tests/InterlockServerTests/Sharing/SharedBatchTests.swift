import InterlockConcurrency
import InterlockJSON
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("Batches (2025-03-26) in sessions that several instances serve", .timeLimit(.minutes(5)))
struct SharedBatchTests {
    private let clock = ManualClock()
    private let store = WatchedSessions()
    private let bus = PatchyBus()
    private let batch = "[\(Messages.request("ping", id: "1")),\(Messages.request("ping", id: "2")),\(Messages.initialized)]"

    /// One instance; on the bus the first is 0.
    private func instance() async throws -> Server {
        let server = try Server(configuration: .instance(on: clock, sessions: store, events: SharedMemoryEvents(), bus: bus)) {}
        _ = try #require(await server.listenToInstances()) // lasts as long as the bus
        return server
    }

    private func open(_ server: Server) async throws -> [String: String] {
        let probe = try ExchangeProbe.post(Messages.initialize("2025-03-26"), to: server)
        return ["Mcp-Session-Id": try #require(await probe.response.headers.first { $0.name == "Mcp-Session-Id" }?.value)]
    }

    private func status(_ server: Server, _ headers: [String: String]) async throws -> Int {
        await (try ExchangeProbe.post(batch, to: server, headers: headers)).response.status
    }

    @Test("one that comes to another instance is served there")
    func served() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        let answers = try await ExchangeProbe.post(batch, to: second, headers: headers).body
        #expect(answers.array?.count == 2 && answers.array?.allSatisfy { $0["result"] != nil } == true)
    }

    @Test("one whose session is unknown is answered so as a whole, also where the session has ended unheard")
    func unknown() async throws {
        let (first, second) = (try await instance(), try await instance())
        #expect(try await status(first, ["Mcp-Session-Id": "none"]) == 404)
        let headers = try await open(first)
        #expect(try await second.pinged(headers) == 200)
        bus.cut(1)
        let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))
        #expect(await first.endSession(context).status == 204)
        bus.mend(1)
        #expect(try await status(second, headers) == 404)
    }

    @Test("while the store is away one whose session is not known here is to come back; one without a session is refused as ever")
    func away() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        store.failLoads(true)
        #expect(try await status(second, headers) == 503)
        #expect(try await status(first, headers) == 200)
        #expect(try await status(first, [:]) == 400)
    }
}
