public import InterlockConcurrency

/// Rate limits that hold over everybody who shares the store.
///
/// The store's own clock decides, so that instances whose clocks differ share one limit. Calls may come from anywhere at once; a store that
/// cannot answer within its budget throws ``StoreError``, and the caller's rule for that case applies. Nothing is retried.
/// `RateLimitStoreConformance` in `InterlockTesting` says when an implementation is done.
public protocol RateLimitStore: Sendable {
    /// Takes `cost` from every limit under `key`, or from none of them.
    ///
    /// - Parameters:
    ///   - key: compared byte for byte. Keys of one tenant share the text between their first braces, such as `{acme}:tool:search`.
    ///   - limits: at least one. Under other numbers than before, what the key has used counts on, so that instances that disagree for a while let in
    ///     together no more than the most generous of their limits; limits of other algorithms, or more or fewer of them, start the key anew.
    ///   - cost: 1 or more; above a limit's burst it is refused for good, with no retry-after.
    /// - Throws: ``StoreError``; refused when there is no limit or the cost is below 1.
    func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision
}
