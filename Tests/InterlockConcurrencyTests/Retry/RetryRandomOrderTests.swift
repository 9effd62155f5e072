import InterlockConcurrency
import InterlockSimulation
import Testing

/// Retries and hedges of every kind in virtual time, beside models that know what must come of each.
@Suite("Retries and hedges in any order of events")
struct RetryRandomOrderTests {
    private struct Differs: Error, CustomStringConvertible { var description: String }

    @Test("a retry makes the attempts, waits the times and throws the error that the model says; a model without its deadline differs", .timeLimit(.minutes(5)))
    func retry() async throws {
        func differs(_ heedsDeadline: Bool) async throws -> Bool {
            let result = try await Self.exploration.run { context in
                var random = context.makeRandom()
                let model = RetryModel(random: &random)
                let made = Shared(0)
                var failure: RetryModel.Failure?
                let policy = model.policy
                do {
                    try await policy.run(deadline: model.deadline.map { context.clock.now + $0 }, clock: context.clock) { attempt in
                        made.set(attempt)
                        try await context.clock.sleep(for: model.attempts[attempt - 1].duration)
                        if let failure = model.attempts[attempt - 1].failure { throw failure }
                    }
                } catch let error as RetryModel.Failure {
                    failure = error
                }
                let counted = policy.snapshot
                let found = RetryModel.Outcome(
                    attempts: made.value, failure: failure, reason: counted.givenUp.keys.first, end: .nanoseconds(context.clock.now.nanoseconds))
                let expected = model.outcome(heedsDeadline: heedsDeadline)
                if found != expected { throw Differs(description: "\(found) instead of \(expected)") }
                let isCounted = counted.calls == 1 && counted.running == 0 && counted.succeeded + counted.failed == 1 && counted.attempts == made.value
                    && counted.retries == made.value - 1 && counted.runs.count == made.value && counted.waits.count == made.value - 1
                    && counted.successes.count == (failure == nil ? made.value : 0)
                if !isCounted || counted.runs.sum + counted.waits.sum != found.end { throw Differs(description: "\(found) was counted as \(counted)") }
            }
            return result.failure != nil
        }
        #expect(try await differs(true) == false)
        #expect(try await differs(false))
    }

    @Test("a hedge begins, takes and ends what the model says, and leaves nothing running; a model that waits after a failure differs", .timeLimit(.minutes(5)))
    func hedge() async throws {
        func differs(_ failureBeginsNext: Bool) async throws -> Bool {
            let result = try await Self.exploration.run { context in
                struct Failed: Error { var attempt: Int }
                var random = context.makeRandom()
                let model = HedgeModel(random: &random)
                let running = Shared((now: 0, begun: 0))
                var decided = (attempt: 0, isSuccess: false)
                let hedge = model.hedge
                do {
                    let attempt = try await hedge.run(clock: context.clock) { attempt in
                        running.update { $0.now += 1; $0.begun += 1 }
                        defer { running.update { $0.now -= 1 } }
                        try await context.clock.sleep(for: model.durations[attempt - 1])
                        guard model.succeeds[attempt - 1] else { throw Failed(attempt: attempt) }
                        return attempt
                    }
                    decided = (attempt, true)
                } catch let error as Failed {
                    decided = (error.attempt, false)
                }
                let (left, begun) = running.value
                if left > 0 { throw Differs(description: "\(left) attempts still run") }
                let end = Duration.nanoseconds(context.clock.now.nanoseconds)
                let found = HedgeModel.Outcome(begun: begun, decided: decided.attempt, isSuccess: decided.isSuccess, end: end)
                let expected = model.outcome(failureBeginsNext: failureBeginsNext)
                if found != expected { throw Differs(description: "\(found) instead of \(expected)") }
                let counted = hedge.snapshot
                let isCounted = counted.calls == 1 && counted.running == 0 && counted.hedges == begun - 1 && counted.waits.count == begun - 1
                    && counted.runs.sum == end && counted.wins.count == (decided.isSuccess ? decided.attempt : 0)
                    && counted.failed == (decided.isSuccess ? 0 : 1) && counted.attemptsCancelled < begun && (model.budget != nil || counted.budgetRefusals == 0)
                if !isCounted { throw Differs(description: "\(found) was counted as \(counted)") }
            }
            return result.failure != nil
        }
        #expect(try await differs(true) == false)
        #expect(try await differs(false))
    }

    private static var exploration: Exploration {
        var exploration = Exploration(.random, schedules: 500, seed: 7)
        exploration.shrinkRuns = 0
        return exploration
    }
}
