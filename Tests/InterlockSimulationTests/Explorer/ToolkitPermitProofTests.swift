import InterlockConcurrency
import InterlockSimulation
import Testing

private struct SemaphoreUnderProof: Guarding {
    private let semaphore: AsyncSemaphore
    init(clock: any SchedulingClock) { semaphore = AsyncSemaphore(permits: Self.capacity, clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await semaphore.withPermits { await body() } }
    var isIdle: Bool { semaphore.snapshot.active == 0 && semaphore.snapshot.waiting == 0 }
    static var capacity: Int { 2 }
}

private struct FairLimiterUnderProof: Guarding {
    private let limiter: FairLimiter<Int>
    init(clock: any SchedulingClock) { limiter = FairLimiter(limit: Self.capacity, queue: .init(depth: 10), clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await limiter.withPermit(for: 1) { await body() } }
    var isIdle: Bool { limiter.snapshot.total.active == 0 && limiter.snapshot.total.waiting == 0 }
    static var capacity: Int { 1 }
}

/// The group's own limit is the one that counts: there is one permit more than it may hold.
private struct GroupLimiterUnderProof: Guarding {
    private let limiter: GroupLimiter<Int>
    private let group: GroupLimiter<Int>.Group
    init(clock: any SchedulingClock) {
        limiter = GroupLimiter(limit: Self.capacity + 1, queue: .init(depth: 10), clock: clock)
        group = limiter.group(limit: Self.capacity)
    }
    func run(_ body: @Sendable () async -> Void) async throws { try await group.withPermit(for: 1) { await body() } }
    var isIdle: Bool { limiter.snapshot.total.active == 0 && limiter.snapshot.total.waiting == 0 }
    static var capacity: Int { 1 }
}

private struct AdaptiveLimiterUnderProof: Guarding {
    private let limiter: AdaptiveLimiter
    /// Begins with one permit and may give itself another.
    init(clock: any SchedulingClock) { limiter = AdaptiveLimiter(initial: 1, minimum: 1, maximum: Self.capacity, clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await limiter.withPermit { await body() } }
    var isIdle: Bool { limiter.snapshot.active == 0 && limiter.snapshot.waiting == 0 }
    static var capacity: Int { 2 }
}

private struct ResourcePoolUnderProof: Guarding {
    private let pool: ResourcePool<Int>
    init(clock: any SchedulingClock) {
        pool = ResourcePool(.init(maximum: Self.capacity), clock: clock, make: { 1 }, close: { _ in })
    }
    func run(_ body: @Sendable () async -> Void) async throws { try await pool.withResource { _ in await body() } }
    var isIdle: Bool { pool.snapshot.leases.isEmpty && pool.snapshot.waiting == 0 && pool.snapshot.made <= Self.capacity }
    static var capacity: Int { 1 }
}

/// All callers want both keys.
private struct KeyedMutexUnderProof: Guarding {
    private let mutex: KeyedMutex<Int>
    init(clock: any SchedulingClock) { mutex = KeyedMutex(clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await mutex.withLocks(for: [1, 2]) { await body() } }
    var isIdle: Bool { mutex.snapshot.holders == 0 && mutex.snapshot.waiting == 0 && mutex.snapshot.keysHeld == 0 }
    static var capacity: Int { 1 }
}

@Suite("Interleavings of three tasks that share permits, one of them cancelled anywhere", .serialized)
struct ToolkitPermitProofTests {
    /// Explores the primitive to a bound, and finds the faults that are planted in it: a permit given back early, and one that is leaked.
    private func prove<Subject: Guarding>(_ type: Subject.Type, victim: Int) async throws {
        var exploration = Exploration(.exhaustive(preemptions: 1), schedules: 20_000)
        exploration.realTime = .seconds(20)
        let result = try await explore(exploration, proof(type, tasks: 3, operations: 1, victim: victim))
        #expect(result.schedules > 100)
        print("\(type), 3 tasks, task \(victim) cancelled anywhere: \(result.isComplete ? "complete to 1 preemption, " : "")\(result.schedules) schedules")
        if victim == 0 { try await findsPlantedFaults(type) }
    }

    @Test("leave an AsyncSemaphore of two with two inside at most, nothing lost", .timeLimit(.minutes(5)), arguments: 0..<3)
    func semaphore(victim: Int) async throws { try await prove(SemaphoreUnderProof.self, victim: victim) }

    @Test("leave a FairLimiter of one with one inside at most, nothing lost", .timeLimit(.minutes(5)), arguments: 0..<3)
    func fairLimiter(victim: Int) async throws { try await prove(FairLimiterUnderProof.self, victim: victim) }

    @Test("leave a group of a GroupLimiter with its own limit inside at most, nothing lost", .timeLimit(.minutes(5)), arguments: 0..<3)
    func groupLimiter(victim: Int) async throws { try await prove(GroupLimiterUnderProof.self, victim: victim) }

    @Test("leave an AdaptiveLimiter within its maximum, nothing lost", .timeLimit(.minutes(5)), arguments: 0..<3)
    func adaptiveLimiter(victim: Int) async throws { try await prove(AdaptiveLimiterUnderProof.self, victim: victim) }

    @Test("leave a ResourcePool with no more made than there may be, nothing lent for good", .timeLimit(.minutes(5)), arguments: 0..<3)
    func resourcePool(victim: Int) async throws { try await prove(ResourcePoolUnderProof.self, victim: victim) }

    @Test("leave a KeyedMutex taken by two keys with one inside at most, no key left over", .timeLimit(.minutes(5)), arguments: 0..<3)
    func keyedMutex(victim: Int) async throws { try await prove(KeyedMutexUnderProof.self, victim: victim) }
}
