@testable import InterlockServer
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("What joins a session that has just ended", .timeLimit(.minutes(5)))
struct EndedStreamTests {
    @Test("a call that sends an event first is answered all the same")
    func call() {
        let streams = SessionStreams(session: "s", store: InMemoryEventStore())
        let probe = ExchangeProbe()
        let stream = ResumableStream(probe, streams: streams, primes: true, note: nil)
        streams.end()
        #expect(stream.send(OutboundEvent(data: [1])) == .closed)
        #expect(!probe.isFinished)
        stream.finish(OutboundResponse(body: [2]))
        #expect(probe.isFinished)
    }

    @Test("a call that has been answered as it came gets no stream by what keeps its connection alive; one that is under way does", arguments: [true, false])
    func keepAlive(isAnswered: Bool) {
        let streams = SessionStreams(session: "s", store: InMemoryEventStore())
        let probe = ExchangeProbe()
        let stream = ResumableStream(probe, streams: streams, primes: true, note: nil)
        if isAnswered { stream.finish(OutboundResponse(body: [2])) }
        probe.keepAlive()
        #expect(probe.inbox.events.count == (isAnswered ? 0 : 1))
        #expect(streams.send([1], on: 1) == .sent && probe.inbox.events.count == (isAnswered ? 0 : 2))
        #expect(!isAnswered || stream.send(OutboundEvent(data: [1])) == .closed)
    }

    @Test("an event id has room for those that follow", arguments: [("7-0", true), ("7-4294967294", true), ("7-4294967295", false), ("4294967296-1", false), ("7", false)])
    func eventIDs(text: String, isRead: Bool) {
        #expect((SessionStreams.parse(text) != nil) == isRead)
        for _ in 0..<1_000 { #expect(ServerInstance(isShared: true).streamBase() < 1 << 31) }
    }

    @Test("who would listen is told that there is no such session, and is not left waiting", arguments: [nil, "0-1"])
    func listening(lastEventID: String?) async throws {
        let server = try Server(name: "s", version: "1") {}
        let headers = try await server.openedSession()
        let session = try #require(server.sessions.all.first)
        guard case .streams(let streams) = session.delivery else {
            Issue.record("it has no streams")
            return
        }
        let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))
        #expect(await server.openStream(context, lastEventID: nil, sink: MessageInbox()) == nil)
        streams.end() // the session was found before
        #expect(await server.openStream(context, lastEventID: lastEventID, sink: MessageInbox())?.status == 404)
        #expect(!streams.isConnected)
    }
}
