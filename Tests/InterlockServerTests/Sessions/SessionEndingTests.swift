import InterlockConcurrency
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("What the answer to a DELETE promises", .timeLimit(.minutes(5)))
struct SessionEndingTests {
    private let store = WatchedSessions()
    private let events = SharedMemoryEvents()
    private let bus = InMemoryMessageBus()
    private let gate = Gate()

    private func instance() async throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = ManualClock()
        configuration.sessionStore = store
        configuration.eventStore = events
        configuration.messageBus = bus
        configuration.startsFastHandlersInline = false
        let server = try Server(configuration: configuration) {
            Tool("hold") { [gate] (_: HandlerContext) in
                try await gate.wait()
                return "held"
            }
        }
        _ = try #require(await server.listenToInstances()) // lasts as long as the bus
        return server
    }

    private func end(_ server: Server, _ headers: [String: String]) async -> OutboundResponse {
        await server.endSession(RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers)))
    }

    @Test("204 says that the record is gone and the others know: whoever is asked at once has no such session")
    func promise() async throws {
        let (first, knowing, unknowing) = (try await instance(), try await instance(), try await instance())
        let headers = try await first.openedSession()
        #expect(try await knowing.pinged(headers) == 200)
        store.holdRemovals()
        let isAnswered = Mutex(false)
        async let answer: Int = {
            let status = await end(first, headers).status
            isAnswered.withLock { $0 = true }
            return status
        }()
        try await store.removing.waitForWaiters(1)
        #expect(try await first.pinged(headers) == 404, "here it has ended at once")
        #expect(try await unknowing.pinged(headers) == 200, "elsewhere it is there until its record is gone")
        #expect(!isAnswered.withLock { $0 })
        store.removing.open()
        #expect(await answer == 204)
        #expect(try await store.count() == 0)
        for server in [first, knowing, unknowing] {
            #expect(server.snapshot.sessions == 0)
            #expect(try await server.pinged(headers) == 404)
        }
    }

    @Test("a store that cannot remove it is said so with 503: it has ended wherever it was live, can be brought back, and is ended by the next DELETE")
    func failing() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await first.openedSession()
        #expect(try await second.pinged(headers) == 200)
        let call = try ExchangeProbe.post(Messages.call("hold", id: "7"), to: first, headers: headers)
        try await gate.waitForWaiters(1)
        store.failRemovals(true)
        let refused = await end(first, headers)
        #expect(refused.status == 503 && refused.headers.contains { $0.name == "Retry-After" && $0.value == "1" })
        #expect(first.snapshot.sessions == 0 && second.snapshot.sessions == 0 && !first.sessions.isRestoring)
        while first.snapshot.callsInFlight > 0 { await Task.yield() } // its calls are cancelled
        _ = call
        #expect(try await store.count() == 1)
        #expect(try await second.pinged(headers) == 200)
        store.failRemovals(false)
        #expect(await end(first, headers).status == 204)
        #expect(try await store.count() == 0)
        #expect(try await second.pinged(headers) == 404)
    }

    @Test("a client that closes its connection with the DELETE, without waiting for the answer, has ended its session all the same")
    func unawaited() async throws {
        let server = try await instance()
        let headers = try await server.openedSession()
        store.holdRemovals()
        let going = Task { await end(server, headers).status }
        try await store.removing.waitForWaiters(1)
        going.cancel()
        store.removing.open()
        #expect(await going.value == 204)
        #expect(try await store.count() == 0)
    }

    @Test("of two at once both end it, and neither leaves it half ended")
    func twice() async throws {
        let server = try await instance()
        let headers = try await server.openedSession()
        let session = try #require(server.sessions.all.first)
        store.holdRemovals()
        let removals = [server.end(session), server.end(session)]
        try await store.removing.waitForWaiters(2)
        store.removing.open()
        for removal in removals { try await removal?.value }
        #expect(try await store.count() == 0)
        #expect(!server.sessions.isRestoring)
        #expect(try await server.pinged(headers) == 404)
    }
}
