import InterlockConcurrency
import InterlockJSON

/// Who holds which permit until when.
struct LeaseTable {
    private struct Hold {
        var lease: Lease
        var until: MonotonicTime
    }

    private struct Expiry {
        var key: ExactName
        var fence: UInt64
    }

    let maximumLeases: Int
    private(set) var count = 0
    /// Keys that nobody holds are not there.
    private var holds: [ExactName: [Hold]] = [:]
    private var expiries = ExpiryQueue<Expiry>()
    /// One count over all keys: a key needs no memory of its own to see its fences rise.
    private var lastFence: UInt64 = 0

    init(maximumLeases: Int) {
        self.maximumLeases = maximumLeases
    }

    /// Deadlines kept, with those that no longer count.
    var storedExpiries: Int { expiries.storedCount }

    mutating func acquire(_ key: String, limit: Int, duration: Duration, id: String, now: MonotonicTime) throws(StoreError) -> Lease? {
        forgetLapsed(now: now)
        let name = ExactName(text: key)
        guard holds[name, default: []].count < limit else { return nil }
        guard count < maximumLeases else {
            throw StoreError(.full, "\(count) leases are held in memory, as many as it may keep; release them earlier, or raise maximumLeases")
        }
        lastFence += 1
        let lease = Lease(key: key, id: id, fence: lastFence)
        holds[name, default: []].append(Hold(lease: lease, until: now + duration))
        count += 1
        schedule(name, lease.fence, at: now + duration)
        return lease
    }

    mutating func renew(_ lease: Lease, duration: Duration, now: MonotonicTime) -> Bool {
        forgetLapsed(now: now)
        let name = ExactName(text: lease.key)
        guard let index = index(of: lease, in: name) else { return false }
        holds[name]?[index].until = now + duration
        schedule(name, lease.fence, at: now + duration)
        return true
    }

    mutating func release(_ lease: Lease, now: MonotonicTime) {
        forgetLapsed(now: now)
        let name = ExactName(text: lease.key)
        if let index = index(of: lease, in: name) { remove(at: index, of: name) }
    }

    private func index(of lease: Lease, in name: ExactName) -> Int? {
        holds[name]?.firstIndex { $0.lease.fence == lease.fence && ExactName(text: $0.lease.id) == ExactName(text: lease.id) }
    }

    private mutating func remove(at index: Int, of name: ExactName) {
        holds[name]?.remove(at: index)
        if holds[name]?.isEmpty == true { holds[name] = nil }
        count -= 1
    }

    private mutating func schedule(_ name: ExactName, _ fence: UInt64, at time: MonotonicTime) {
        expiries.insert(Expiry(key: name, fence: fence), at: time)
        expiries.compact(live: count) { [holds] expiry in holds[expiry.key]?.contains { $0.lease.fence == expiry.fence } == true }
    }

    private mutating func forgetLapsed(now: MonotonicTime) {
        while let due = expiries.popDue(at: now) {
            // A lease that was renewed has a later entry of its own.
            if let index = holds[due.key]?.firstIndex(where: { $0.lease.fence == due.fence && $0.until <= now }) { remove(at: index, of: due.key) }
        }
    }
}
