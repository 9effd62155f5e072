/// Asks again before the first answer is there, and takes whichever comes first: for calls whose slowest hundredth hurts.
///
/// ```swift
/// let hedge = Hedge(after: .milliseconds(80), attempts: 2, budget: budget)
/// let value = try await hedge.run { _ in try await replicas.any().read(key) }
/// ```
///
/// Only what may be done twice may be hedged. An attempt that fails starts the next at once. When one succeeds the others
/// are cancelled, and the call returns when they have ended; so what is hedged must heed cancellation to gain by it. The hedge
/// is a value; its budget and its metrics are shared by its copies.
///
/// **Draining.** There is nothing to drain or shut down: a hedge has no queue, and its attempts are child tasks of the caller,
/// cancelled with it and over when the call returns. `running` in the ``snapshot`` says how many calls are left.
public struct Hedge: Sendable {
    /// How long an attempt may take before the next one starts beside it; the 95th percentile is a good choice.
    public var delay: Duration
    /// Attempts in all, at least 1.
    public var attempts: Int
    /// What keeps hedges to a share of all calls. `nil` means nothing does.
    public var budget: RetryBudget?

    /// What counts the calls.
    public var metrics: HedgeMetrics

    /// Makes a hedge.
    ///
    /// - Parameter metrics: By default new ones, of this hedge and its copies alone.
    public init(after delay: Duration, attempts: Int = 2, budget: RetryBudget? = nil, metrics: HedgeMetrics = HedgeMetrics()) {
        self.delay = max(.zero, delay)
        self.attempts = max(1, attempts)
        self.budget = budget
        self.metrics = metrics
    }

    /// What came of the calls of this hedge and its copies so far.
    public var snapshot: HedgeSnapshot { metrics.snapshot }

    private enum Event<R: Sendable>: Sendable {
        case ended(Int, Result<R, any Error>)
        /// The attempt of this number has had its time; or the wait for that was cancelled.
        case late(Int)
    }

    /// Runs `body` up to ``attempts`` times, overlapping, and returns the first result.
    ///
    /// - Parameters:
    ///   - clock: Measures the delay.
    ///   - body: Is given the number of the attempt, from 1. Each runs in a child task.
    /// - Throws: What the last attempt to end threw, when none succeeded; that is up to `body` when the task is cancelled
    ///   meanwhile. `CancellationError` when it was cancelled before the call: nothing began then.
    public func run<R: Sendable>(
        clock: any SchedulingClock = SystemClock.shared, _ body: @escaping @Sendable (_ attempt: Int) async throws -> R
    ) async throws -> R {
        try Task.checkCancellation()
        let start = clock.now
        metrics.note(.began)
        defer { metrics.note(.ended) }
        budget?.deposit(now: start)
        return try await withThrowingTaskGroup(of: Event<R>.self) { group in
            var begun = 0
            var running = 0
            /// Starts one more attempt if it may.
            func begin() {
                guard begun < attempts else { return }
                // The first attempt begins whatever happens to the task meanwhile: somebody must end the loop below.
                if begun > 0 {
                    guard !group.isCancelled else { return }
                    let now = clock.now
                    guard budget?.withdraw(now: now) ?? true else { return metrics.note(.budgetRefused) }
                    metrics.note(.hedged(after: now - start))
                }
                begun += 1
                running += 1
                let number = begun
                group.addTask {
                    do { return .ended(number, .success(try await body(number))) } catch { return .ended(number, .failure(error)) }
                }
                guard number < attempts else { return }
                group.addTask { [delay] in
                    // Cancelled when a result is there; then nobody looks at this event.
                    do { try await clock.sleep(for: delay) } catch { return .late(number) }
                    return .late(number)
                }
            }
            begin()
            while let event = try await group.next() {
                switch event {
                case .late(let number):
                    // Unless that attempt has failed meanwhile, and the next has begun for it.
                    if number == begun { begin() }
                case .ended(let number, .success(let value)):
                    metrics.note(.won(attempt: number, cancelled: running - 1, after: clock.now - start))
                    group.cancelAll()
                    return value
                case .ended(_, .failure(let error)):
                    running -= 1
                    begin()
                    if running == 0 {
                        let took = clock.now - start
                        metrics.note(Task.isCancelled ? .cancelled(after: took) : .failed(after: took))
                        group.cancelAll()
                        throw error
                    }
                }
            }
            preconditionFailure("a hedge ended without an attempt having ended")
        }
    }
}
