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
        return figures
    }

    private func locks(_ count: Int, _ figures: inout Figures) async throws {
        let mutex = AsyncMutex()
        figures.set("asyncMutexNanoseconds", try await time(count) { try await mutex.withLock {} })
        let limiter = Limiter(limit: 4)
        figures.set("limiterNanoseconds", try await time(count) { try await limiter.withPermit {} })
        let fair = FairLimiter<Int>(limit: 4, queueDepth: 100)
        figures.set("fairLimiterNanoseconds", try await time(count) { try await fair.withPermit(for: 1) {} })
        let semaphore = AsyncSemaphore(permits: 4)
        figures.set("semaphoreNanoseconds", try await time(count) { try await semaphore.withPermits(1) {} })
        let counter = Counter()
        figures.set("actorNanoseconds", await time(count) { await counter.add() })
        // Two tasks that want the same lock all the time: every turn is handed over.
        figures.set("contendedMutexNanoseconds", try await time(count / 10, passes: 3) { rounds in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        for _ in 0..<rounds / 2 {
                            try await mutex.withLock {
                                await Task.yield()
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        })
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
