import InterlockConcurrency
import InterlockSimulation
import Testing

/// Retries and hedges of every kind in virtual time, beside models that know what must come of each.
@Suite("Retries and hedges in any order of events")
struct RetryRandomOrderTests {
    private struct Differs: Error, CustomStringConvertible { var description: String }

    @Test("a retry makes the attempts, waits the times and throws the error that the model says; a model without its deadline differs", .timeLimit(.minutes(2)))
    func retry() async throws {
        func differs(_ heedsDeadline: Bool) async throws -> Bool {
            let result = try await Self.exploration.run { context in
                var random = context.makeRandom()
                let model = RetryModel(random: &random)
                let made = Shared(0)
                var failure: RetryModel.Failure?
                do {
                    try await model.policy.run(deadline: model.deadline.map { context.clock.now + $0 }, clock: context.clock) { attempt in
                        made.set(attempt)
                        try await context.clock.sleep(for: model.attempts[attempt - 1].duration)
                        if let failure = model.attempts[attempt - 1].failure { throw failure }
                    }
                } catch let error as RetryModel.Failure {
                    failure = error
                }
                let found = RetryModel.Outcome(attempts: made.value, failure: failure, end: .nanoseconds(context.clock.now.nanoseconds))
                let expected = model.outcome(heedsDeadline: heedsDeadline)
                if found != expected { throw Differs(description: "\(found) instead of \(expected)") }
            }
            return result.failure != nil
        }
        #expect(try await differs(true) == false)
        #expect(try await differs(false))
    }

    @Test("a hedge begins, takes and ends what the model says, and leaves nothing running; a model that waits after a failure differs", .timeLimit(.minutes(2)))
    func hedge() async throws {
        func differs(_ failureBeginsNext: Bool) async throws -> Bool {
            let result = try await Self.exploration.run { context in
                struct Failed: Error { var attempt: Int }
                var random = context.makeRandom()
                let model = HedgeModel(random: &random)
                let running = Shared((now: 0, begun: 0))
                var decided = (attempt: 0, isSuccess: false)
                do {
                    let attempt = try await model.hedge.run(clock: context.clock) { attempt in
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
