import InterlockConcurrency
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("Sessions in use that nobody asks for", .timeLimit(.minutes(5)))
struct SessionUpkeepTests {
    private let clock = ManualClock()
    private let store = WatchedSessions()
    private let bus = PatchyBus()
    private let log = LogMessages()
    private let count = 40

    /// One instance with many sessions, each listened to.
    private func instance() async throws -> Server {
        var configuration = ServerConfiguration.instance(on: clock, sessions: store, events: SharedMemoryEvents(), bus: bus)
        configuration.logger = log.logger
        let server = try Server(configuration: configuration) {}
        _ = try #require(await server.listenToInstances()) // lasts as long as the bus
        for _ in 0..<count {
            let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(try await server.openedSession()))
            #expect(await server.openStream(context, lastEventID: nil, sink: MessageInbox()) == nil)
        }
        return server
    }

    private func gap() {
        bus.cut(0)
        bus.mend(0)
    }

    /// Lets everybody who can go on do so.
    private func settle() async { for _ in 0..<2_000 { await Task.yield() } }

    @Test("after a gap all are compared, sixteen at a time, and a sweep that comes meanwhile begins nothing")
    func bounded() async throws {
        let server = try await instance()
        gap()
        store.holdLoads()
        clock.advance(by: .seconds(30))
        try await store.loading.waitForWaiters(16)
        await settle()
        #expect(store.loads == 16)
        clock.advance(by: .seconds(30))
        await settle()
        #expect(store.loads == 16)
        store.loading.open()
        #expect(await comesTrue { store.loads == count })
        await settle()
        #expect(store.loads == count && store.mostLoads == 16)
        gap()
        clock.advance(by: .seconds(30))
        #expect(await comesTrue { store.loads == 2 * count })
        #expect(server.snapshot.sessions == count)
    }

    @Test("one that ends before its turn is not looked up")
    func ended() async throws {
        let server = try await instance()
        gap()
        store.holdLoads()
        clock.advance(by: .seconds(30))
        try await store.loading.waitForWaiters(16)
        for session in server.sessions.all { server.drop(session) }
        store.loading.open()
        await settle()
        #expect(store.loads == 16)
    }

    @Test("a store that is away is said once, however many sessions are compared, and once more when it has answered in between")
    func said() async throws {
        let server = try await instance()
        for outage in 1...2 {
            store.failLoads(true)
            for _ in 0..<3 {
                gap()
                let before = store.loads
                clock.advance(by: .seconds(30))
                #expect(await comesTrue { store.loads == before + count && !server.upkeep.isUnderWay })
            }
            #expect(log.count("could not be compared") == outage)
            store.failLoads(false)
            let before = store.loads
            clock.advance(by: .seconds(30))
            #expect(await comesTrue { store.loads == before + count && !server.upkeep.isUnderWay })
        }
        #expect(server.snapshot.sessions == count)
    }

    @Test("their use is noted in the store, so that none lapses there")
    func noted() async throws {
        let server = try await instance()
        let id = try #require(server.sessions.all.first?.id)
        for _ in 0..<30 {
            clock.advance(by: .seconds(60)) // two sweeps, and with the second it is due
            #expect(try await comesTrue { try await store.load(id)?.lastUsedAt == clock.wallTime })
        }
        let used = try #require(try await store.load(id)?.lastUsedAt)
        #expect(clock.wallTime - used <= 60_000)
    }
}
