import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("Streams of an instance that is lost", .timeLimit(.minutes(5)))
struct LostInstanceTests {
    private let clock = ManualClock()
    private let sessions = InMemorySessionStore()
    private let gate = Gate()
    private let progress = #","_meta":{"progressToken":"p"}"#

    private func instance(_ events: SharedMemoryEvents) async throws -> Server {
        var configuration = ServerConfiguration.instance(on: clock, sessions: sessions, events: events)
        configuration.startsFastHandlersInline = false
        configuration.dynamicFeatures = [.tools]
        let hold: @Sendable (HandlerContext) async throws -> String = { [gate] context in
            context.reportProgress(1, total: 2)
            try await gate.wait()
            return "held"
        }
        let server = try Server(configuration: configuration) {
            Tool("hold") { (context: HandlerContext) in try await hold(context) }
            Tool("look", annotations: ToolAnnotations(readOnlyHint: true)) { (context: HandlerContext) in try await hold(context) }
        }
        await server.presence?.refresh()
        return server
    }

    private func open(_ server: Server) async throws -> [String: String] {
        let probe = try ExchangeProbe.post(Messages.initialize(), to: server)
        let headers = ["Mcp-Session-Id": try #require(await probe.response.headers.first { $0.name == "Mcp-Session-Id" }?.value)]
        _ = await (try ExchangeProbe.post(Messages.initialized, to: server, headers: headers)).response
        return headers
    }

    private func context(_ headers: [String: String]) -> RequestContext {
        RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))
    }

    /// A call that has sent its first event; the connection is lost then. Returns the event's id.
    private func broken(_ tool: String, on server: Server, _ headers: [String: String]) async throws -> String {
        let call = try ExchangeProbe.post(Messages.call(tool, id: "7", extra: progress), to: server, headers: headers)
        _ = try await call.inbox.next { $0["method"]?.string == "notifications/progress" }
        let seen = try #require(call.inbox.events.last?.id)
        call.inbox.disconnect()
        return seen
    }

    /// Lets time pass in which these instances show that they live.
    private func pass(_ seconds: Int, alive: [Server]) async {
        for _ in 0..<seconds / 2 {
            clock.advance(by: .seconds(2))
            for server in alive { await server.presence?.refresh() }
        }
    }

    @Test("a follower elsewhere is told that the instance is lost, and whether to call again", arguments: [("hold", "unknown"), ("look", "safe")])
    func answered(tool: String, retry: String) async throws {
        let events = SharedMemoryEvents(clock: clock)
        let (first, second) = (try await instance(events), try await instance(events))
        let headers = try await open(first)
        let seen = try await broken(tool, on: first, headers)
        let resumed = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: seen, sink: resumed) == nil)
        await pass(14, alive: [second])
        let answer = try await resumed.next { $0["error"] != nil }
        #expect(answer["id"]?.int == 7)
        #expect(answer["error"]?["data"]?["reason"]?.string == "instance_lost")
        #expect(answer["error"]?["data"]?["retry"]?.string == retry)
        #expect(resumed.isClosed)
        #expect(second.presence?.followedCount == 0)
        // Who comes later, and to a third instance, gets the same.
        let (third, late) = (try await instance(events), MessageInbox())
        #expect(await third.openStream(context(headers), lastEventID: seen, sink: late) == nil)
        #expect(try await late.next { $0["error"] != nil }["id"]?.int == 7)
        gate.open()
    }

    @Test("control: while the instance shows that it lives its stream goes on, however long the call takes")
    func alive() async throws {
        let events = SharedMemoryEvents(clock: clock)
        let (first, second) = (try await instance(events), try await instance(events))
        let headers = try await open(first)
        let seen = try await broken("hold", on: first, headers)
        let resumed = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: seen, sink: resumed) == nil)
        await pass(60, alive: [first, second])
        #expect(resumed.events.isEmpty && !resumed.isClosed)
        gate.open()
        #expect(try await resumed.next { $0["result"] != nil }.text == "held")
    }

    @Test("what a paused instance writes afterwards is refused; without fences it would come after the end", arguments: [true, false])
    func fenced(fences: Bool) async throws {
        let events = SharedMemoryEvents(clock: clock, fences: fences)
        let (first, second) = (try await instance(events), try await instance(events))
        let headers = try await open(first)
        let seen = try await broken("hold", on: first, headers)
        let resumed = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: seen, sink: resumed) == nil)
        await pass(14, alive: [second])
        _ = try await resumed.next { $0["error"] != nil }
        let ended = try #require(resumed.events.last?.id)
        gate.open()
        while first.snapshot.callsInFlight > 0 { await Task.yield() }
        let id = try #require(SessionStreams.parse(ended))
        let kept = try await events.fetch(session: headers["Mcp-Session-Id"] ?? "", stream: id.stream, after: 0) ?? []
        #expect(kept.filter(\.isLast).count == (fences ? 1 : 2))
        guard fences else { return }
        // The one that was paused no longer serves the stream from its own memory.
        let again = MessageInbox()
        while await first.openStream(context(headers), lastEventID: ended, sink: again) != nil { await Task.yield() }
        while !again.isClosed { await Task.yield() }
        #expect(again.events.isEmpty)
    }

    @Test("who was out of touch judges nobody before all had the time to come back")
    func outage() async throws {
        let events = SharedMemoryEvents(clock: clock)
        let (first, second) = (try await instance(events), try await instance(events))
        let headers = try await open(first)
        let seen = try await broken("hold", on: first, headers)
        let resumed = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: seen, sink: resumed) == nil)
        clock.advance(by: .seconds(60)) // nobody could renew
        await second.presence?.refresh()
        await first.presence?.refresh()
        await pass(30, alive: [second, first])
        #expect(resumed.events.isEmpty && !resumed.isClosed)
        gate.open()
        #expect(try await resumed.next { $0["result"] != nil }.text == "held")
    }

    @Test("the session's own stream goes on with the instance that took it over")
    func ownStream() async throws {
        let events = SharedMemoryEvents(clock: clock)
        let (first, second) = (try await instance(events), try await instance(events))
        let headers = try await open(first)
        let listening = MessageInbox()
        #expect(await first.openStream(context(headers), lastEventID: nil, sink: listening) == nil)
        let seen = try #require(listening.events.first?.id)
        let resumed = MessageInbox()
        #expect(await second.openStream(context(headers), lastEventID: seen, sink: resumed) == nil)
        await pass(14, alive: [second])
        while resumed.events.isEmpty { await Task.yield() } // the priming event of the new stream
        #expect(!resumed.isClosed)
        second.notifyListChanged(.tools)
        _ = try await resumed.next { $0["method"]?.string == "notifications/tools/list_changed" }
        #expect(resumed.events.last?.id?.split(separator: "-").first != seen.split(separator: "-").first)
    }
}
