/// Asks again before the first answer is there, and takes whichever comes first: for calls whose slowest hundredth hurts.
///
/// ```swift
/// let hedge = Hedge(after: .milliseconds(80), attempts: 2, budget: budget)
/// let value = try await hedge.run { _ in try await replicas.any().read(key) }
/// ```
///
/// Only what may be done twice may be hedged. An attempt that fails starts the next at once. When one succeeds the others
/// are cancelled, and the call returns when they have ended; so what is hedged must heed cancellation to gain by it.
public struct Hedge: Sendable {
    /// How long an attempt may take before the next one starts beside it; the 95th percentile is a good choice.
    public var delay: Duration
    /// Attempts in all, at least 1.
    public var attempts: Int
    /// What keeps hedges to a share of all calls. `nil` means nothing does.
    public var budget: RetryBudget?

    /// Makes a hedge.
    public init(after delay: Duration, attempts: Int = 2, budget: RetryBudget? = nil) {
        self.delay = max(.zero, delay)
        self.attempts = max(1, attempts)
        self.budget = budget
    }

    private enum Event<R: Sendable>: Sendable {
        case ended(Result<R, any Error>)
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
        budget?.deposit(now: clock.now)
        return try await withThrowingTaskGroup(of: Event<R>.self) { group in
            var begun = 0
            var running = 0
            /// Starts one more attempt if it may.
            func begin() {
                guard begun < attempts else { return }
                // The first attempt begins whatever happens to the task meanwhile: somebody must end the loop below.
                if begun > 0 { guard !group.isCancelled, budget?.withdraw(now: clock.now) ?? true else { return } }
                begun += 1
                running += 1
                let number = begun
                group.addTask {
                    do { return .ended(.success(try await body(number))) } catch { return .ended(.failure(error)) }
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
                case .ended(.success(let value)):
                    group.cancelAll()
                    return value
                case .ended(.failure(let error)):
                    running -= 1
                    begin()
                    if running == 0 {
                        group.cancelAll()
                        throw error
                    }
                }
            }
            preconditionFailure("a hedge ended without an attempt having ended")
        }
    }
}
