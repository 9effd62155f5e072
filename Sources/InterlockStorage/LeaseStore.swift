/// Permits that are given back by time when their holder dies.
///
/// With a limit of 1 it is a lock over everybody who shares the store; its `fence` rises with every grant of the key, so that a resource can
/// refuse a holder that was taken for dead. `LeaseStoreConformance` in `InterlockTesting` says when an implementation is done.
public protocol LeaseStore: Sendable {
    /// Takes one of `limit` permits of `key` for `duration`; `nil` if all are held. Keys are compared byte for byte.
    ///
    /// Throws ``StoreError/Code/refused`` for a limit below 1 or a duration that is not above zero, ``StoreError/Code/full`` when the
    /// store can hold no more leases.
    func acquire(_ key: String, limit: Int, duration: Duration) async throws(StoreError) -> Lease?
    /// Holds on for `duration` from now; false if the lease has lapsed, also when nobody has taken it since, or was released: stop what it guards.
    func renew(_ lease: Lease, duration: Duration) async throws(StoreError) -> Bool
    /// Gives the permit back; a lapsed lease is ignored.
    func release(_ lease: Lease) async throws(StoreError)
}

/// One permit, held for a time.
public struct Lease: Sendable, Hashable {
    public var key: String
    /// Names the holder; unguessable.
    public var id: String
    /// Rises with every grant of the key, over all holders.
    public var fence: UInt64

    public init(key: String, id: String, fence: UInt64) {
        self.key = key
        self.id = id
        self.fence = fence
    }
}
