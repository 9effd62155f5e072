import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("What retries and hedges count")
struct RetryMetricsTests {
    private struct Busy: Error {}

    @Test("each event of a retried call is added up")
    func retryTable() {
        var tally = RetryTally()
        let events: [RetryTally.Event] = [
            .began, .attemptEnded(after: .seconds(1)), .succeeded(attempt: 1), .began, .attemptEnded(after: .seconds(2)), .waited(.seconds(4), isOver: true),
            .attemptEnded(after: .seconds(3)), .succeeded(attempt: 2), .began, .attemptEnded(after: .zero), .waited(.seconds(1), isOver: false), .gaveUp(.cancelled),
            .began, .attemptEnded(after: .zero), .gaveUp(.budget), .began, .succeeded(attempt: 1_000_000), .began,
        ]
        for event in events { tally.note(event) }
        let snapshot = tally.snapshot
        #expect(snapshot.calls == 6 && snapshot.running == 1 && snapshot.attempts == 5 && snapshot.retries == 1)
        #expect(snapshot.successes.count == RetrySnapshot.countedAttempts)
        #expect(snapshot.successes.prefix(2) == [1, 1] && snapshot.successes.last == 1 && snapshot.succeeded == 3 && snapshot.recovered == 2)
        #expect(snapshot.givenUp == [.cancelled: 1, .budget: 1] && snapshot.failed == 2 && snapshot.budgetRefusals == 1)
        #expect(snapshot.runs.sum == .seconds(6) && snapshot.waits.sum == .seconds(5) && snapshot.waits.count == 2)
    }

    @Test("each event of a hedged call is added up")
    func hedgeTable() {
        var tally = HedgeTally()
        let events: [HedgeTally.Event] = [
            .began, .won(attempt: 1, cancelled: 0, after: .seconds(1)), .ended, .began, .hedged(after: .seconds(2)), .won(attempt: 2, cancelled: 1, after: .seconds(3)), .ended,
            .began, .budgetRefused, .failed(after: .seconds(4)), .ended, .began, .cancelled(after: .seconds(5)), .began, .won(attempt: 99, cancelled: 98, after: .zero),
        ]
        for event in events { tally.note(event) }
        let snapshot = tally.snapshot
        #expect(snapshot.calls == 5 && snapshot.running == 2 && snapshot.hedges == 1 && snapshot.budgetRefusals == 1)
        #expect(snapshot.wonByFirst == 1 && snapshot.wonByHedge == 2 && snapshot.wins.count == HedgeSnapshot.countedAttempts)
        #expect(snapshot.failed == 1 && snapshot.cancelled == 1 && snapshot.attemptsCancelled == 99)
        #expect(snapshot.runs.sum == .seconds(13) && snapshot.waits.sum == .seconds(2))
    }

    @Test("copies of a policy share their counters, and policies share those they are given", .timeLimit(.minutes(5)))
    func sharing() async throws {
        let policy = RetryPolicy(attempts: 2, backoff: Backoff(first: .zero, jitter: .none))
        var copy = policy
        copy.attempts = 1
        let other = RetryPolicy(attempts: 1, metrics: policy.metrics)
        for policy in [policy, copy, other] {
            await #expect(throws: Busy.self) { try await policy.run(clock: ManualClock()) { _ in throw Busy() } }
        }
        #expect(policy.snapshot == copy.snapshot && policy.snapshot == other.snapshot)
        #expect(policy.snapshot.calls == 3 && policy.snapshot.givenUp == [.attempts: 3] && policy.snapshot.attempts == 4)
        #expect(RetryPolicy().snapshot == RetrySnapshot())
        let hedge = Hedge(after: .seconds(1))
        let cousin = Hedge(after: .seconds(2), metrics: hedge.metrics)
        for hedge in [hedge, cousin] { #expect(try await hedge.run(clock: ManualClock()) { $0 } == 1) }
        #expect(hedge.snapshot == cousin.snapshot && hedge.snapshot.wonByFirst == 2 && hedge.snapshot.running == 0)
    }

    @Test("a call cancelled in the wait for its next attempt is counted as cancelled, and its wait as long as it was", .timeLimit(.minutes(5)))
    func cancelled() async throws {
        let clock = ManualClock()
        let policy = RetryPolicy(attempts: 3, backoff: Backoff(first: .seconds(10), jitter: .none))
        let call = Task { try await policy.run(clock: clock) { _ in throw Busy() } }  // awaited below
        try await clock.waitForPending(1)
        #expect(policy.snapshot.running == 1)
        clock.advance(by: .seconds(4))
        call.cancel()
        await #expect(throws: Busy.self) { try await call.value }
        #expect(policy.snapshot.givenUp == [.cancelled: 1] && policy.snapshot.running == 0 && policy.snapshot.waits.sum == .seconds(4))
    }

    @Test("a hedge counts which attempt won, the ones it cancelled for it, and what its budget refused", .timeLimit(.minutes(5)))
    func hedged() async throws {
        let clock = ManualClock()
        let gates = [Gate(), Gate()]
        let hedge = Hedge(after: .seconds(1), budget: RetryBudget(share: 0, minimumPerSecond: 0.1))
        let call = Task {  // awaited below
            try await hedge.run(clock: clock) { attempt in
                try await gates[attempt - 1].wait()
                return attempt
            }
        }
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(1))
        try await gates[1].waitForWaiters(1)
        gates[1].open()
        #expect(try await call.value == 2)
        await #expect(throws: Busy.self) { try await hedge.run(clock: clock) { _ in throw Busy() } }
        let snapshot = hedge.snapshot
        #expect(snapshot.wins == [0, 1] && snapshot.hedges == 1 && snapshot.attemptsCancelled == 1 && snapshot.waits.sum == .seconds(1))
        #expect(snapshot.failed == 1 && snapshot.budgetRefusals == 1 && snapshot.calls == 2)
        let gate = Gate()
        let cancelled = Task { try await hedge.run(clock: clock) { _ in try await gate.wait() } }  // awaited below
        try await gate.waitForWaiters(1)
        #expect(hedge.snapshot.running == 1)
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        #expect(hedge.snapshot.cancelled == 1 && hedge.snapshot.running == 0)
    }
}
