import InterlockStorage

/// What a call holds over all instances while it runs.
final class HeldLeases: Sendable {
    /// By the keys of `exclusive`.
    let locks: [String: Lease]
    /// The permit of `concurrency`.
    let permit: Lease?

    init(locks: [String: Lease] = [:], permit: Lease? = nil) {
        self.locks = locks
        self.permit = permit
    }

    var all: [Lease] { locks.values + (permit.map { [$0] } ?? []) }
}

extension HandlerContext {
    /// The number of this call's hold on a key of `exclusive(scope: .cluster)`; it rises with every holder.
    ///
    /// Whatever the lock protects can refuse a number lower than one it has seen: a holder that was taken for dead. `nil` for any other key.
    public func fence(for key: String) -> UInt64? { leases?.locks[key]?.fence }
}
