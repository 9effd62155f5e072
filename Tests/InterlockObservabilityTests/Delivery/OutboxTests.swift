import InterlockConcurrency
@testable import InterlockObservability
import InterlockSimulation
import Synchronization
import Testing

@Suite("An outbox", .timeLimit(.minutes(5)))
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
        let (clock, attempts, lost) = (NotingClock(), Counter(), Counter())
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
        // A timer is pending during the attempt too, its timeout: only when it is due tells the backoff from it.
        while !clock.hasBeenSet(for: .zero + .seconds(1)) {
            try Task.checkCancellation()
            await Task.yield()
        }
        clock.manual.advance(by: .seconds(1))
        while outbox.snapshot.delivered < 1 {
            try Task.checkCancellation()
            await Task.yield()
        }
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

    /// A clock that notes for when its timers are set, so that one can be told from another.
    private final class NotingClock: SchedulingClock {
        let manual = ManualClock()
        private let times = Mutex<Set<MonotonicTime>>([])

        var now: MonotonicTime { manual.now }
        var wallTime: Int64 { manual.wallTime }

        func hasBeenSet(for time: MonotonicTime) -> Bool { times.withLock { $0.contains(time) } }

        func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction {
            let timer = manual.schedule(at: time, action)
            times.withLock { _ = $0.insert(time) } // not before it is set: whoever sees it may advance
            return timer
        }
    }

    final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add(_ number: Int) { count.withLock { $0 += number } }
    }
}
