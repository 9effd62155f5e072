/// The state and the counters of ``TenantStates`` at one moment. Counters run since it was made.
public struct TenantStatesSnapshot: Sendable, Hashable {
    /// Tenants in the table.
    public var tenants: Int
    /// Tenants forgotten for another's place while idle and with all they used come back: nothing was lost.
    public var evictedIdle: Int
    /// Tenants forgotten that had used some of their limits, which start anew. Raise the table's bound if it grows.
    public var evictedLive: Int
    /// Tenants refused because all places were held.
    public var refused: Int
    /// Requests refused so far, by reason; those refused for their bytes, sessions or calls at a time are not among them.
    public var refusals: [TenantRefusal.Reason: Int]
    /// Questions a shared rate limit store did not answer.
    public var storeFailures: Int
    /// Whether its last question went unanswered.
    public var isStoreDegraded: Bool
    /// Why the last configuration that was to take effect did not, in a line; `nil` since one did.
    public var configurationFailure: String?
}
