import InterlockConcurrency
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("What a session store refuses", .timeLimit(.minutes(5)))
struct RefusedWriteTests {
    private let clock = ManualClock()
    private let store = WatchedSessions()

    /// - Parameter hears: whether it hears other instances, and so never looks its sessions up.
    private func instance(hears: Bool = true) async throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.sessionStore = store
        configuration.messageBus = hears ? InMemoryMessageBus() : nil
        let server = try Server(configuration: configuration) {}
        if hears { _ = try #require(await server.listenToInstances()) } // lasts as long as the bus
        return server
    }

    @Test("a change that could not be written is written when the store has taken a use of the session, or was read for it", arguments: [true, false])
    func change(hears: Bool) async throws {
        let server = try await instance(hears: hears)
        let headers = try await server.openedSession()
        let id = try #require(headers["Mcp-Session-Id"])
        store.failReplacements(true)
        let change = try ExchangeProbe.post(Messages.request("logging/setLevel", #""level":"error""#), to: server, headers: headers)
        #expect(await change.response.status == 200)
        for _ in 0..<2_000 { await Task.yield() }
        #expect(try await store.load(id)?.logLevel == nil)
        store.failReplacements(false)
        clock.advance(by: hears ? .seconds(60) : SessionCheck.interval)
        #expect(try await server.pinged(headers) == 200)
        #expect(try await comesTrue { try await store.load(id)?.logLevel == "error" })
    }

    @Test("a new session that the breaker kept away was not written, and nothing is removed; one whose fate is unknown is", arguments: [true, false])
    func beginning(isKeptAway: Bool) async throws {
        let server = try await instance()
        let cause = AcquireError(code: isKeptAway ? .circuitOpen : .deadlineExceeded, message: "")
        store.failSaves(StoreError(.unavailable, "no", cause: cause))
        store.holdRemovals()
        let probe = try ExchangeProbe.post(Messages.initialize(), to: server)
        #expect(await probe.response.status == 503)
        #expect(server.snapshot.sessions == 0)
        #expect(server.sessions.isRestoring == !isKeptAway) // a removal is under way
        store.removing.open()
        #expect(await comesTrue { !server.sessions.isRestoring })
    }
}
