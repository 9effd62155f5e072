import InterlockClient
import InterlockConcurrency
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("What instances know while their bus is in trouble", .timeLimit(.minutes(5)))
struct BusTroubleTests {
    private let clock = ManualClock()
    private let store = WatchedSessions()
    private let bus = PatchyBus()
    private let log = LogMessages()

    private func server() throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.sessionStore = store
        configuration.messageBus = bus
        configuration.logger = log.logger
        return try Server(configuration: configuration) {}
    }

    /// One instance that listens; on the bus the first is 0.
    private func instance() async throws -> Server {
        let server = try server()
        _ = try #require(await server.listenToInstances()) // lasts as long as the bus
        return server
    }

    private func end(_ server: Server, _ headers: [String: String]) async -> Int {
        await server.endSession(RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))).status
    }

    /// Lets so many seconds pass, and everybody do what is due in each; says whether it has come true.
    ///
    /// - Parameter timers: those that are set while everybody sleeps: before that no second begins, nor is one over unless it has come true.
    private func within(_ seconds: Int, timers: Int, _ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<seconds {
            try await clock.waitForPending(timers)
            clock.advance(by: .seconds(1))
            repeat {
                try Task.checkCancellation()
                if try await condition() { return true }
                await Task.yield()
            } while clock.pendingCount < timers
            for _ in 0..<500 { await Task.yield() } // who should have nothing to do has no timer to wait for
            if try await condition() { return true }
        }
        return false
    }

    @Test(
        "while it is lost a session that ended elsewhere is let go a second later; control: a bus that does not say so leaves it answering",
        arguments: [true, false])
    func lost(isSaid: Bool) async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await first.openedSession()
        #expect(try await second.pinged(headers) == 200)
        bus.cut(1, saysSo: isSaid)
        #expect(await end(first, headers) == 204)
        clock.advance(by: SessionCheck.interval)
        #expect(try await second.pinged(headers) == (isSaid ? 404 : 200))
        #expect(second.hearing.isListening == !isSaid)
        bus.mend(1)
        #expect(second.hearing.isListening)
    }

    @Test("one that took no listener at the start is tried again until it does, and then all is compared; said twice in all")
    func late() async throws {
        let server = try server()
        bus.takeListeners(false)
        try await withServer(server) { (_: Client) async throws in
            // The next attempt's timer is the only one: no session is open.
            #expect(try await !within(40, timers: 1) { server.hearing.isListening })
            let gaps = server.hearing.gaps
            bus.takeListeners(true)
            #expect(try await within(31, timers: 1) { server.hearing.isListening })
            #expect(server.hearing.gaps > gaps)
        }
        #expect(!server.hearing.isListening)
        #expect(log.count("cannot be heard") == 1)
    }

    @Test("an instance whose news it did not take tells the others that they have missed some, when it takes that, and once")
    func owed() async throws {
        let (first, second) = (try await instance(), try await instance())
        let serving = Task { await first.keepInTouch(isListening: true) }
        let headers = try await first.openedSession()
        #expect(try await second.pinged(headers) == 200)
        bus.takeMessages(false)
        #expect(await end(first, headers) == 204)
        // The second's next sweep, and when the first tells what it owes.
        #expect(try await !within(5, timers: 2) { try await second.pinged(headers) == 404 })
        #expect(log.count("could not be told") == 1)
        bus.takeMessages(true)
        #expect(try await within(2, timers: 2) { try await second.pinged(headers) == 404 })
        let published = bus.published
        #expect(try await !within(5, timers: 0) { bus.published > published })
        serving.cancel()
        await serving.value
    }

    @Test("what was not told before an instance serves is made up for when it does")
    func owedBefore() async throws {
        let (first, second) = (try await instance(), try await instance())
        let gaps = second.hearing.gaps
        bus.takeMessages(false)
        await first.tell(.sessionEnded(session: "s"))
        bus.takeMessages(true)
        let serving = Task { await first.keepInTouch(isListening: true) }
        #expect(try await within(5, timers: 1) { second.hearing.gaps > gaps })
        serving.cancel()
        await serving.value
    }

    @Test("what fails while news is being made up for is owed as before")
    func owedMeanwhile() {
        let news = OwedNews()
        let answers = [news.owe(), news.owe()]
        #expect(answers == [true, false])
        let owed = news.count
        #expect(!news.owe())
        news.paid(owed)
        #expect(!news.owe(), "the third is owed yet")
        news.paid(news.count)
        #expect(news.owe())
    }
}
