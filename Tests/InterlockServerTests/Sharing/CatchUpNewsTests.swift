import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("What clients are told when an instance may have missed something", .timeLimit(.minutes(5)))
struct CatchUpNewsTests {
    private static let step = Duration.milliseconds(50)
    private let clock = ManualClock()
    private let bus = PatchyBus()

    private func instance(spread: Duration, seed: UInt64 = 1) async throws -> Server {
        var configuration = ServerConfiguration.instance(on: clock, sessions: InMemorySessionStore(), events: SharedMemoryEvents(clock: clock), bus: bus)
        configuration.random = RandomSource(SeededRandom(seed: seed))
        configuration.catchUpSpread = spread
        configuration.dynamicFeatures = [.tools, .prompts]
        let server = try Server(configuration: configuration) {}
        _ = try #require(await server.listenToInstances()) // lasts as long as the bus
        return server
    }

    /// Clients that each have a session and its stream.
    private func listeners(_ count: Int, to server: Server) async throws -> [MessageInbox] {
        var inboxes: [MessageInbox] = []
        for _ in 0..<count {
            let headers = try await server.openedSession()
            _ = await (try ExchangeProbe.post(Messages.initialized, to: server, headers: headers)).response
            let inbox = MessageInbox()
            let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers))
            #expect(await server.openStream(context, lastEventID: nil, sink: inbox) == nil)
            inboxes.append(inbox)
        }
        return inboxes
    }

    private static let tools = "notifications/tools/list_changed", prompts = "notifications/prompts/list_changed"

    private func told(_ inbox: MessageInbox, _ kind: String = tools) -> Int { inbox.pending.count { $0["method"]?.string == kind } }

    /// How many of them heard something new of tools in each step of so long a time.
    private func steps(_ seconds: Int, _ inboxes: [MessageInbox]) -> [Int] {
        var before = inboxes.map { told($0) }
        return (0..<seconds * 20).map { _ in
            clock.advance(by: Self.step)
            let now = inboxes.map { told($0) }
            defer { before = now }
            return zip(before, now).count { $0 < $1 }
        }
    }

    @Test("a thousand sessions hear of it once, however often it was said, over ten seconds: seven in 50 ms at most, and 113 in a second")
    func spread() async throws {
        let server = try await instance(spread: .seconds(10))
        let inboxes = try await listeners(1_000, to: server)
        for _ in 0..<3 { bus.mend(0) }
        let heard = steps(15, inboxes)
        #expect(inboxes.allSatisfy { told($0) == 1 && told($0, Self.prompts) == 1 && told($0, "notifications/resources/list_changed") == 0 })
        #expect(heard.max() ?? 0 <= 7)
        let seconds = heard.indices.dropLast(20).map { heard[$0..<$0 + 20].reduce(0, +) }
        #expect(seconds.max() ?? 0 <= 113)
        #expect(heard.prefix(20).allSatisfy { $0 == 0 }, "what is missed in the first second is one thing to tell")
        #expect(heard[20..<200].reduce(0, +) == 1_000)
        for second in 1..<10 { #expect(heard[second * 20..<second * 20 + 20].reduce(0, +) > 100, "second \(second)") }
    }

    @Test("control: without the spread all hear of it at once, and each time that it is said")
    func atOnce() async throws {
        let server = try await instance(spread: .zero)
        let inboxes = try await listeners(1_000, to: server)
        for _ in 0..<3 { bus.mend(0) }
        #expect(inboxes.allSatisfy { told($0) == 3 })
    }

    @Test("the order is drawn, and with few clients the moment too")
    func order() async throws {
        var moments: [Int] = []
        for seed in 1...6 as ClosedRange<UInt64> {
            let server = try await instance(spread: .seconds(10), seed: seed)
            let inboxes = try await listeners(1, to: server)
            bus.mend(moments.count)
            // An instance tells nobody once it is gone.
            moments.append(try #require(withExtendedLifetime(server) { steps(11, inboxes).firstIndex(of: 1) }))
        }
        #expect(Set(moments).count >= 5, "\(moments)")
        #expect(moments.allSatisfy { $0 >= 20 && $0 < 200 })
    }

    @Test("who was told before it happened again is told again, after those who wait; a change that is heard of is told at once, and not again")
    func again() async throws {
        let server = try await instance(spread: .seconds(10))
        let inboxes = try await listeners(100, to: server)
        bus.mend(0)
        let first = steps(5, inboxes).reduce(0, +)
        #expect(first > 30 && first < 60)
        let early = inboxes.filter { told($0) == 1 }
        bus.mend(0)
        _ = steps(6, inboxes)
        #expect(inboxes.allSatisfy { told($0) >= 1 })
        server.notifyListChanged(.prompts)
        #expect(inboxes.allSatisfy { told($0, Self.prompts) >= 1 })
        _ = steps(6, inboxes)
        #expect(early.allSatisfy { told($0) == 2 })
        #expect(inboxes.count { told($0) == 1 } == 100 - first)
        // The change itself came once to all; those told of the gap before it had heard of prompts then, and nobody hears of them after it.
        #expect(inboxes.allSatisfy { told($0, Self.prompts) <= told($0) + 1 })
        let prompts = inboxes.map { told($0, Self.prompts) }.reduce(0, +), tools = inboxes.map { told($0) }.reduce(0, +)
        #expect(prompts < tools + 100)
    }

    @Test("while the bus is away nobody is told, and all are when it is back")
    func lost() async throws {
        let server = try await instance(spread: .seconds(10))
        let inboxes = try await listeners(100, to: server)
        bus.mend(0)
        let first = steps(5, inboxes).reduce(0, +)
        bus.cut(0, saysSo: true)
        #expect(steps(20, inboxes).allSatisfy { $0 == 0 })
        bus.mend(0)
        #expect(steps(11, inboxes).reduce(0, +) == 100)
        #expect(inboxes.count { told($0) == 2 } == first)
    }

    @Test("more than it is meant for take longer, and no step tells more than a hundred")
    func many() throws {
        var (machine, session) = (CatchUpNewsStateMachine(), 0)
        let sessions = try (0..<30_000).map { number in NewsListener.session(try .bare("s\(number)", number: UInt64(number), clock: clock)) }
        let begins = [machine.missed(sessions, phase: 0.5), machine.missed(sessions, phase: 0.25)]
        #expect(begins == [true, false])
        var steps = 0
        while true {
            let (listeners, _, goesOn) = machine.next()
            session += listeners.count
            steps += 1
            #expect(listeners.count <= CatchUpNewsStateMachine.maximumOfStep)
            if !goesOn { break }
        }
        #expect(session == 30_000 && steps >= 320 && steps <= 322)
        let beginsAnew = machine.missed(sessions, phase: 0)
        #expect(beginsAnew, "steps begin anew when they have ended")
    }
}
