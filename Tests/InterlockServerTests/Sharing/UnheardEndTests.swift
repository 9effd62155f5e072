import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("Sessions that ended on another instance unheard", .timeLimit(.minutes(5)))
struct UnheardEndTests {
    private let clock = ManualClock()
    private let store = WatchedSessions()
    private let events = SharedMemoryEvents()
    private let bus = PatchyBus()

    /// One instance; on the bus the first is 0.
    private func instance(hears: Bool = true) async throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.sessionStore = store
        configuration.eventStore = events
        configuration.messageBus = hears ? bus : nil
        configuration.dynamicFeatures = [.resources]
        let server = try Server(configuration: configuration) { Resource("docs://a", name: "a", text: { _ in "a" }) }
        if hears { _ = try #require(await server.listenToInstances()) } // lasts as long as the bus
        return server
    }

    private func context(_ headers: [String: String]) -> RequestContext {
        RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))
    }

    private func end(_ server: Server, _ headers: [String: String]) async -> Int { await server.endSession(context(headers)).status }

    // MARK: After a gap

    @Test("after a gap it is unknown from the first use on; control: a bus that does not admit its gap leaves it answering", arguments: [true, false])
    func gap(isAdmitted: Bool) async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await first.openedSession()
        #expect(try await second.pinged(headers) == 200)
        bus.cut(1)
        #expect(await end(first, headers) == 204)
        bus.mend(1, admits: isAdmitted)
        #expect(try await second.pinged(headers) == (isAdmitted ? 404 : 200))
        #expect(second.snapshot.sessions == (isAdmitted ? 0 : 1))
        #expect(second.sessionSlots.snapshot.total.active == second.snapshot.sessions)
        if isAdmitted { #expect(events.released.withLock { $0 }.isSuperset(of: headers.values)) }
    }

    @Test("requests that come while it is looked up do not slip past")
    func together() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await first.openedSession()
        #expect(try await second.pinged(headers) == 200)
        bus.cut(1)
        #expect(await end(first, headers) == 204)
        bus.mend(1)
        store.holdLoads()
        let requests = try (0..<3).map { _ in try ExchangeProbe.post(Messages.request("ping"), to: second, headers: headers) }
        try await store.loading.waitForWaiters(3)
        store.loading.open()
        for request in requests { #expect(await request.response.status == 404) }
    }

    @Test("one that lives on is looked up once for each gap, with what was changed meanwhile, and never without one")
    func livesOn() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await first.openedSession()
        #expect(try await second.pinged(headers) == 200)
        for gap in 1...3 {
            bus.cut(1)
            let level = ["error", "debug", "info"][gap - 1]
            _ = await (try ExchangeProbe.post(Messages.request("logging/setLevel", #""level":"\#(level)""#), to: first, headers: headers)).response
            while bus.published < gap { await Task.yield() } // it was said, unheard
            bus.mend(1)
            let before = store.loads
            for _ in 0..<10 {
                #expect(try await second.pinged(headers) == 200)
                clock.advance(by: .seconds(2))
            }
            #expect(store.loads == before + 1)
            #expect(second.sessions.all.first?.with { $0.logLevel?.rawValue } == level)
        }
    }

    @Test("while the store does not answer a session goes on, and is looked up a second later")
    func storeAway() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await first.openedSession()
        #expect(try await second.pinged(headers) == 200)
        bus.cut(1)
        #expect(await end(first, headers) == 204)
        bus.mend(1)
        store.failLoads(true)
        let before = store.loads
        for _ in 0..<5 { #expect(try await second.pinged(headers) == 200) }
        #expect(store.loads == before + 1)
        store.failLoads(false)
        clock.advance(by: SessionCheck.interval)
        #expect(try await second.pinged(headers) == 404)
    }

    @Test("one that nobody asks for but somebody listens to is let go too, and the stream is closed")
    func listenedTo() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await first.openedSession()
        let inbox = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: nil, sink: inbox) == nil)
        bus.cut(1)
        #expect(await end(first, headers) == 204)
        bus.mend(1)
        clock.advance(by: .seconds(30))
        #expect(await comesTrue { inbox.isClosed }) // after the session was taken out
        #expect(second.snapshot.sessions == 0)
    }

    // MARK: Without a bus

    @Test("where the others are not heard each session is looked up once a second at most, and is unknown a second after it ended at the latest")
    func unheard() async throws {
        let (first, second) = (try await instance(hears: false), try await instance(hears: false))
        let headers = try await first.openedSession()
        #expect(try await second.pinged(headers) == 200)
        for _ in 0..<3 {
            let before = store.loads
            clock.advance(by: SessionCheck.interval)
            for _ in 0..<10 { #expect(try await second.pinged(headers) == 200) }
            #expect(store.loads == before + 1)
        }
        #expect(await end(first, headers) == 204)
        clock.advance(by: SessionCheck.interval)
        #expect(try await second.pinged(headers) == 404)
    }

    @Test("a write that finds no record lets the session go")
    func written() async throws {
        let (first, second) = (try await instance(hears: false), try await instance(hears: false))
        let headers = try await first.openedSession()
        #expect(try await second.pinged(headers) == 200)
        #expect(await end(first, headers) == 204)
        let change = try ExchangeProbe.post(Messages.request("resources/subscribe", #""uri":"docs://a""#), to: second, headers: headers)
        #expect(await change.response.status == 200)
        while second.snapshot.sessions > 0 { await Task.yield() }
        #expect(try await store.count() == 0)
    }

    @Test("a session that lives with its connection is in no store, and is never looked up")
    func connection() async throws {
        let server = try await instance(hears: false)
        let inbox = MessageInbox()
        let peer = try server.connect(Connection(kind: .inMemory), principal: nil, outbound: inbox)
        peer.receive(Array(Messages.initialize().utf8))
        _ = try await inbox.next { $0["result"] != nil }
        clock.advance(by: .seconds(60))
        let session = try #require(server.sessions.all.first)
        #expect(!server.mustCheck(session, now: clock.now))
        peer.receive(Array(Messages.request("ping", id: "5").utf8))
        _ = try await inbox.next { $0["id"]?.int == 5 && $0["result"] != nil }
        #expect(store.loads == 0 && server.snapshot.sessions == 1)
    }
}
