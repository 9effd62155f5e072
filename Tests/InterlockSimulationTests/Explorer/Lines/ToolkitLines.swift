import InterlockConcurrency
import InterlockSimulation

struct AsyncMutexLine: LineUnderProof {
    private let mutex: AsyncMutex
    private let witness: LineWitness

    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness) {
        mutex = AsyncMutex(queue: queue, clock: context.clock)
        self.witness = witness
    }

    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws {
        try await mutex.withLock(by: key, deadline: deadline) {
            await section()
            witness.leave()
        }
    }

    func setQueueDepth(_ depth: Int) { mutex.setQueueDepth(depth) }

    func rest() async -> String? {
        let now = mutex.snapshot
        return now.isHeld || now.waiting > 0 ? "the lock is held or waited for: \(now)" : nil
    }

    static var traits: LineTraits { LineTraits() }
}

/// All callers share one key, and each asker has another of its own.
struct KeyedMutexLine: LineUnderProof {
    private let mutex: KeyedMutex<Int>
    private let witness: LineWitness

    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness) {
        mutex = KeyedMutex(queue: queue, clock: context.clock)
        self.witness = witness
    }

    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws {
        try await mutex.withLocks(for: [-1, key], by: key, deadline: deadline) {
            await section()
            witness.leave()
        }
    }

    func setQueueDepth(_ depth: Int) { mutex.setQueueDepth(depth) }

    func rest() async -> String? {
        let now = mutex.snapshot
        return now.holders + now.waiting + now.keysHeld > 0 ? "keys are held or waited for: \(now)" : nil
    }

    static var traits: LineTraits { LineTraits(keepsNext: true) }
}

struct AsyncSemaphoreLine: LineUnderProof {
    private let semaphore: AsyncSemaphore
    private let witness: LineWitness

    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness) {
        semaphore = AsyncSemaphore(permits: 1, queue: queue, clock: context.clock)
        self.witness = witness
    }

    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws {
        try await semaphore.withPermits(for: key, deadline: deadline) {
            await section()
            witness.leave()
        }
    }

    func setQueueDepth(_ depth: Int) { semaphore.setQueueDepth(depth) }

    func rest() async -> String? {
        let now = semaphore.snapshot
        return now.active + now.waiting > 0 ? "permits are out or waited for: \(now)" : nil
    }

    static var traits: LineTraits { LineTraits() }
}

/// It has one line, whoever asks.
struct LimiterLine: LineUnderProof {
    private let limiter: Limiter
    private let witness: LineWitness

    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness) {
        limiter = Limiter(limit: 1, queue: queue, clock: context.clock)
        self.witness = witness
    }

    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws {
        try await limiter.withPermit(deadline: deadline) {
            await section()
            witness.leave()
        }
    }

    func setQueueDepth(_ depth: Int) { limiter.setQueueDepth(depth) }

    func rest() async -> String? {
        let now = limiter.snapshot
        return now.active + now.waiting > 0 ? "a permit is out or waited for: \(now)" : nil
    }

    static var traits: LineTraits { LineTraits(knowsKeys: false) }
}

struct ResourcePoolLine: LineUnderProof {
    private let pool: ResourcePool<Int>
    private let witness: LineWitness

    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness) {
        pool = ResourcePool(.init(maximum: 1, queue: queue), clock: context.clock, make: { 1 }, close: { _ in })
        self.witness = witness
    }

    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws {
        try await pool.withResource(for: key, deadline: deadline) { _ in
            await section()
            witness.leave()
        }
    }

    func setQueueDepth(_ depth: Int) { pool.setQueueDepth(depth) }

    func rest() async -> String? {
        let now = pool.snapshot
        return now.leases.count + now.waiting > 0 || now.made > 1 ? "a resource is lent, waited for or too many: \(now)" : nil
    }

    static var traits: LineTraits { LineTraits(refusesCancelledAtOnce: true) }
}
