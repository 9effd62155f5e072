import InterlockConcurrency
import InterlockStorage
import Synchronization

/// A sound lease store behind calls that may be broken.
final class BrokenLeaseStore: LeaseStore {
    typealias Acquire = @Sendable (any LeaseStore, String, Int, Duration) async throws(StoreError) -> Lease?
    typealias Renew = @Sendable (any LeaseStore, Lease, Duration) async throws(StoreError) -> Bool
    typealias Release = @Sendable (any LeaseStore, Lease) async throws(StoreError) -> Void
    private let base: any LeaseStore
    private let acquiring: Acquire
    private let renewing: Renew
    private let releasing: Release

    init(
        _ base: any LeaseStore,
        acquire: @escaping Acquire = { (base, key, limit, duration) async throws(StoreError) in try await base.acquire(key, limit: limit, duration: duration) },
        renew: @escaping Renew = { (base, lease, duration) async throws(StoreError) in try await base.renew(lease, duration: duration) },
        release: @escaping Release = { (base, lease) async throws(StoreError) in try await base.release(lease) }
    ) {
        (self.base, acquiring, renewing, releasing) = (base, acquire, renew, release)
    }

    func acquire(_ key: String, limit: Int, duration: Duration) async throws(StoreError) -> Lease? { try await acquiring(base, key, limit, duration) }
    func renew(_ lease: Lease, duration: Duration) async throws(StoreError) -> Bool { try await renewing(base, lease, duration) }
    func release(_ lease: Lease) async throws(StoreError) { try await releasing(base, lease) }

    private static func sound(_ capacity: Int, _ clock: any SchedulingClock) -> any LeaseStore { InMemoryLeaseStore(maximumLeases: capacity, clock: clock) }

    static let all: [Broken<any LeaseStore>] = [
        Broken("lets one more in where three may be", foundBy: "no more than the limit") { capacity, clock in
            BrokenLeaseStore(sound(capacity, clock), acquire: { (base, key, limit, duration) async throws(StoreError) in
                try await base.acquire(key, limit: limit == 3 ? 4 : limit, duration: duration)
            })
        },
        Broken("shares nothing", foundBy: "no more than the limit", "50 at once", "fences rise", "a lapsed lease is free", "a renewed lease", isShared: false) { capacity, clock in
            BrokenLeaseStore(sound(capacity, clock))
        },
        Broken("counts its fences down", foundBy: "fences rise", "a lapsed lease is free") { capacity, clock in
            let turned = { @Sendable (lease: Lease) in Lease(key: lease.key, id: lease.id, fence: 1_000 - lease.fence) }
            return BrokenLeaseStore(
                sound(capacity, clock),
                acquire: { (base, key, limit, duration) async throws(StoreError) in try await base.acquire(key, limit: limit, duration: duration).map(turned) },
                renew: { (base, lease, duration) async throws(StoreError) in try await base.renew(turned(lease), duration: duration) },
                release: { (base, lease) async throws(StoreError) in try await base.release(turned(lease)) })
        },
        Broken("folds its keys", foundBy: "keys are independent") { capacity, clock in
            BrokenLeaseStore(sound(capacity, clock), acquire: { (base, key, limit, duration) async throws(StoreError) in
                try await base.acquire(key.folded, limit: limit, duration: duration)
            })
        },
        Broken("takes a lapsed lease up again if it is free", foundBy: "a lapsed lease cannot be renewed") { capacity, clock in
            BrokenLeaseStore(sound(capacity, clock), renew: { (base, lease, duration) async throws(StoreError) in
                if try await base.renew(lease, duration: duration) { return true }
                return try await base.acquire(lease.key, limit: 1, duration: duration) != nil
            })
        },
        Broken("renews by word only", foundBy: "a renewed lease holds on") { capacity, clock in
            BrokenLeaseStore(sound(capacity, clock), renew: { (base, lease, duration) async throws(StoreError) in
                try await base.renew(lease, duration: lease.key == "one" && duration > .seconds(1) ? .milliseconds(700) : duration)
            })
        },
        Broken("frees another's permit at a second release", foundBy: "releasing twice") { capacity, clock in
            let held = Mutex<[Lease]>([])
            return BrokenLeaseStore(
                sound(capacity, clock),
                acquire: { (base, key, limit, duration) async throws(StoreError) in
                    let lease = try await base.acquire(key, limit: limit, duration: duration)
                    if let lease, limit == 2 { held.withLock { $0.append(lease) } }
                    return lease
                },
                release: { (base, lease) async throws(StoreError) in
                    let next = held.withLock { held in
                        if held.contains(lease) { held.removeAll { $0 == lease } } else { return held.popLast() }
                        return nil
                    }
                    try await base.release(next ?? lease)
                })
        },
        Broken("frees whoever holds the key when one who no longer does releases it", foundBy: "releasing a lapsed lease", "releasing twice", "who does not know") { capacity, clock in
            let last = Mutex<Lease?>(nil)
            return BrokenLeaseStore(
                sound(capacity, clock),
                acquire: { (base, key, limit, duration) async throws(StoreError) in
                    let lease = try await base.acquire(key, limit: limit, duration: duration)
                    if let lease { last.withLock { $0 = lease } }
                    return lease
                },
                release: { (base, lease) async throws(StoreError) in
                    let holder = last.withLock { $0 }
                    if let holder, holder.key == lease.key, try await !base.renew(lease, duration: .seconds(600)) { try await base.release(holder) }
                    try await base.release(lease)
                })
        },
        Broken("asks for the fence only", foundBy: "who does not know the id") { capacity, clock in
            let known = Mutex<[UInt64: Lease]>([:])
            return BrokenLeaseStore(
                sound(capacity, clock),
                acquire: { (base, key, limit, duration) async throws(StoreError) in
                    let lease = try await base.acquire(key, limit: limit, duration: duration)
                    if let lease { known.withLock { $0[lease.fence] = lease } }
                    return lease
                },
                release: { (base, lease) async throws(StoreError) in try await base.release(known.withLock { $0[lease.fence] } ?? lease) })
        },
        Broken("has no bound", foundBy: "a full store refuses") { _, clock in BrokenLeaseStore(sound(.max, clock)) },
    ]
}
