import InterlockConcurrency
import InterlockSimulation

/// One random set-up of a retry, and what must come of it, reckoned without tasks and timers.
struct RetryModel {
    struct Failure: Error, Hashable {
        var attempt: Int
        var isRetryable: Bool
        var retryAfter: Duration?
    }

    /// What an attempt does: takes its time, then fails or does not.
    struct Attempt {
        var duration: Duration
        var failure: Failure?
    }

    struct Outcome: Hashable {
        var attempts: Int
        var failure: Failure?
        /// Why no further attempt was made; none after a success.
        var reason: RetrySnapshot.Reason?
        /// Since the call.
        var end: Duration
    }

    let attempts: [Attempt]
    let backoff: Backoff
    let deadline: Duration?
    /// Retries the budget has; `nil` is none to keep to.
    let budget: Int?

    init(random: inout SeededRandom) {
        let count = Int.random(in: 1...5, using: &random)
        attempts = (1...count).map { number in
            let retryAfter: Duration? = Int.random(in: 0..<4, using: &random) == 0 ? .seconds(Int.random(in: 1...9, using: &random)) : nil
            let failure = Failure(attempt: number, isRetryable: Int.random(in: 0..<8, using: &random) > 0, retryAfter: retryAfter)
            let fails = Int.random(in: 0..<4, using: &random) > 0
            return Attempt(duration: .milliseconds(Int.random(in: 0...900, using: &random)), failure: fails ? failure : nil)
        }
        backoff = Backoff(first: .milliseconds(Int.random(in: 1...3_000, using: &random)), factor: 2, longest: .seconds(5), jitter: .none)
        deadline = Bool.random(using: &random) ? .seconds(Int.random(in: 0...12, using: &random)) : nil
        budget = Bool.random(using: &random) ? Int.random(in: 0...3, using: &random) : nil
    }

    var policy: RetryPolicy {
        RetryPolicy(
            attempts: attempts.count, backoff: backoff,
            budget: budget.map { RetryBudget(share: 0, minimumPerSecond: Double($0) / 1_000, window: .seconds(1_000)) },
            retryAfter: { ($0 as? Failure)?.retryAfter }, isRetryable: { ($0 as? Failure)?.isRetryable == true })
    }

    /// - Parameter heedsDeadline: `false` reckons as if there were none: the control of the proof.
    func outcome(heedsDeadline: Bool = true) -> Outcome {
        var now = Duration.zero
        var left = budget ?? .max
        for (number, attempt) in zip(1..., attempts) {
            now += attempt.duration
            guard let failure = attempt.failure else { return Outcome(attempts: number, failure: nil, end: now) }
            let wait = max(backoff.delay(afterFailures: number, fraction: 0), failure.retryAfter ?? .zero)
            let isTooLate = heedsDeadline && deadline.map { now + wait > $0 } ?? false
            let reason: RetrySnapshot.Reason? =
                !failure.isRetryable ? .notRetryable : number == attempts.count ? .attempts : isTooLate ? .deadline : left == 0 ? .budget : nil
            if let reason { return Outcome(attempts: number, failure: failure, reason: reason, end: now) }
            left -= 1
            now += wait
        }
        return Outcome(attempts: 0, failure: nil, end: now)
    }
}
