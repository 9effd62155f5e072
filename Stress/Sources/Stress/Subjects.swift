import InterlockConcurrency

/// Every primitive that lets callers in and out, made anew for each round.
enum Subjects {
    static let names = [
        "AsyncMutex", "KeyedMutex", "AsyncSemaphore", "Limiter", "FairLimiter", "AdaptiveLimiter", "ResourcePool", "WorkerPool", "CircuitBreaker",
        "RateLimiter", "SingleFlight", "LRUCache", "GroupLimiter", "FileLock", "ProcessWorkerPool",
    ]
    /// Those whose permits are counted to the last one; the rest gets a twentieth of the acquisitions.
    static let permits: Set<String> = ["AsyncMutex", "KeyedMutex", "AsyncSemaphore", "Limiter", "FairLimiter"]
    /// Those whose every turn is a call to the system or to another process: they get a hundredth of what the rest gets.
    static let slow: Set<String> = ["FileLock", "ProcessWorkerPool"]

    static func make(_ name: String) -> Subject {
        switch name {
        case "AsyncMutex": mutex()
        case "KeyedMutex": keyedMutex()
        case "AsyncSemaphore": semaphore()
        case "Limiter": limiter()
        case "FairLimiter": fairLimiter()
        case "AdaptiveLimiter": adaptiveLimiter()
        case "ResourcePool": resourcePool()
        case "WorkerPool": workerPool()
        case "CircuitBreaker": circuitBreaker()
        case "RateLimiter": rateLimiter()
        case "SingleFlight": singleFlight()
        case "GroupLimiter": groupLimiter()
        case "FileLock": fileLock()
        case "ProcessWorkerPool": processWorkerPool()
        default: cache()
        }
    }

    /// In whose line a caller stands: half of them name one of four keys.
    private static func key(_ random: UInt64) -> UInt64? { random >> 40 & 1 == 0 ? nil : (random >> 41) % 4 }

    private static func balance(_ snapshot: LimiterSnapshot) -> Balance {
        Balance(
            granted: snapshot.granted, refused: snapshot.refused, expired: snapshot.expired, cancelled: snapshot.cancelled,
            active: snapshot.active, waiting: snapshot.waiting)
    }

    private static func mutex() -> Subject {
        let mutex = AsyncMutex(queue: .init(depth: 12, whenFull: .rejectOldest))
        return Subject(
            name: "AsyncMutex", most: 1,
            enter: { random, deadline, body in
                if let key = key(random) {
                    try await mutex.withLock(by: key, deadline: deadline) { await body() }
                } else {
                    try await mutex.withLock(deadline: deadline) { await body() }
                }
            },
            disturb: { random in mutex.setQueueDepth(Int(random % 24)) }, restore: { mutex.setQueueDepth(12) }, drain: { await mutex.drain() },
            takeAll: { await mutex.tryWithLock { true } ?? false },
            balance: {
                let snapshot = mutex.snapshot
                return Balance(
                    granted: snapshot.acquisitions, refused: snapshot.refused, expired: snapshot.expired, cancelled: snapshot.cancelled,
                    active: snapshot.isHeld ? 1 : 0, waiting: snapshot.waiting)
            })
    }

    /// Everybody wants one or two of four keys, so at most four are inside.
    private static func keyedMutex() -> Subject {
        let mutex = KeyedMutex<UInt64>(queue: .init(depth: 24, whenFull: .newestFirstUnderOverload))
        return Subject(
            name: "KeyedMutex", most: 4,
            enter: { random, deadline, body in
                let keys = random & 4 == 0 ? [random % 4] : [random % 4, (random >> 8) % 4]
                if let asker = key(random) {
                    try await mutex.withLocks(for: keys, by: asker, deadline: deadline) { await body() }
                } else {
                    try await mutex.withLocks(for: keys, deadline: deadline) { await body() }
                }
            },
            disturb: { random in mutex.setQueueDepth(Int(random % 48)) }, restore: { mutex.setQueueDepth(24) }, drain: { await mutex.drain() },
            takeAll: {
                // A deadline that has passed: free keys are taken, and others are not waited for.
                do { return try await mutex.withLocks(for: [0, 1, 2, 3], deadline: .zero) { true } } catch { return false }
            },
            balance: {
                let snapshot = mutex.snapshot
                return Balance(
                    granted: snapshot.acquisitions, refused: snapshot.refused, expired: snapshot.expired, cancelled: snapshot.cancelled,
                    active: snapshot.holders, waiting: snapshot.waiting)
            })
    }

    private static func semaphore() -> Subject {
        let semaphore = AsyncSemaphore(permits: 4, queue: .init(depth: 12, whenFull: .rejectEarliestDeadline))
        return Subject(
            name: "AsyncSemaphore", most: 8,
            enter: { random, deadline, body in
                let priority: QueuePriority = [.low, .normal, .high][Int(random % 3)]
                let count = Int((random >> 8) % 3) + 1
                if let key = key(random) {
                    try await semaphore.withPermits(count, priority: priority, for: key, deadline: deadline) { await body() }
                } else {
                    try await semaphore.withPermits(count, priority: priority, deadline: deadline) { await body() }
                }
            },
            disturb: { random in
                semaphore.setQueueDepth(Int((random >> 8) % 24))
                if random % 8 == 0 { semaphore.cancelAllWaiters() } else { semaphore.setPermits(Int(random % 8)) }
            },
            restore: {
                semaphore.setPermits(4)
                semaphore.setQueueDepth(12)
            }, drain: { await semaphore.drain() },
            takeAll: {
                guard let all = semaphore.tryAcquire(4) else { return false }
                all.release()
                return true
            },
            balance: { balance(semaphore.snapshot) })
    }

    private static func limiter() -> Subject {
        let limiter = Limiter(limit: 4, queue: .init(depth: 12, deadline: .seconds(1), whenFull: .rejectOldest))
        return Subject(
            name: "Limiter", most: 8,
            enter: { random, deadline, body in
                try await limiter.withPermit(weight: random & 7 == 0 ? 3 : 1, deadline: deadline) { await body() }
            },
            disturb: { random in
                if random % 8 == 0 { limiter.clearQueue() } else { limiter.setLimit(Int(random % 8)) }
            },
            restore: { limiter.setLimit(4) }, drain: { await limiter.drain() },
            takeAll: { await limiter.tryWithPermit(weight: 4) { true } ?? false },
            balance: { balance(limiter.snapshot) })
    }

    private static func fairLimiter() -> Subject {
        let limiter = FairLimiter<UInt64>(limit: 4, queue: .init(depth: 6, whenFull: .newestFirstUnderOverload))
        return Subject(
            name: "FairLimiter", most: 8,
            enter: { random, deadline, body in try await limiter.withPermit(for: random % 5, deadline: deadline) { await body() } },
            disturb: { random in
                if random % 8 == 0 { limiter.removeAll(for: random % 5) } else { limiter.setLimit(Int(random % 8)) }
            },
            restore: { limiter.setLimit(4) },
            drain: {
                limiter.shutDown()
                return true
            },
            takeAll: {
                let taken = (0..<4).compactMap { limiter.tryAcquire(for: $0) }
                let hasMore = limiter.tryAcquire(for: 9).map { $0.release() } != nil
                for permit in taken { permit.release() }
                return taken.count == 4 && !hasMore
            },
            balance: { balance(limiter.snapshot.total) })
    }

    private static func adaptiveLimiter() -> Subject {
        let limiter = AdaptiveLimiter(initial: 4, maximum: 8, queue: .init(depth: 12))
        return Subject(
            name: "AdaptiveLimiter", most: 8,
            enter: { _, deadline, body in try await limiter.withPermit(deadline: deadline) { await body() } },
            disturb: { random in limiter.setBounds(minimum: 1, maximum: Int(random % 8) + 1) },
            restore: { limiter.setBounds(minimum: 4, maximum: 8) }, drain: { await limiter.drain() }, takeAll: { limiter.snapshot.active == 0 },
            balance: { balance(limiter.snapshot) })
    }

    private static func resourcePool() -> Subject {
        let pool = ResourcePool<Int>(.init(maximum: 4, queue: .init(depth: 12, whenFull: .rejectOldest))) { 1 } close: { _ in }
        return Subject(
            name: "ResourcePool", most: 8,
            enter: { random, deadline, body in
                if let key = key(random) {
                    try await pool.withResource(for: key, deadline: deadline) { _ in await body() }
                } else {
                    try await pool.withResource(deadline: deadline) { _ in await body() }
                }
            },
            disturb: { random in
                pool.setQueueDepth(Int((random >> 8) % 24))
                await pool.resize(minimum: 0, maximum: Int(random % 8) + 1)
            },
            restore: {
                pool.setQueueDepth(12)
                await pool.resize(minimum: 0, maximum: 4)
            }, drain: { await pool.drain() },
            takeAll: {
                var leases: [ResourcePool<Int>.Lease] = []
                for _ in 0..<4 {
                    do { leases.append(try await pool.lease(deadline: .zero)) } catch { break }
                }
                for lease in leases { await lease.giveBack() }
                return leases.count == 4
            },
            balance: {
                let snapshot = pool.snapshot
                return Balance(
                    granted: snapshot.granted, refused: snapshot.refused, expired: snapshot.expired, cancelled: snapshot.cancelled,
                    active: snapshot.leases.count, waiting: snapshot.waiting)
            })
    }

    private static func workerPool() -> Subject {
        let pool = WorkerPool(threads: 2, queue: .init(depth: 12, whenFull: .rejectOldest))
        return Subject(
            name: "WorkerPool", most: .max,
            enter: { random, deadline, body in
                if random & 1 == 0 {
                    try await pool.runAsync(deadline: deadline) { await body() }
                } else {
                    if let key = key(random) {
                        _ = try await pool.run(for: key, deadline: deadline) { 1 }
                    } else {
                        _ = try await pool.run(deadline: deadline) { 1 }
                    }
                    await body()
                }
            },
            disturb: { random in
                pool.setQueueDepth(Int((random >> 8) % 24))
                pool.setThreads(Int(random % 4) + 1)
            },
            restore: {
                pool.setQueueDepth(12)
                pool.setThreads(2)
            }, drain: { await pool.drain() },
            takeAll: { pool.snapshot.busy == 0 },
            balance: {
                let snapshot = pool.snapshot
                return Balance(active: snapshot.asyncCalls, waiting: snapshot.queued)
            }, countsEverything: false)
    }

    private static func circuitBreaker() -> Subject {
        struct Broken: Error {}
        let breaker = CircuitBreaker(CircuitBreakerConfiguration())
        return Subject(
            name: "CircuitBreaker", most: .max,
            enter: { random, _, body in
                do {
                    try await breaker.run {
                        await body()
                        if random % 16 == 0 { throw Broken() }
                    }
                } catch is Broken {}
            },
            disturb: { random in
                if random % 8 == 0 { breaker.reconfigure(CircuitBreakerConfiguration(window: .calls(Int(random >> 8) % 20 + 1))) }
                breaker.force([.closed, .open, .forcedOpen, .forcedClosed][Int(random % 4)])
            }, restore: { breaker.force(.closed) },
            drain: { true }, takeAll: { true },
            balance: { Balance(granted: breaker.snapshot.admitted, refused: breaker.snapshot.refused) }, countsEverything: false)
    }

    private static func rateLimiter() -> Subject {
        let limiter = RateLimiter<UInt64>([RateLimit(1_000_000, per: .seconds(1), burst: 1_000)], maxKeys: 8, queue: .init(depth: 12))
        return Subject(
            name: "RateLimiter", most: .max,
            enter: { random, deadline, body in
                try await limiter.acquire(for: random % 16, cost: Int((random >> 8) % 200), deadline: deadline)
                await body()
            },
            disturb: { random in
                if random & 1 == 0 { limiter.reset(random % 16) } else { limiter.setLimits([RateLimit(Int(random % 9 + 1) * 100_000, per: .seconds(1), burst: 1_000)]) }
            },
            restore: {}, drain: { await limiter.drain() }, takeAll: { limiter.snapshot.waiting == 0 }, balance: { Balance(waiting: limiter.snapshot.waiting) },
            countsEverything: false)
    }

    private static func singleFlight() -> Subject {
        let flight = SingleFlight<UInt64, UInt64>(queue: .init(depth: 8, whenFull: .rejectOldest))
        return Subject(
            name: "SingleFlight", most: .max,
            enter: { random, deadline, body in
                _ = try await flight.value(for: random % 4, deadline: deadline) {
                    await Task.yield()
                    return random
                }
                await body()
            },
            disturb: { random in flight.forget(random % 4) }, restore: {}, drain: { await flight.drain() },
            takeAll: { flight.snapshot.waiting == 0 && flight.snapshot.underWay == 0 }, balance: { Balance(waiting: flight.snapshot.waiting) },
            countsEverything: false)
    }

    private static func cache() -> Subject {
        let cache = LRUCache<UInt64, UInt64>(.entries(8), ttl: .microseconds(50), staleFor: .microseconds(50), queue: .init(depth: 24, whenFull: .rejectOldest))
        return Subject(
            name: "LRUCache", most: .max,
            enter: { random, deadline, body in
                _ = try await cache.value(for: random % 16, deadline: deadline) {
                    await Task.yield()
                    return random
                }
                await body()
            },
            disturb: { random in
                switch random % 4 {
                case 0: cache.resize(entries: Int(random % 16) + 1)
                case 1: cache.remove(random % 16)
                case 2: cache.set(random, for: random % 16)
                default: cache.trim(toBytes: 2)
                }
            },
            restore: {}, drain: { await cache.drain() }, takeAll: { cache.snapshot.flights.waiting == 0 && cache.snapshot.entries <= 16 },
            balance: { Balance(waiting: cache.snapshot.flights.waiting) },
            // A stale value that was served is fetched anew, by whom nobody waits for.
            settle: { for _ in 0..<1_000_000 where cache.snapshot.refreshing > 0 { await Task.yield() } }, countsEverything: false)
    }
}
