public import InterlockConcurrency
import Synchronization

/// Leases among the tasks of this process.
///
/// At most `maximumLeases` are held at a time; one more is refused with ``StoreError/Code/full``. Lapsed leases count no more.
public final class InMemoryLeaseStore: LeaseStore {
    private let table: Mutex<LeaseTable>
    private let clock: any SchedulingClock
    private let random: RandomSource

    /// - Parameters:
    ///   - maximumLeases: Leases that are held at a time, over all keys.
    ///   - clock: Decides what has lapsed.
    ///   - random: Makes the ids of holders.
    public init(maximumLeases: Int = 100_000, clock: any SchedulingClock = SystemClock.shared, random: RandomSource = .system) {
        precondition(maximumLeases > 0, "InMemoryLeaseStore(maximumLeases: \(maximumLeases)): it must be at least 1")
        table = Mutex(LeaseTable(maximumLeases: maximumLeases))
        self.clock = clock
        self.random = random
    }

    public func acquire(_ key: String, limit: Int, duration: Duration) async throws(StoreError) -> Lease? {
        try Lease.check(key, limit: limit, duration: duration)
        let id = Lease.makeID(from: random)
        return try table.withLock { (table) throws(StoreError) in
            try table.acquire(key, limit: limit, duration: duration, id: id, now: clock.now)
        }
    }

    public func renew(_ lease: Lease, duration: Duration) async throws(StoreError) -> Bool {
        try Lease.check(lease.key, limit: 1, duration: duration)
        return table.withLock { $0.renew(lease, duration: duration, now: clock.now) }
    }

    public func release(_ lease: Lease) async throws(StoreError) {
        table.withLock { $0.release(lease, now: clock.now) }
    }
}
