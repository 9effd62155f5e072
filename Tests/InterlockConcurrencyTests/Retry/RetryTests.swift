import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("Retries, budgets and hedges")
struct RetryTests {
    private struct Busy: Error, Equatable { var attempt = 0 }

    @Test("waits longer each time, up to a longest wait, and leaves as much to chance as it is told")
    func backoff() {
        let plain = Backoff(first: .seconds(1), factor: 2, longest: .seconds(5), jitter: .none)
        #expect((1...5).map { plain.delay(afterFailures: $0, fraction: 0.7) } == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
        #expect(plain.delay(afterFailures: .max, fraction: 0) == .seconds(5))
        let half = Backoff(first: .seconds(4), factor: 1, jitter: .half)
        #expect(half.delay(afterFailures: 9, fraction: 0) == .seconds(2))
        #expect(half.delay(afterFailures: 9, fraction: 0.5) == .seconds(3))
        let full = Backoff(first: .seconds(4), jitter: .full)
        #expect(full.delay(afterFailures: 1, fraction: 0.25) == .seconds(1))
        #expect(Backoff(first: .zero).delay(afterFailures: 99, fraction: 0.5) == .zero)
        #expect(Backoff(first: .seconds(9), longest: .seconds(2), jitter: .none).delay(afterFailures: 1, fraction: 0) == .seconds(2))
    }

    @Test("draws the same fractions from the same seed, between 0 and 1")
    func random() {
        let (one, other) = (RandomSource(SeededRandom(seed: 3)), RandomSource(SeededRandom(seed: 3)))
        for _ in 0..<1_000 {
            let fraction = one.fraction()
            #expect(fraction == other.fraction())
            #expect(fraction >= 0 && fraction < 1)
        }
    }

    @Test("a budget is a share of the calls of its window, and a reserve")
    func budget() {
        var budget = RetryBudgetStateMachine(share: 0.1, minimumPerSecond: 0.2, window: .seconds(10))
        #expect(budget.withdraw(now: .zero) == true)
        #expect(budget.withdraw(now: .zero) == true, "two in ten seconds are the reserve")
        #expect(budget.withdraw(now: .zero) == false)
        for _ in 0..<10 { budget.deposit(now: .zero + .seconds(5)) }
        #expect(budget.withdraw(now: .zero + .seconds(5)) == true)
        #expect(budget.withdraw(now: .zero + .seconds(9)) == false)
        #expect(budget.withdraw(now: .zero + .seconds(10)) == true, "the first withdrawals are forgotten")
        #expect(budget.balance(now: .zero + .seconds(1_000)) > 1.9)
        #expect((budget.granted, budget.refused) == (4, 2))
    }

    @Test("a budget never grants more than its share and reserve over any window; the proof notices one that does", arguments: [false, true])
    func budgetInvariant(isUnbounded: Bool) {
        let holds = (0..<100 as Range<UInt64>).allSatisfy { seed in
            var random = SeededRandom(seed: seed)
            var budget = RetryBudgetStateMachine(share: 0.5, minimumPerSecond: 0.3, window: .seconds(10))
            var calls: [Int] = []
            var retries: [Int] = []
            for tick in 0..<300 {
                let now = MonotonicTime.zero + .seconds(tick)
                if Bool.random(using: &random) {
                    budget.deposit(now: now)
                    calls.append(tick)
                } else if budget.withdraw(now: now) || isUnbounded {
                    retries.append(tick)
                }
                let recent = calls.count { $0 > tick - 10 }
                if Double(retries.count { $0 > tick - 10 }) > 0.5 * Double(calls.count { $0 > tick - 20 }) + 3 + 0.5 * Double(recent) { return false }
            }
            return true
        }
        #expect(holds != isUnbounded)
    }

    @Test("tries again as often as it may, waits between, heeds a retry-after, and throws the last error", .timeLimit(.minutes(5)))
    func retry() async throws {
        let clock = ManualClock()
        var policy = RetryPolicy(attempts: 3, backoff: Backoff(first: .seconds(1), jitter: .none))
        func run(_ policy: RetryPolicy, deadline: MonotonicTime? = nil) -> Task<Int, any Error> {
            Task {  // awaited by the test
                try await policy.run(deadline: deadline, clock: clock) { attempt in
                    if attempt < 3 { throw Busy(attempt: attempt) }
                    return attempt
                }
            }
        }
        let patient = run(policy)
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(1))
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(2))
        #expect(try await patient.value == 3)
        #expect(clock.now == .zero + .seconds(3))

        await #expect(throws: Busy(attempt: 1)) { try await run(policy, deadline: clock.now + .milliseconds(999)).value }
        policy.attempts = 1
        await #expect(throws: Busy(attempt: 1)) { try await run(policy).value }
        policy.attempts = 5
        policy.isRetryable = { ($0 as? Busy)?.attempt != 1 }
        await #expect(throws: Busy(attempt: 1)) { try await run(policy).value }
        policy.isRetryable = RetryPolicy.mayPass
        policy.budget = RetryBudget(share: 0, minimumPerSecond: 0)
        await #expect(throws: Busy(attempt: 1)) { try await run(policy).value }
        #expect(policy.budget?.snapshot.refused == 1)
        policy.budget = nil
        policy.retryAfter = { _ in .seconds(7) }
        let late = run(policy)
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(6))
        #expect(clock.pendingCount == 1)
        late.cancel()
        await #expect(throws: Busy(attempt: 1)) { try await late.value }
        #expect(!RetryPolicy.mayPass(CancellationError()))
        #expect(RetryPolicy.mayPass(AcquireError(code: .queueFull, message: "")))
        #expect(!RetryPolicy.mayPass(AcquireError(code: .shutDown, message: "")))
    }

    @Test("a hedge asks again after its delay and takes the first answer; the other is cancelled", .timeLimit(.minutes(5)))
    func hedge() async throws {
        let clock = ManualClock()
        let gates = [Gate(), Gate()]
        let cancelled = Shared(0)
        let hedged = Task {  // awaited below
            try await Hedge(after: .seconds(1), attempts: 2).run(clock: clock) { attempt in
                do { try await gates[attempt - 1].wait() } catch {
                    cancelled.update { $0 += 1 }
                    throw error
                }
                return attempt
            }
        }
        try await gates[0].waitForWaiters(1)
        try await clock.waitForPending(1)
        #expect(gates[1].waiterCount == 0)
        clock.advance(by: .seconds(1))
        try await gates[1].waitForWaiters(1)
        gates[1].open()
        #expect(try await hedged.value == 2)
        #expect(cancelled.value == 1)
        #expect(clock.pendingCount == 0)
    }

    @Test("a hedge starts the next at once when one fails, throws the last error when all do, and keeps to its budget", .timeLimit(.minutes(5)))
    func hedgeFailures() async throws {
        let clock = ManualClock()
        #expect(try await Hedge(after: .seconds(9), attempts: 3).run(clock: clock) { attempt in
            if attempt < 3 { throw Busy(attempt: attempt) }
            return attempt
        } == 3)
        await #expect(throws: Busy(attempt: 2)) {
            _ = try await Hedge(after: .seconds(9), attempts: 2).run(clock: clock) { attempt -> Int in throw Busy(attempt: attempt) }
        }
        await #expect(throws: Busy(attempt: 1)) {
            let broke = RetryBudget(share: 0, minimumPerSecond: 0)
            _ = try await Hedge(after: .seconds(9), attempts: 2, budget: broke).run(clock: clock) { attempt -> Int in throw Busy(attempt: attempt) }
        }
        #expect(clock.pendingCount == 0)
    }

    @Test("a hedge of a task that was cancelled before begins nothing and says so", .timeLimit(.minutes(5)))
    func hedgeOfCancelled() async throws {
        let clock = ManualClock()
        let budget = RetryBudget()
        let gate = Gate()
        let begun = Shared(0)
        let call = Task {  // awaited below
            do { try await gate.wait() } catch {}  // the cancellation is what opens it
            return try await Hedge(after: .seconds(1), attempts: 3, budget: budget).run(clock: clock) { attempt in
                begun.update { $0 += 1 }
                return attempt
            }
        }
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        #expect(begun.value == 0)
        #expect(clock.pendingCount == 0)
    }

    @Test("work that ran out of time is not tried again by itself")
    func outOfTime() {
        #expect(!RetryPolicy.mayPass(WorkTimeoutError("workers", after: .seconds(1))))
    }
}
