/// How an exploration picks the next schedule to try.
public enum ExplorationStrategy: Sendable, Hashable {
    /// Takes turns among random order, PCT of depth 2 and 3, and two delays. The default: no kind of bug is its blind spot.
    case varied

    /// Every task that is ready has the same chance at every step. Good at bugs with many ways in.
    case random

    /// Probabilistic concurrency testing: random priorities with `depth` − 1 random changes.
    ///
    /// Finds a bug that needs `depth` events in one order with a probability of at least 1 / (n · k^(depth − 1)) per
    /// schedule, for n tasks and k decisions, however long the window must stay open. Most bugs have depth 1 or 2.
    case pct(depth: Int)

    /// The schedule with the fewest switches, except for so many delays at random moments.
    case delayBounded(delays: Int)

    /// Every schedule, and says so when it has seen them all.
    ///
    /// - Parameter preemptions: Leaves out schedules that interrupt a task which could go on more often than this; `nil`
    ///   leaves out nothing. The number of schedules grows exponentially without a bound, polynomially with one.
    case exhaustive(preemptions: Int?)

    /// Every schedule without exception.
    public static let exhaustive = ExplorationStrategy.exhaustive(preemptions: nil)
}
