import InterlockConcurrency
@testable import InterlockObservability
import InterlockSimulation
import Synchronization
import Testing

@Suite("An outbox", .timeLimit(.minutes(1)))
struct OutboxTests {
    struct Failure: Error {}

    @Test("keeps order and loses count of nothing, whatever comes when")
    func invariants() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let (capacity, batch) = (Int.random(in: 1...8, using: &random), Int.random(in: 1...4, using: &random))
            var machine = OutboxStateMachine<Int>(capacity: capacity, batchSize: min(batch, capacity), interval: .seconds(2))
            var (now, next, last, isOut) = (MonotonicTime.zero, 0, -1, false)
            for _ in 0..<200 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5:
                    let waiting = machine.snapshot.waiting
                    #expect(machine.offer(next).isAccepted == (waiting < capacity))
                    next += 1
                case 5: machine.flush()
                case 6 where isOut:
                    machine.settle(isDelivered: Bool.random(using: &random))
                    isOut = false
                case 7..<9 where !isOut:
                    if case .deliver(let items) = machine.next(now: now) {
                        isOut = true
                        #expect(items.count <= batch && !items.isEmpty && items == items.sorted() && items[0] > last)
                        last = items.last!
                    }
                default: now += .milliseconds(Int.random(in: 0...1_500, using: &random))
                }
                let all = machine.snapshot
                #expect(all.offered == all.waiting + all.inFlight + all.delivered + all.dropped + all.lost)
                #expect(all.waiting <= capacity)
            }
            _ = machine.close()
            #expect(!machine.offer(0).isAccepted)
            let all = machine.snapshot
            #expect(all.offered == all.delivered + all.dropped + all.lost)
        }
    }

    @Test("waits for company until its interval is over, and not when the batch is full")
    func gathering() {
        var machine = OutboxStateMachine<Int>(capacity: 10, batchSize: 2, interval: .seconds(5))
        #expect(machine.offer(1).wakes)
        guard case .wait(let time) = machine.next(now: .zero) else { Issue.record("must wait"); return }
        #expect(time == .zero + .seconds(5))
        #expect(machine.offer(2).wakes)
        guard case .deliver(let items) = machine.next(now: .zero) else { Issue.record("must deliver"); return }
        #expect(items == [1, 2])
    }

    @Test("tries again after the backoff, then gives the batch up and goes on")
    func retry() async throws {
        let (clock, attempts, lost) = (ManualClock(), Counter(), Counter())
        let outbox = Outbox<Int>(
            OutboxConfiguration(
                capacity: 4, batchSize: 1, interval: .zero, attempts: 2, backoff: Backoff(first: .seconds(1), jitter: .none), timeout: .seconds(60)),
            clock: clock, random: RandomSource(SeededRandom(seed: 1)),
            send: { items in
                attempts.add(1)
                if items == [1] { throw Failure() }
            }, onLoss: { count, _ in lost.add(count) })
        outbox.offer(1)
        outbox.offer(2)
        async let running: Void = outbox.run()
        try await clock.waitForPending(1)
        while attempts.value < 1 || clock.pendingCount != 1 { await Task.yield() }
        clock.advance(by: .seconds(1))
        while outbox.snapshot.delivered < 1 { await Task.yield() }
        #expect(attempts.value == 3 && lost.value == 1 && outbox.snapshot.lost == 1)
        outbox.beginShutdown()
        await running
    }

    @Test("gives up what is left when the grace is over, though the receiver never answers")
    func grace() async throws {
        let (clock, gate) = (ManualClock(), Gate())
        let outbox = Outbox<Int>(
            OutboxConfiguration(capacity: 4, batchSize: 1, interval: .zero, timeout: .seconds(600), shutdownGrace: .seconds(5)),
            clock: clock, random: RandomSource(SeededRandom(seed: 1)), send: { _ in try await gate.wait() }, onLoss: { _, _ in })
        outbox.offer(1)
        outbox.offer(2)
        async let running: Void = outbox.run()
        try await gate.waitForWaiters(1)
        outbox.beginShutdown()
        try await clock.waitForPending(2)  // the attempt's timeout and the grace
        clock.advance(by: .seconds(5))
        await running
        #expect(outbox.snapshot.lost == 2)
    }

    final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add(_ number: Int) { count.withLock { $0 += number } }
    }
}
