import InterlockConcurrency
import InterlockSimulation
import InterlockStorage
import Synchronization

/// Leases in memory that say what they were asked for, keep who asks for one of them waiting, and may renew none although they say so.
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
    private let answered: AsyncStream<Acquisition>.Continuation

    /// - Parameter door: where who asks for the key waits first.
    init(clock: any SchedulingClock, renews: Bool = true, door: (key: String, gate: Gate)? = nil) {
        base = InMemoryLeaseStore(clock: clock)
        self.renews = renews
        self.door = door
        (acquisitions, answered) = AsyncStream.makeStream()
    }

    func acquire(_ key: String, limit: Int, duration: Duration) async throws(StoreError) -> Lease? {
        if let door, door.key == key {
            do { try await door.gate.wait() } catch { throw StoreError(.unavailable, "the caller left", cause: error) }
        }
        let lease = try await base.acquire(key, limit: limit, duration: duration)
        answered.yield(Acquisition(key: key, isGranted: lease != nil))
        return lease
    }

    func renew(_ lease: Lease, duration: Duration) async throws(StoreError) -> Bool {
        renews ? try await base.renew(lease, duration: duration) : true
    }

    func release(_ lease: Lease) async throws(StoreError) { try await base.release(lease) }
}
