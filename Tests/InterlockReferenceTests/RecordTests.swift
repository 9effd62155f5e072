import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

@testable import InterlockReference

@Suite("Records behind a limit", .timeLimit(.minutes(5)))
struct RecordTests {
    private func time(_ milliseconds: Int64) -> MonotonicTime { .zero + .milliseconds(milliseconds) }

    @Test("the quota admits 5 in any second and 5 at a time, and says when to come back")
    func quotaTable() {
        var quota = RecordQuota(limits: RecordLimits())
        func arrive(_ milliseconds: Int64) -> RecordQuota.Decision { quota.arrive(now: time(milliseconds)) }
        for index in 0..<5 { #expect(arrive(Int64(index) * 100) == .admit) }
        #expect(arrive(500) == .refuse(retryAfter: .milliseconds(500)))
        #expect(arrive(999) == .refuse(retryAfter: .milliseconds(1)))
        #expect(arrive(1_000) == .refuse(retryAfter: .seconds(1)), "five are still unanswered")
        quota.leave()
        #expect(arrive(1_001) == .admit)
        #expect(arrive(1_050) == .refuse(retryAfter: .milliseconds(50)), "the window slides, it does not start anew")
        #expect(quota.accepted == 6)
        #expect(quota.refused == 4)
        #expect(quota.peakInFlight == 5)
    }

    @Test("in any order of arrivals no window has more than 5 admitted and never are more than 5 in flight", arguments: 0..<20 as Range<UInt64>)
    func quotaInvariants(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var quota = RecordQuota(limits: RecordLimits())
        var now = MonotonicTime.zero
        var admitted: [MonotonicTime] = []
        for _ in 0..<2_000 {
            now += .milliseconds(Int64.random(in: 0...150, using: &random))
            if quota.inFlight > 0, Bool.random(using: &random) { quota.leave() }
            let free = quota.inFlight < 5 && admitted.suffix(5).filter { now - $0 < .seconds(1) }.count < 5
            let decision = quota.arrive(now: now)
            #expect((decision == .admit) == free, "seed \(seed)")
            if decision == .admit { admitted.append(now) }
            #expect(quota.inFlight <= 5)
        }
        for (first, sixth) in zip(admitted, admitted.dropFirst(5)) { #expect(sixth - first >= .seconds(1), "seed \(seed)") }
    }

    /// Refusals of a quota when five callers ask as fast as their slots let them, over a network that delays at random.
    private func refusals(restAfterAnswer: Bool, seed: UInt64) -> Int {
        var random = SeededRandom(seed: seed)
        var slots = PacedSlots(slots: 5, rest: .seconds(1))
        var quota = RecordQuota(limits: RecordLimits())
        // Events in order of time: a request arrives at the service, is answered there, and the answer arrives at the client.
        var events: [(at: MonotonicTime, what: Int, slot: PacedSlots.Slot)] = []
        func delay(_ random: inout SeededRandom) -> Duration { .milliseconds(Int64.random(in: 0...400, using: &random)) }
        func send(_ now: MonotonicTime, _ slots: inout PacedSlots, _ random: inout SeededRandom) {
            guard let slot = slots.take() else { return }
            events.append((max(now, slot.readyAt) + delay(&random), 0, slot))
        }
        for _ in 0..<5 { send(.zero, &slots, &random) }
        for _ in 0..<900 {
            guard let next = events.indices.min(by: { events[$0].at < events[$1].at }) else { break }
            let event = events.remove(at: next)
            switch event.what {
            case 0:
                if quota.arrive(now: event.at) == .admit { quota.leave() }
                events.append((event.at + delay(&random), 1, event.slot))
            default:
                slots.putBack(event.slot, usedUntil: restAfterAnswer ? event.at : event.slot.readyAt)
                send(event.at, &slots, &random)
            }
        }
        #expect(slots.inUse == 5)
        return quota.refused
    }

    @Test("slots that rest after the answer are never refused, whatever the network delays", arguments: 0..<50 as Range<UInt64>)
    func paced(seed: UInt64) {
        #expect(refusals(restAfterAnswer: true, seed: seed) == 0)
    }

    @Test("slots that rest from the sending on are refused within 100 rounds")
    func pacedNegativeControl() {
        #expect((0..<100).contains { refusals(restAfterAnswer: false, seed: $0) > 0 })
    }

    @Test("a slot that was not used is ready at once; the one that is ready first is taken first")
    func slots() throws {
        var slots = PacedSlots(slots: 2, rest: .seconds(1))
        let taken = [slots.take(), slots.take(), slots.take()]
        let first = try #require(taken[0])
        let second = try #require(taken[1])
        #expect(taken[2] == nil)
        slots.putBack(first, usedUntil: time(100))
        let again = slots.take()
        #expect(again == PacedSlots.Slot(number: first.number, readyAt: time(1_100)))
        slots.putBackUnused(second)
        let unused = slots.take()
        #expect(unused == second)
        #expect(slots.inUse == 2)
    }

    /// Asks a real service over HTTP for 50 records at once, both on a clock that this test moves.
    private func askFifty(_ mode: DemoMode) async throws -> (successes: Int, seen: RecordQuota) {
        let clock = ManualClock()
        let service = RecordService(clock: clock)
        let port = Readiness<Int>()
        let client = RecordClient(http: RecordHTTPExchange(port: port, timeout: .seconds(86_400), clock: clock), mode: mode, clock: clock)
        return await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run { port.succeed($0) } }
            group.addTask {
                // Time passes in small steps; how fast decides nothing where callers are paced. Where they are not, who asks a second later is served: it
                // stands until all have asked.
                while !Task.isCancelled {
                    let seen = service.snapshot
                    if mode == .guarded || seen.accepted + seen.refused == 50 { clock.advance(by: .milliseconds(5)) }
                    await Task.yield()
                }
            }
            let count = await successes(of: 50) { index in
                let record = try await client.record("r/\(index) ü")
                #expect(record == Record(id: "r/\(index) ü"))
            }
            group.cancelAll()
            return (count, service.snapshot)
        }
    }

    @Test("50 at once are all served, over real sockets, and the service never has to refuse")
    func fifty() async throws {
        let (count, seen) = try await askFifty(.guarded)
        #expect(count == 50)
        #expect(seen.accepted == 50)
        #expect(seen.refused == 0)
        #expect(seen.peakInFlight <= 5)
    }

    @Test("without limiter and pacing most of 50 are refused")
    func fiftyUnsafe() async throws {
        let (count, seen) = try await askFifty(.unsafe)
        #expect(count == 5)
        #expect(seen.accepted == 5)
        #expect(seen.refused == 45)
    }

    /// Answers that were decided before, in order.
    final class Scripted: RecordExchange {
        private let answers: Mutex<[RecordResponse]>
        init(_ answers: [RecordResponse]) { self.answers = Mutex(answers) }
        func get(_ id: String) async throws -> RecordResponse { answers.withLock { $0.removeFirst() } }
    }

    @Test("a refusal is waited out as long as the service says, then asked again")
    func retries() async throws {
        let clock = ManualClock()
        let client = RecordClient(http: Scripted([.tooManyRequests(.seconds(7)), .record(Record(id: "x"))]), mode: .guarded, clock: clock)
        async let answer = client.record("x")
        try await clock.waitForPending(1)
        clock.advance(by: .milliseconds(6_999))
        #expect(clock.pendingCount == 1)
        clock.advance(by: .milliseconds(1))
        #expect(try await answer == Record(id: "x"))
    }

    @Test("a service that only refuses is given up, with the reason")
    func givesUp() async throws {
        let clock = ManualClock()
        let client = RecordClient(http: Scripted(Array(repeating: .tooManyRequests(.seconds(5)), count: 4)), mode: .guarded, clock: clock)
        async let answer = client.record("x")
        for _ in 1..<RecordClient.maximumAttempts {
            try await clock.waitForPending(1)
            clock.advance(by: .seconds(5))
        }
        do {
            _ = try await answer
            Issue.record("the refusals were taken for an answer")
        } catch let error as RecordError {
            #expect(error.message.contains("429"))
        }
    }

    @Test("cancelling a caller who waits gives its slot back unused")
    func cancellation() async throws {
        let clock = ManualClock()
        let client = RecordClient(http: Scripted(Array(repeating: .record(Record(id: "x")), count: 6)), mode: .guarded, clock: clock)
        for _ in 0..<5 { _ = try await client.record("x") }
        let waiting = Task { try await client.record("x") } // awaited below
        try await clock.waitForPending(1)
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        clock.advance(by: .seconds(1))
        #expect(try await client.record("x") == Record(id: "x"))
    }
}
