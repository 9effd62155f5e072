/// Tries again what failed, as often and as soon as makes sense: a few times, later and later, within a budget.
///
/// ```swift
/// let retry = RetryPolicy(attempts: 4, budget: budget) { $0 is ServerBusy }
/// let answer = try await retry.run { try await upstream.ask(question) }
/// ```
///
/// Only what may be done twice may be retried. The policy is a value; its budget and its metrics are shared by its copies.
///
/// **Draining.** There is nothing to drain or shut down: a policy has no queue and no task of its own, and every call of
/// ``run(deadline:clock:random:_:)`` lives in its caller's task and ends with it. Who shuts down cancels those tasks, which
/// also ends the waits between attempts; `running` in the ``snapshot`` says how many are left.
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

    /// What counts the calls.
    public var metrics: RetryMetrics

    /// Makes a policy.
    ///
    /// - Parameters:
    ///   - metrics: By default new ones, of this policy and its copies alone.
    ///   - retryAfter: By default what an ``AcquireError`` says.
    ///   - isRetryable: By default all but `CancellationError` and ``WorkTimeoutError``, and of ``AcquireError`` those that pass by themselves: a full
    ///     queue, a rate, an open breaker.
    public init(
        attempts: Int = 3, backoff: Backoff = Backoff(), budget: RetryBudget? = nil, metrics: RetryMetrics = RetryMetrics(),
        retryAfter: @escaping @Sendable (any Error) -> Duration? = { ($0 as? AcquireError)?.retryAfter },
        isRetryable: @escaping @Sendable (any Error) -> Bool = RetryPolicy.mayPass
    ) {
        self.attempts = max(1, attempts)
        self.backoff = backoff
        self.budget = budget
        self.metrics = metrics
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

    /// What came of the calls of this policy and its copies so far.
    public var snapshot: RetrySnapshot { metrics.snapshot }

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
        metrics.note(.began)
        var start = clock.now
        budget?.deposit(now: start)
        var attempt = 1
        while true {
            do {
                let result = try await body(attempt)
                metrics.note(.attemptEnded(after: clock.now - start))
                metrics.note(.succeeded(attempt: attempt))
                return result
            } catch {
                let now = clock.now
                metrics.note(.attemptEnded(after: now - start))
                let wait: Duration
                switch verdict(error, attempt: attempt, now: now, deadline: deadline, random: random) {
                case .giveUp(let reason):
                    metrics.note(.gaveUp(reason))
                    throw error
                case .again(let after): wait = after
                }
                let failure = error
                do {
                    try await clock.sleep(until: now + wait)
                    start = clock.now
                    metrics.note(.waited(start - now, isOver: true))
                } catch {
                    metrics.note(.waited(clock.now - now, isOver: false))
                    metrics.note(.gaveUp(.cancelled))
                    // The failure says more than the cancellation, which the caller knows of.
                    throw failure
                }
                attempt += 1
            }
        }
    }

    private enum Verdict {
        case again(after: Duration)
        case giveUp(RetrySnapshot.Reason)
    }

    /// Whether to try again after an attempt has failed, and when. Draws on the budget if so.
    private func verdict(_ error: any Error, attempt: Int, now: MonotonicTime, deadline: MonotonicTime?, random: RandomSource) -> Verdict {
        if Task.isCancelled { return .giveUp(.cancelled) }
        guard isRetryable(error) else { return .giveUp(.notRetryable) }
        guard attempt < attempts else { return .giveUp(.attempts) }
        let wait = max(backoff.delay(afterFailures: attempt, fraction: random.fraction()), retryAfter(error) ?? .zero)
        if let deadline, now + wait > deadline { return .giveUp(.deadline) }
        guard budget?.withdraw(now: now) ?? true else { return .giveUp(.budget) }
        return .again(after: wait)
    }
}
