import InterlockConcurrency
import Synchronization

/// The server's worker threads: made when the first tool needs them, once.
final class WorkerSlot: Sendable {
    private let slot: Mutex<WorkerPool?>
    private let isOwned: Bool
    private let clock: any SchedulingClock
    /// As many calls run on the workers as there are threads; the rest wait here, fairly, where they can be cancelled and counted.
    private let permits = Mutex<(FairLimiter<FairnessKey>, limit: Int)?>(nil)

    init(pool: WorkerPool?, clock: any SchedulingClock) {
        self.slot = Mutex(pool)
        self.isOwned = pool == nil
        self.clock = clock
    }

    var pool: WorkerPool {
        slot.withLock { pool in
            if let pool { return pool }
            let made = WorkerPool(clock: clock)
            pool = made
            return made
        }
    }

    var limiter: FairLimiter<FairnessKey> {
        let threads = pool.threads
        return permits.withLock { permits in
            if let (limiter, limit) = permits {
                // The pool may have been given more or fewer threads.
                if limit != threads {
                    limiter.setLimit(threads)
                    permits = (limiter, threads)
                }
                return limiter
            }
            // The lines of the tools are what bounds it: each as deep as the tool's queue.
            let made = FairLimiter<FairnessKey>(limit: threads, queue: .init(depth: 1_000_000), name: "the worker threads", clock: clock)
            permits = (made, threads)
            return made
        }
    }

    /// Waits for what runs on the workers and ends their threads, unless the pool was given from outside.
    func drain(deadline: MonotonicTime) async {
        guard isOwned, let pool = slot.withLock({ $0 }) else { return }
        await pool.drain(deadline: deadline)
        pool.shutDown()
    }
}
