/// What came of the calls of a ``RetryPolicy`` until one moment. Counters run since its ``RetryMetrics`` were made.
///
/// Every call that has ended is counted once: in `successes` or in `givenUp`.
public struct RetrySnapshot: Sendable, Hashable {
    /// Why no further attempt was made after a failure.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The task was cancelled, during an attempt or in the wait for the next.
        case cancelled
        /// The error is not one that passes.
        case notRetryable
        /// All attempts were made.
        case attempts
        /// The next attempt would have begun after the deadline.
        case deadline
        /// The budget refused it.
        case budget
    }

    /// Attempts that ``successes`` tells apart; what succeeded later still counts with the last of them.
    public static let countedAttempts = 20

    /// Calls that have begun.
    public var calls = 0
    /// Calls under way: in an attempt, or in the wait for one.
    public var running = 0
    /// Attempts that have ended, the first ones among them.
    public var attempts = 0
    /// Attempts after a first one that have begun.
    public var retries = 0
    /// Calls that succeeded by the attempt that did: the first place counts those that needed no other. At most
    /// ``countedAttempts`` places, and no longer than the most that was needed.
    public var successes: [Int] = []
    /// Calls that failed in the end, by the reason.
    public var givenUp: [Reason: Int] = [:]
    /// How long calls waited between attempts.
    public var waits = DurationHistogram()
    /// How long attempts took.
    public var runs = DurationHistogram()

    /// Makes one with nothing counted.
    public init() {}

    /// Calls that succeeded, with whichever attempt.
    public var succeeded: Int { successes.reduce(0, +) }

    /// Calls that failed at first and succeeded with a later attempt: what trying again was good for.
    public var recovered: Int { successes.dropFirst().reduce(0, +) }

    /// Calls that failed in the end, for whichever reason.
    public var failed: Int { givenUp.values.reduce(0, +) }

    /// Attempts that the budget refused.
    public var budgetRefusals: Int { givenUp[.budget] ?? 0 }
}
