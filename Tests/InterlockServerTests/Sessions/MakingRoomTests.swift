import InterlockConcurrency
@testable import InterlockServer
import InterlockSimulation
import InterlockTesting
import Testing

@Suite("Which session makes room")
struct MakingRoomTests {
    private let clock = ManualClock()

    /// Sessions of which each was used a second after the one before, on places that have nothing to do with that.
    private func registry(_ count: Int, seed: UInt64, used: (Int) -> Bool = { _ in false }) throws -> (SessionRegistry, [Session], [MessageInbox]) {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.random = RandomSource(SeededRandom(seed: seed))
        let registry = SessionRegistry(configuration: configuration)
        var inboxes: [MessageInbox] = []
        let sessions = try (0..<count).map { number in
            let session = try Session.bare("s\(number)", number: UInt64(number), clock: clock)
            session.touch(.zero + .seconds(number))
            if used(number), case .streams(let streams) = session.delivery {
                inboxes.append(MessageInbox())
                try streams.connectServerStream(inboxes[inboxes.count - 1], primes: false)
            }
            return session
        }
        var random = SeededRandom(seed: seed)
        for session in sessions.shuffled(using: &random) { registry.insert(session) { _ in } }
        return (registry, sessions, inboxes)
    }

    @Test("of 20,000 it is one of the fifth that was unused for longest, every time, and 64 are looked at", arguments: 1...3 as ClosedRange<UInt64>)
    func sampled(seed: UInt64) throws {
        let (registry, _, _) = try registry(20_000, seed: seed)
        var ranks: [Int] = []
        for _ in 0..<2_000 {
            let (found, looked) = registry.candidateToMakeRoom()
            #expect(looked == SessionRegistry.drawnToMakeRoom)
            ranks.append(Int(try #require(found).number))
        }
        #expect(ranks.max() ?? 0 < 4_000, "the most recently used one that was chosen: \(ranks.max() ?? 0)")
        #expect(ranks.reduce(0, +) / ranks.count < 400, "on average one of the oldest fiftieth")
    }

    @Test("control: one drawn alone is as likely as not of the newer half")
    func drawnAlone() throws {
        let (registry, _, _) = try registry(2_000, seed: 1)
        let random = RandomSource(SeededRandom(seed: 1))
        let all = registry.all
        #expect((0..<500).count { _ in all[random.number(below: all.count)].number >= 1_000 } > 150)
    }

    @Test("of few it is the one unused for longest")
    func few() throws {
        let (registry, sessions, _) = try registry(64, seed: 1)
        #expect(registry.candidateToMakeRoom().session === sessions[0])
        #expect(registry.remove(sessions[0]))
        #expect(registry.candidateToMakeRoom().session === sessions[1])
    }

    @Test("never one that somebody listens to, and where nearly all are listened to it is found a little later, with as many looked at each time at most")
    func inUse() throws {
        let (registry, sessions, inboxes) = try registry(5_000, seed: 2) { $0 != 4_321 }
        let most = SessionRegistry.drawnToMakeRoom + SessionRegistry.furtherToMakeRoom
        var attempts = 0
        var found: Session?
        while found == nil, attempts < 6 {
            let (session, looked) = registry.candidateToMakeRoom()
            #expect(looked <= most)
            found = session
            attempts += 1
        }
        #expect(found === sessions[4_321])
        #expect(registry.remove(sessions[4_321]))
        for _ in 0..<20 {
            let (none, looked) = registry.candidateToMakeRoom()
            #expect(none == nil && looked <= most)
        }
        #expect(inboxes.count == 4_999)
    }

    @Test("a place that came free is filled, and every session is found by its id whatever came and went")
    func places() throws {
        var (random, live, known) = (SeededRandom(seed: 7), LiveSessions(), Set<String>())
        let sessions = try (0..<50).map { try Session.bare("s\($0)", clock: clock) }
        for _ in 0..<5_000 {
            let session = sessions[Int.random(in: 0..<50, using: &random)]
            if known.contains(session.id) {
                live.remove(session.id)
                known.remove(session.id)
            } else {
                live.insert(session)
                known.insert(session.id)
            }
            #expect(live.count == known.count && Set(live.all.map(\.id)) == known)
            #expect(sessions.allSatisfy { (live[$0.id] === $0) == known.contains($0.id) })
        }
        live.remove("nobody")
        let all = live.following(live.count - 1, 1_000)
        #expect(all.count == live.count && Set(all.map(\.id)) == known)
    }
}
