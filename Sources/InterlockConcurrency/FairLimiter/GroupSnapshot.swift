/// The state of one group of a ``GroupLimiter`` at one moment.
public struct GroupSnapshot: Sendable, Hashable {
    /// Its share under contention, against the other groups' weights.
    public var weight: Int
    /// Permits it may hold; `nil` when only the limiter's own limit counts.
    public var limit: Int?
    /// Permits it holds; more than `limit` for a while after that was lowered.
    public var active: Int
    /// Its callers in the queue.
    public var waiting: Int
    /// Its keys that have somebody waiting.
    public var waitingKeys: Int
    /// Its callers that got their permits, since it was made.
    public var granted: Int
}
