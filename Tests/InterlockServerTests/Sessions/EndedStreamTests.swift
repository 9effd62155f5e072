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
