import InterlockConcurrency
import Measuring
import NIOPosix

/// The primitives of the toolkit, uncontended unless it says otherwise, in nanoseconds each, beside what Swift and SwiftNIO bring along.
struct ToolkitSpeed {
    private actor Counter {
        private var count = 0
        func add() { count += 1 }
    }

    func measure(count: Int) async throws -> Figures {
        var figures = Figures()
        try await locks(count, &figures)
        try await tables(count, &figures)
        try await workers(count / 40, &figures)
        try await processes(count / 100, &figures)
        return figures
    }

    private func locks(_ count: Int, _ figures: inout Figures) async throws {
        let mutex = AsyncMutex()
        figures.set("asyncMutexNanoseconds", try await time(count) { try await mutex.withLock {} })
        let limiter = Limiter(limit: 4)
        figures.set("limiterNanoseconds", try await time(count) { try await limiter.withPermit {} })
        let fair = FairLimiter<Int>(limit: 4, queue: .init(depth: 100))
        figures.set("fairLimiterNanoseconds", try await time(count) { try await fair.withPermit(for: 1) {} })
        figures.set("fullQueueNanoseconds", try await fullQueue(keys: 16, count / 100))
        figures.set("fullQueueOfManyKeysNanoseconds", try await fullQueue(keys: 4_096, count / 1_000))
        let semaphore = AsyncSemaphore(permits: 4)
        figures.set("semaphoreNanoseconds", try await time(count) { try await semaphore.withPermits(1) {} })
        let counter = Counter()
        figures.set("actorNanoseconds", await time(count) { await counter.add() })
        figures.set("contendedMutexNanoseconds", try await contended(count) { _, section in try await mutex.withLock { await section() } })
        figures.set("contendedKeysNanoseconds", try await contended(count) { task, section in try await mutex.withLock(by: task) { await section() } })
        let keyed = KeyedMutex<Int>()
        figures.set("keyedMutexNanoseconds", try await time(count) { try await keyed.withLock(for: 1) {} })
        figures.set("keyedMutexThreeKeysNanoseconds", try await time(count) { try await keyed.withLocks(for: [1, 2, 3]) {} })
        figures.set("contendedKeyedMutexNanoseconds", try await contended(count) { _, section in try await keyed.withLock(for: 1) { await section() } })
        figures.set("contendedKeyedMutexKeysNanoseconds", try await contended(count) { task, section in
            try await keyed.withLock(for: 1, by: task) { await section() }
        })
        let resources = ResourcePool<Int>(.init(maximum: 4), make: { 1 }, close: { _ in })
        figures.set("resourcePoolNanoseconds", try await time(count) { try await resources.withResource { _ in } })
        figures.set("resourcePoolKeyNanoseconds", try await time(count) { try await resources.withResource(for: 1) { _ in } })
    }

    /// Two tasks that want the same thing all the time and yield inside: every turn is handed over.
    private func contended(
        _ count: Int, _ enter: @escaping @Sendable (_ task: Int, _ section: @Sendable () async -> Void) async throws -> Void
    ) async throws -> Double {
        try await time(count / 10, passes: 3) { rounds in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<2 {
                    group.addTask {
                        for _ in 0..<rounds / 2 { try await enter(task) { await Task.yield() } }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// What a newcomer takes that a full queue refuses, in which so many keys have one caller each.
    private func fullQueue(keys: Int, _ count: Int) async throws -> Double {
        let fair = FairLimiter<Int>(limit: 0, queue: .init(depth: keys))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for key in 0..<keys {
                group.addTask {
                    // Until the limiter shuts down.
                    do { try await fair.acquire(for: key).release() } catch {}
                }
            }
            while fair.snapshot.total.waiting < keys { await Task.yield() }
            let nanoseconds = await time(count) {
                do { try await fair.acquire(for: -1).release() } catch {}
            }
            fair.shutDown()
            try await group.waitForAll()
            return nanoseconds
        }
    }

    private func tables(_ count: Int, _ figures: inout Figures) async throws {
        let keys = 1_000_000
        let rates = RateLimiter<Int>([RateLimit(1_000_000, per: .seconds(1))], maxKeys: keys)
        for key in 0..<keys { _ = rates.take(for: key) }
        figures.set("rateHotNanoseconds", time(count) { _ = rates.take(for: 7) })
        var key = 1
        figures.set("rateRandomNanoseconds", time(count) {
            key = (key &* 1_103_515_245 &+ 12_345) & 0x7FFF_FFFF
            _ = rates.take(for: key % keys)
        })
        let cache = LRUCache<Int, Int>(.entries(10_000), ttl: .seconds(3_600))
        for key in 0..<10_000 { cache.set(key, for: key) }
        figures.set("cacheHitNanoseconds", time(count) {
            key = (key &* 1_103_515_245 &+ 12_345) & 0x7FFF_FFFF
            _ = cache.value(for: key % 10_000)
        })
    }

    private func workers(_ count: Int, _ figures: inout Figures) async throws {
        let pool = WorkerPool()
        figures.set("workerPoolNanoseconds", try await time(count) { _ = try await pool.run { 1 } })
        pool.shutDown()
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        figures.set("nioThreadPoolNanoseconds", try await time(count) { _ = try await threads.runIfActive { 1 } })
        try await threads.shutdownGracefully()
        figures.set("taskNanoseconds", await time(count) { _ = await Task { 1 }.value })
    }

    /// A worker process that echoes: this program, see ``MicrobenchCommand``; with what fits into a message, and with a megabyte.
    private func processes(_ count: Int, _ figures: inout Figures) async throws {
        let pool = ProcessWorkerPool(executable: "/proc/self/exe", arguments: ["echo-worker"], processes: 1)
        let (small, large) = ([UInt8](repeating: 7, count: 100), [UInt8](repeating: 7, count: 1 << 20))
        figures.set("processPoolNanoseconds", try await time(count) { _ = try await pool.run(small, timeout: .seconds(60)) })
        figures.set("processPoolMegabyteNanoseconds", try await time(max(5, count / 10)) { _ = try await pool.run(large, timeout: .seconds(60)) })
        await pool.drain()
    }

    /// The fastest of five passes, as the least disturbed one.
    private func time(_ count: Int, _ body: () -> Void) -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            let began = nanoseconds()
            for _ in 0..<count / 5 { body() }
            best = min(best, Double(nanoseconds() - began) / Double(count / 5))
        }
        return best
    }

    private func time(_ count: Int, _ body: () async throws -> Void) async rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            let began = nanoseconds()
            for _ in 0..<count / 5 { try await body() }
            best = min(best, Double(nanoseconds() - began) / Double(count / 5))
        }
        return best
    }

    /// For a body that repeats itself.
    private func time(_ count: Int, passes: Int, _ body: (Int) async throws -> Void) async rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<passes {
            let began = nanoseconds()
            try await body(count)
            best = min(best, Double(nanoseconds() - began) / Double(count))
        }
        return best
    }
}
