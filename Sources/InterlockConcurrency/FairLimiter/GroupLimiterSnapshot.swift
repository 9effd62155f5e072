/// The state and the counters of a ``GroupLimiter`` at one moment.
public struct GroupLimiterSnapshot: Sendable, Hashable {
    /// What every limiter counts, over all groups.
    public var total: LimiterSnapshot
    /// Groups there are.
    public var groups: Int
    /// Groups that have somebody waiting.
    public var waitingGroups: Int
}
