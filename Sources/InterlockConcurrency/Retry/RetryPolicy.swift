/// Tries again what failed, as often and as soon as makes sense: a few times, later and later, within a budget.
///
/// ```swift
/// let retry = RetryPolicy(attempts: 4, budget: budget) { $0 is ServerBusy }
/// let answer = try await retry.run { try await upstream.ask(question) }
/// ```
///
/// Only what may be done twice may be retried. The policy is a value; the budget in it is shared by its copies.
public struct RetryPolicy: Sendable {
    /// Attempts in all, at least 1.
    public var attempts: Int
    /// How long to wait between them.
    public var backoff: Backoff
    /// What keeps retries to a share of all calls. `nil` means nothing does.
    public var budget: RetryBudget?
    /// Whether another attempt may help after this error.
    public var isRetryable: @Sendable (any Error) -> Bool
    /// When trying again makes sense, if the error knows; an earlier backoff waits until then.
    public var retryAfter: @Sendable (any Error) -> Duration?

    /// Makes a policy.
    ///
    /// - Parameters:
    ///   - retryAfter: By default what an ``AcquireError`` says.
    ///   - isRetryable: By default all but `CancellationError` and ``WorkTimeoutError``, and of ``AcquireError`` those that pass by themselves: a full
    ///     queue, a rate, an open breaker.
    public init(
        attempts: Int = 3, backoff: Backoff = Backoff(), budget: RetryBudget? = nil,
        retryAfter: @escaping @Sendable (any Error) -> Duration? = { ($0 as? AcquireError)?.retryAfter },
        isRetryable: @escaping @Sendable (any Error) -> Bool = RetryPolicy.mayPass
    ) {
        self.attempts = max(1, attempts)
        self.backoff = backoff
        self.budget = budget
        self.retryAfter = retryAfter
        self.isRetryable = isRetryable
    }

    /// Whether an error may pass by itself: the default judgement. Work that ran out of time may be half done, and is left alone.
    @Sendable
    public static func mayPass(_ error: any Error) -> Bool {
        if let error = error as? AcquireError {
            return [.queueFull, .rateLimited, .circuitOpen].contains(error.code)
        }
        return !(error is CancellationError || error is WorkTimeoutError)
    }

    /// Runs `body`, in the caller's isolation, until it succeeds or another attempt is of no use.
    ///
    /// That is so when the attempts or the budget are used up, the error is not retryable, the task is cancelled, or the
    /// next attempt would begin after the deadline.
    ///
    /// - Parameters:
    ///   - deadline: Until when an attempt may begin. Does not limit `body`.
    ///   - clock: Measures and waits.
    ///   - random: Where jitter comes from.
    ///   - body: Is given the number of the attempt, from 1.
    /// - Throws: What the last attempt threw, also when the wait for the next was cancelled.
    public nonisolated(nonsending) func run<R>(
        deadline: MonotonicTime? = nil, clock: any SchedulingClock = SystemClock.shared, random: RandomSource = .system,
        _ body: nonisolated(nonsending) (_ attempt: Int) async throws -> R
    ) async throws -> R {
        budget?.deposit(now: clock.now)
        var attempt = 1
        while true {
            do {
                return try await body(attempt)
            } catch {
                guard attempt < attempts, !Task.isCancelled, isRetryable(error) else { throw error }
                let wait = max(backoff.delay(afterFailures: attempt, fraction: random.fraction()), retryAfter(error) ?? .zero)
                let now = clock.now
                if let deadline, now + wait > deadline { throw error }
                guard budget?.withdraw(now: now) ?? true else { throw error }
                let failure = error
                // Cancelled while it waits: the failure says more than the cancellation, which the caller knows of.
                do { try await clock.sleep(until: now + wait) } catch { throw failure }
                attempt += 1
            }
        }
    }
}
