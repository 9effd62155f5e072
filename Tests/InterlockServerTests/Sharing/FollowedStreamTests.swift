import InterlockConcurrency
import InterlockJSON
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("Streams of a session that another instance writes, or an earlier life of it", .timeLimit(.minutes(5)))
struct FollowedStreamTests {
    private let clock = ManualClock()
    private let sessions = InMemorySessionStore()
    private let events: SharedMemoryEvents
    private let bus = InMemoryMessageBus()
    private let gate = Gate()
    private let calls = Counter()

    init() { events = SharedMemoryEvents(clock: clock) }

    private func instance() async throws -> Server {
        var configuration = ServerConfiguration.instance(on: clock, sessions: sessions, events: events, bus: bus)
        configuration.startsFastHandlersInline = false
        configuration.dynamicFeatures = [.tools]
        let server = try Server(configuration: configuration) {
            Tool("hold") { [calls, gate] (context: HandlerContext) in
                let number = calls.next()
                context.reportProgress(1, total: 2)
                try await gate.wait()
                return "call \(number)"
            }
        }
        _ = try #require(await server.listenToInstances()) // lasts as long as the bus
        await server.presence?.refresh()
        return server
    }

    private func open(_ server: Server) async throws -> [String: String] {
        let headers = try await server.openedSession()
        _ = await (try ExchangeProbe.post(Messages.initialized, to: server, headers: headers)).response
        while try await sessions.load(headers["Mcp-Session-Id"] ?? "")?.isInitialized != true { await Task.yield() } // others find it so
        return headers
    }

    private func context(_ headers: [String: String]) -> RequestContext {
        RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))
    }

    /// The session's own stream, which the client has lost on `first` and taken up again on `second`.
    private func moved(from first: Server, to second: Server, _ headers: [String: String]) async throws -> MessageInbox {
        let lost = MessageInbox()
        #expect(await first.openStream(context(headers), lastEventID: nil, sink: lost) == nil)
        let seen = try #require(lost.events.first?.id)
        lost.disconnect()
        let inbox = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: seen, sink: inbox) == nil)
        return inbox
    }

    /// A call that the client has lost sight of, by the id of its first event.
    private func lost(_ server: Server, _ headers: [String: String]) async throws -> String {
        let call = try ExchangeProbe.post(Messages.call("hold", id: "7", extra: #","_meta":{"progressToken":"p"}"#), to: server, headers: headers)
        _ = try await call.inbox.next { $0["method"]?.string == "notifications/progress" }
        let seen = try #require(call.inbox.events.first?.id)
        call.inbox.disconnect()
        return seen
    }

    // MARK: Lives

    @Test("a session that comes back to an instance numbers no stream as it did before: who resumes one elsewhere gets its own events")
    func lives() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        gate.open()
        let before = try await lost(first, headers)
        while first.snapshot.callsInFlight > 0 { await Task.yield() }
        first.expire(try #require(first.sessions.all.first)) // as when it is idle here, or makes room
        let after = try await lost(first, headers)
        #expect(before.split(separator: "-").first != after.split(separator: "-").first)
        let resumed = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: after, sink: resumed) == nil)
        #expect(try await resumed.next { $0["result"] != nil }.text == "call 2")
    }

    @Test("nor does it ask its client by an id that it has used before")
    func requestIDs() async throws {
        let server = try await instance()
        let headers = try await open(server)
        let before = try #require(server.sessions.all.first)
        let id = before.requests.reserve()
        server.expire(before)
        #expect(try await server.pinged(headers) == 200)
        #expect(try #require(server.sessions.all.first).requests.reserve() != id)
    }

    // MARK: In use

    @Test("a session is in use where its stream of another instance is listened to")
    func inUse() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        let inbox = try await moved(from: first, to: second, headers)
        let call = try ExchangeProbe.post(Messages.call("hold", id: "7"), to: first, headers: headers) // keeps it alive there
        try await gate.waitForWaiters(1)
        for _ in 0..<60 { clock.advance(by: .seconds(15)) }
        #expect(first.snapshot.sessions == 1 && second.snapshot.sessions == 1)
        first.notifyListChanged(.tools)
        _ = try await inbox.next { $0["method"]?.string == "notifications/tools/list_changed" }
        gate.open()
        #expect(await call.response.status == 200)
        // Nobody listens any more.
        inbox.disconnect()
        for _ in 0..<60 { clock.advance(by: .seconds(15)) }
        #expect(second.snapshot.sessions == 0 && events.followerCount == 0)
    }

    @Test("an instance that lets go of a session which lives on ends its stream, and who follows that goes on with the stream of the own instance")
    func handedOver() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        let inbox = try await moved(from: first, to: second, headers)
        first.expire(try #require(first.sessions.all.first))
        try #require(inbox.events.count == 1 && !inbox.isClosed) // the priming event of the other stream
        second.notifyListChanged(.tools)
        _ = try await inbox.next { $0["method"]?.string == "notifications/tools/list_changed" }
        #expect(events.followerCount == 0)
        // Also who comes later, to the one that has let go.
        let id = try #require(inbox.events.first?.id)
        inbox.disconnect()
        second.expire(try #require(second.sessions.all.first))
        let late = MessageInbox()
        #expect(await first.openStream(context(headers), lastEventID: id, sink: late) == nil)
        #expect(await comesTrue { late.events.last?.data.isEmpty == true })
        first.notifyListChanged(.tools)
        _ = try await late.next { $0["method"]?.string == "notifications/tools/list_changed" }
    }

    // MARK: Ends

    @Test("a stream that is followed ends with its session, wherever that is ended", arguments: [true, false])
    func ended(elsewhere: Bool) async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        let inbox = try await moved(from: first, to: second, headers)
        #expect(events.followerCount == 1)
        #expect(await (elsewhere ? first : second).endSession(context(headers)).status == 204)
        #expect(await comesTrue { inbox.isClosed && events.followerCount == 0 })
    }

    @Test("also if the session ends while the stream is looked up: nobody follows it then")
    func endedMeanwhile() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        #expect(try await second.pinged(headers) == 200)
        events.onStanding.withLock { $0 = { if let session = second.sessions.all.first { second.drop(session) } } }
        let inbox = try await moved(from: first, to: second, headers)
        #expect(inbox.isClosed && events.followerCount == 0)
    }

    @Test("who is too slow for its budget is cut off, and follows no more")
    func slow() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        let inbox = try await moved(from: first, to: second, headers)
        inbox.setFull(true)
        first.notifyListChanged(.tools)
        #expect(await comesTrue { inbox.isClosed && events.followerCount == 0 })
        for _ in 0..<60 { clock.advance(by: .seconds(15)) }
        #expect(second.snapshot.sessions == 0)
    }
}
