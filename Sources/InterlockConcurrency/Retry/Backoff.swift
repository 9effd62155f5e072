/// How long to wait before each further attempt.
public struct Backoff: Sendable, Hashable {
    /// How much of the wait is left to chance, so that those who failed together do not come back together.
    public enum Jitter: Sendable, Hashable {
        /// Nothing.
        case none
        /// Half of it.
        case half
        /// All of it: spreads best, and the mean wait is half as long.
        case full
    }

    /// The wait before the second attempt, before jitter.
    public var first: Duration
    /// By how much each further wait is longer.
    public var factor: Double
    /// The longest wait, before jitter.
    public var longest: Duration
    /// How much of each wait is left to chance.
    public var jitter: Jitter

    /// Makes an exponential backoff. A factor below 1 counts as 1: constant waits.
    public init(first: Duration = .milliseconds(100), factor: Double = 2, longest: Duration = .seconds(10), jitter: Jitter = .full) {
        self.first = max(.zero, first)
        self.factor = max(1, factor)
        self.longest = max(.zero, longest)
        self.jitter = jitter
    }

    /// The wait after so many failures.
    ///
    /// - Parameters:
    ///   - failures: Attempts that have failed, from 1.
    ///   - fraction: A random number from 0 up to 1, which jitter uses.
    public func delay(afterFailures failures: Int, fraction: Double) -> Duration {
        var delay = min(first, longest)
        for _ in 1..<max(1, min(failures, 1_000)) where delay < longest {
            delay = delay > longest / factor ? longest : delay * factor
        }
        switch jitter {
        case .none: return delay
        case .half: return delay / 2 + delay / 2 * fraction
        case .full: return delay * fraction
        }
    }
}
