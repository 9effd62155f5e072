import InterlockConcurrency
import InterlockSimulation
import InterlockStorage
import Synchronization

/// Leases in memory that say what they were asked for, keep who asks for one of them, or renews one, waiting, and may renew none although they say so.
final class WatchedLeases: LeaseStore {
    struct Acquisition: Sendable, Hashable {
        var key: String
        var isGranted: Bool
    }

    let base: InMemoryLeaseStore
    /// What became of each question, in order; for one reader.
    let acquisitions: AsyncStream<Acquisition>
    private let renews: Bool
    private let door: (key: String, gate: Gate)?
    private let renewals: Gate?
    private let answered: AsyncStream<Acquisition>.Continuation

    /// - Parameters:
    ///   - door: where who asks for the key waits first.
    ///   - renewals: where who renews waits first, as before a store that is slow to answer.
    init(clock: any SchedulingClock, renews: Bool = true, door: (key: String, gate: Gate)? = nil, renewals: Gate? = nil) {
        base = InMemoryLeaseStore(clock: clock)
        self.renews = renews
        self.door = door
        self.renewals = renewals
        (acquisitions, answered) = AsyncStream.makeStream()
    }

    func acquire(_ key: String, limit: Int, duration: Duration) async throws(StoreError) -> Lease? {
        if let door, door.key == key { try await Self.pass(door.gate) }
        let lease = try await base.acquire(key, limit: limit, duration: duration)
        answered.yield(Acquisition(key: key, isGranted: lease != nil))
        return lease
    }

    func renew(_ lease: Lease, duration: Duration) async throws(StoreError) -> Bool {
        if let renewals { try await Self.pass(renewals) }
        return renews ? try await base.renew(lease, duration: duration) : true
    }

    func release(_ lease: Lease) async throws(StoreError) { try await base.release(lease) }

    private static func pass(_ gate: Gate) async throws(StoreError) {
        do { try await gate.wait() } catch { throw StoreError(.unavailable, "the caller left", cause: error) }
    }
}
