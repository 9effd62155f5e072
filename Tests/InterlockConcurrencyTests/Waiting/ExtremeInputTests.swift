import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The largest and smallest inputs there are")
struct ExtremeInputTests {
    private let extremes = [Int.min, -1, 0, 1, .max - 1, .max]

    @Test("a limiter and a semaphore keep their count with any weight and any limit")
    func weights() {
        for limit in extremes {
            for first in extremes {
                for second in extremes {
                    var limiter = LimiterStateMachine<Int>(limit: limit, queue: .init(depth: .max))
                    var semaphore = AsyncSemaphoreStateMachine<Int>(permits: limit, queue: .init(depth: .max))
                    let (first, second) = (max(1, first), max(1, second))
                    let isFirstIn = limiter.tryAcquire(weight: first)
                    #expect(semaphore.tryAcquire(first, priority: .normal) == isFirstIn)
                    let isSecondIn = limiter.tryAcquire(weight: second)
                    #expect(semaphore.tryAcquire(second, priority: .normal) == isSecondIn)
                    #expect(limiter.active >= 0)
                    if isFirstIn { #expect(limiter.release(weight: first)?.granted ?? [] == []) }
                    if isFirstIn { _ = semaphore.release(first) }
                    if isSecondIn { _ = limiter.release(weight: second) }
                    if isSecondIn { _ = semaphore.release(second) }
                    #expect(limiter.active == 0)
                    #expect(semaphore.active == 0)
                }
            }
        }
    }

    @Test("limits run a caller of any weight", .timeLimit(.minutes(5)))
    func shells() async throws {
        let limiter = Limiter(limit: 3)
        try await limiter.withPermit(weight: .max) { #expect(limiter.snapshot.active == .max) }
        #expect(limiter.snapshot.active == 0)
        let semaphore = AsyncSemaphore(permits: .max)
        try await semaphore.withPermits(.max) { #expect(semaphore.snapshot.active == .max) }
        let adaptive = AdaptiveLimiter(initial: .max, minimum: .min, maximum: .max)
        try await adaptive.withPermit {}
        #expect(adaptive.snapshot.limit == 1_000_000_000)
        adaptive.setBounds(minimum: 2, maximum: 7)
        #expect(adaptive.snapshot.limit == 7)
        adaptive.setBounds(minimum: .max, maximum: .min)
        #expect(adaptive.snapshot.limit == 1_000_000_000)
    }

    @Test("a rate limiter answers any cost of any rule, promises nothing it cannot keep, and gets back no more than it gave")
    func rates() {
        for algorithm in [RateLimit.Algorithm.gcra, .tokenBucket] {
            for count in extremes {
                for burst in extremes {
                    for period in [Duration.nanoseconds(1), .seconds(1), .seconds(Int64.max)] {
                        var machine = RateLimiterStateMachine<Int>(
                            [RateLimit(count, per: period, burst: burst, algorithm: algorithm)], blockTime: .seconds(Int64.max), maxKeys: .max)
                        for cost in extremes {
                            for latest in [1_000, Int64.max / 4] {
                                let outcome = machine.take(1, cost: cost, now: 1_000, latest: latest)
                                #expect(outcome.delayNanoseconds >= 0)
                                #expect(outcome.decision.remaining >= 0)
                                #expect((outcome.decision.retryAfter ?? .zero) >= .zero)
                                if outcome.decision.isAllowed { machine.giveBack(1, cost: cost) }
                            }
                        }
                        _ = machine.reset(1)
                        for _ in 0..<20 { machine.giveBack(1, cost: .max) }
                        #expect(machine.take(1, cost: 1, now: 1_000, latest: 1_000).decision.isAllowed)
                        for _ in 0..<20 { machine.giveBack(1, cost: .max) }
                        #expect(machine.take(1, cost: 1, now: 1_000, latest: 1_000).decision.isAllowed, "giving back too much blocks nobody")
                    }
                }
            }
        }
    }

    @Test("a rate limiter without rules lets everybody through at once, whatever time it is", .timeLimit(.minutes(5)))
    func noRules() async throws {
        let clock = ManualClock()
        clock.advance(by: .seconds(3))
        let rates = RateLimiter<Int>([], clock: clock)
        try await rates.acquire(for: 1, cost: .max)
        #expect(rates.take(for: 1, cost: .max).isAllowed)
        #expect(clock.pendingCount == 0)
    }

    @Test("a cache takes entries of any size")
    func sizes() {
        let cache = LRUCache<Int, Int>(.bytes(.max) { _, size in size }, ttl: .seconds(Int64.max), staleFor: .seconds(Int64.max))
        for size in extremes { cache.set(size, for: size) }
        #expect(cache.value(for: .max) == .max)
        #expect(cache.snapshot.bytes <= .max)
        #expect(cache.trim(toBytes: .min) > 0)
        cache.resize(entries: .max, bytes: .max)
    }

    @Test("a resource pool takes any bounds", .timeLimit(.minutes(5)))
    func pools() async throws {
        for bound in extremes {
            let pool = ResourcePool(
                .init(minimum: bound, maximum: bound, lifetime: .seconds(Int64.max), queue: .init(depth: bound)), make: { 1 }, close: { _ in })
            #expect(try await pool.withResource { $0 } == 1)
            await pool.resize(minimum: 0, maximum: bound)
            await pool.shutDown()
        }
    }
}
