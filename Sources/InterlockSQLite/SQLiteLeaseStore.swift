import Foundation
import GRDB
import InterlockConcurrency
public import InterlockStorage

/// Leases among the processes of one machine, in one SQLite file.
///
/// Times are the machine's wall clock: when it is set forward, leases lapse early by as much, which their holders learn
/// from ``renew(_:duration:)`` and a guarded resource from the fence. One lease more than the bound is refused with
/// ``StoreError/Code/full``. Made by ``SQLiteStores``.
public final class SQLiteLeaseStore: LeaseStore {
    private let file: StoreFile
    private let bounds: SQLiteStores.Bounds
    private let clock: any SchedulingClock
    private let random: RandomSource

    init(file: StoreFile, bounds: SQLiteStores.Bounds, clock: any SchedulingClock, random: RandomSource) {
        self.file = file
        self.bounds = bounds
        self.clock = clock
        self.random = random
    }

    public func acquire(_ key: String, limit: Int, duration: Duration) async throws(StoreError) -> Lease? {
        try Lease.check(key, limit: limit, duration: duration)
        let (clock, bounds, path, id) = (clock, bounds, file.path, Lease.makeID(from: random))
        return try await file.write("acquiring a lease", as: .request) { db in
            let now = clock.wallTime
            try db.removeExpired(from: "lease", now: now)
            let held = try Int.fetchOne(
                db.cachedStatement(sql: "SELECT count(*) FROM lease WHERE key = ? AND expiresAt > ?"), arguments: [key.blob, now]) ?? 0
            guard held < limit else { return nil }
            let fence = try db.next("lease.fence", path: path)
            try db.cachedStatement(sql: "INSERT INTO lease (fence, key, id, expiresAt) VALUES (?, ?, ?, ?)")
                .execute(arguments: [fence, key.blob, id, duration.deadline(from: now)])
            guard try db.isWithin(bounds, table: "lease", now: now, path: path) else {
                throw StoreError(.full, "the leases in \(path) would exceed their bound of \(bounds.entries); release them earlier, or raise the bound")
            }
            return Lease(key: key, id: id, fence: UInt64(fence))
        }
    }

    public func renew(_ lease: Lease, duration: Duration) async throws(StoreError) -> Bool {
        try Lease.check(lease.key, limit: 1, duration: duration)
        guard let fence = Int64(exactly: lease.fence) else { return false }
        let clock = clock
        return try await file.write("renewing a lease", as: .request) { db in
            let now = clock.wallTime
            try db.cachedStatement(sql: "UPDATE lease SET expiresAt = ? WHERE fence = ? AND key = ? AND id = ? AND expiresAt > ?")
                .execute(arguments: [duration.deadline(from: now), fence, lease.key.blob, lease.id, now])
            return db.changesCount > 0
        }
    }

    public func release(_ lease: Lease) async throws(StoreError) {
        guard let fence = Int64(exactly: lease.fence) else { return }
        try await file.write("releasing a lease", as: .settlement) { db in
            try db.cachedStatement(sql: "DELETE FROM lease WHERE fence = ? AND key = ? AND id = ?")
                .execute(arguments: [fence, lease.key.blob, lease.id])
        }
    }
}
