/// The state and the counters of a ``FairLimiter`` at one moment.
public struct FairLimiterSnapshot: Sendable, Hashable {
    /// What every limiter counts, over all keys.
    public var total: LimiterSnapshot
    /// Keys that have somebody waiting.
    public var waitingKeys: Int
}
