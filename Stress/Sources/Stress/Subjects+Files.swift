import Foundation
import InterlockConcurrency

/// The primitives that reach beyond their process, and the limiter of groups.
extension Subjects {
    /// Two groups of other weights and limits; at most as many inside as there are permits.
    static func groupLimiter() -> Subject {
        let limiter = GroupLimiter<UInt64>(limit: 4, queue: .init(depth: 12, whenFull: .rejectOldest))
        let groups = [limiter.group(weight: 3, limit: 3), limiter.group(weight: 1)]
        return Subject(
            name: "GroupLimiter", most: 8,
            enter: { random, deadline, body in
                try await groups[Int(random % 2)].withPermit(for: (random >> 8) % 3, deadline: deadline) { await body() }
            },
            disturb: { random in
                switch random % 4 {
                case 0: groups[Int(random >> 8 & 1)].removeAll(for: (random >> 9) % 3)
                case 1: groups[0].setLimit(Int((random >> 8) % 4))
                case 2: groups[1].setWeight(Int((random >> 8) % 9) + 1)
                default: limiter.setLimit(Int((random >> 8) % 8))
                }
            },
            restore: {
                limiter.setLimit(4)
                groups[0].setLimit(3)
            },
            drain: { await limiter.drain() },
            takeAll: {
                let taken = [groups[0], groups[0], groups[0], groups[1]].compactMap { $0.tryAcquire() }
                for permit in taken { permit.release() }
                return taken.count == 4
            },
            balance: {
                let total = limiter.snapshot.total
                return Balance(
                    granted: total.granted, refused: total.refused, expired: total.expired, cancelled: total.cancelled, active: total.active,
                    waiting: total.waiting)
            })
    }

    /// One file for each run; the disturbance is another party that locks it.
    static func fileLock() -> Subject {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-stress-\(getpid()).lock").path
        let lock = FileLock(path: path, queue: .init(depth: 12))
        let foreign = FileLock(path: path)
        return Subject(
            name: "FileLock", most: 1,
            enter: { _, deadline, body in try await lock.withLock(deadline: deadline) { await body() } },
            disturb: { _ in
                // A miss is what it is most of the time; a file that cannot be locked is told to the callers as well.
                _ = try? await foreign.tryWithLock { await Task.yield() }
            },
            restore: {},
            drain: {
                defer { unlink(path) }
                return await lock.drain()
            },
            takeAll: {
                defer { unlink(path) }
                do { return try await lock.tryWithLock { true } ?? false } catch { return false }
            },
            balance: {
                let snapshot = lock.snapshot
                return Balance(
                    granted: snapshot.acquisitions, refused: snapshot.refused, expired: snapshot.expired, cancelled: snapshot.cancelled,
                    active: snapshot.isHeld ? 1 : 0, waiting: snapshot.waiting)
            })
    }

    /// A worker that answers nothing to whatever it is given; the disturbance changes how many there are.
    static func processWorkerPool() -> Subject {
        let pool = ProcessWorkerPool(
            executable: "/bin/sh", arguments: ["-c", "while read n; do echo ok 0; done"], processes: 2, queue: .init(depth: 12))
        return Subject(
            name: "ProcessWorkerPool", most: .max,
            enter: { _, deadline, body in
                do {
                    _ = try await pool.run([1], deadline: deadline, timeout: .seconds(60))
                } catch is CancellationError {
                    // Cancelled in the middle of a call, which ended its process.
                    throw AcquireError(code: .cancelled, message: "cancelled at work")
                }
                await body()
            },
            disturb: { random in await pool.setProcesses(Int(random % 3) + 1) }, restore: { await pool.setProcesses(2) },
            drain: { await pool.drain() }, takeAll: { pool.snapshot.busy == 0 },
            balance: { Balance(active: pool.snapshot.busy, waiting: pool.snapshot.waiting) }, countsEverything: false)
    }
}
