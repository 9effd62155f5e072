/// The state and the counters of an ``LRUCache`` at one moment. Counters run since it was made.
public struct LRUCacheSnapshot: Sendable, Hashable {
    /// Entries in it, with those whose time is over and that nobody has asked for since.
    public var entries: Int
    /// Their sizes; the number of entries for a cache that is bounded by entries.
    public var bytes: Int
    /// Look-ups that found a fresh value.
    public var hits: Int
    /// Look-ups that found a value past its time that may still be served.
    public var staleHits: Int
    /// Look-ups that found nothing, or nothing that may be served.
    public var misses: Int
    /// Entries that have left, by reason.
    public var evictions: [EvictionReason: Int]
    /// Fetches that brought a value.
    public var fetched: Int
    /// Fetches that failed.
    public var failedFetches: Int
    /// Stale values that are fetched anew now.
    public var refreshing: Int
    /// How long fetches took that brought a value.
    public var fetchTimes: DurationHistogram
    /// Callers that wait for fetches, how long they waited and what became of them; with the fetches that are under way.
    public var flights: SingleFlightSnapshot
}
