/// What came of the calls of a ``Hedge`` until one moment. Counters run since its ``HedgeMetrics`` were made.
///
/// Every call that has ended is counted once: in `wins`, `failed` or `cancelled`.
public struct HedgeSnapshot: Sendable, Hashable {
    /// Attempts that ``wins`` tells apart; what won later still counts with the last of them.
    public static let countedAttempts = 20

    /// Calls that have begun. One whose task was cancelled before is none.
    public var calls = 0
    /// Calls that have not returned, also those that have their result and wait for the cancelled attempts to end.
    public var running = 0
    /// Attempts made beside or after a first one.
    public var hedges = 0
    /// Times the budget refused such an attempt.
    public var budgetRefusals = 0
    /// Calls by the attempt that had a result first: the first place counts those whose first attempt did. At most
    /// ``countedAttempts`` places, and no longer than the latest that ever won.
    public var wins: [Int] = []
    /// Attempts that were cancelled since another was first.
    public var attemptsCancelled = 0
    /// Calls of which every attempt failed.
    public var failed = 0
    /// Calls without a result whose task was cancelled.
    public var cancelled = 0
    /// How old calls were when a further attempt was made: the delay, or less when an attempt had failed.
    public var waits = DurationHistogram()
    /// How long calls took, until their first result or their last failure.
    public var runs = DurationHistogram()

    /// Makes one with nothing counted.
    public init() {}

    /// Calls that were answered by the first attempt.
    public var wonByFirst: Int { wins.first ?? 0 }

    /// Calls that were answered by a hedge: what hedging was good for.
    public var wonByHedge: Int { wins.dropFirst().reduce(0, +) }
}
