import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

/// A lock before which one may wait, fair between keys; who has waited longest leaves for a newcomer.
private protocol LineUnderProof: Sendable {
    init(_ queue: QueueConfiguration, clock: any SchedulingClock)
    func run(for key: Int, _ body: @Sendable () async -> Void) async throws
    func setQueueDepth(_ depth: Int)
    /// Callers inside and in line, and the most that were in line at a time.
    var state: (inside: Int, waiting: Int, peakWaiting: Int) { get }
}

private struct MutexLine: LineUnderProof {
    private let mutex: AsyncMutex
    init(_ queue: QueueConfiguration, clock: any SchedulingClock) { mutex = AsyncMutex(queue: queue, clock: clock) }
    func run(for key: Int, _ body: @Sendable () async -> Void) async throws { try await mutex.withLock(by: key) { await body() } }
    func setQueueDepth(_ depth: Int) { mutex.setQueueDepth(depth) }
    var state: (inside: Int, waiting: Int, peakWaiting: Int) {
        let now = mutex.snapshot
        return (now.isHeld ? 1 : 0, now.waiting, now.peakWaiting)
    }
}

private struct KeyedMutexLine: LineUnderProof {
    private let mutex: KeyedMutex<Int>
    init(_ queue: QueueConfiguration, clock: any SchedulingClock) { mutex = KeyedMutex(queue: queue, clock: clock) }
    /// All callers share one key, and each asker has another of its own.
    func run(for key: Int, _ body: @Sendable () async -> Void) async throws { try await mutex.withLocks(for: [0, 1 + key], by: key) { await body() } }
    func setQueueDepth(_ depth: Int) { mutex.setQueueDepth(depth) }
    var state: (inside: Int, waiting: Int, peakWaiting: Int) {
        let now = mutex.snapshot
        return (now.holders + now.keysHeld, now.waiting, now.peakWaiting)
    }
}

private struct SemaphoreLine: LineUnderProof {
    private let semaphore: AsyncSemaphore
    init(_ queue: QueueConfiguration, clock: any SchedulingClock) { semaphore = AsyncSemaphore(permits: 1, queue: queue, clock: clock) }
    func run(for key: Int, _ body: @Sendable () async -> Void) async throws { try await semaphore.withPermits(for: key) { await body() } }
    func setQueueDepth(_ depth: Int) { semaphore.setQueueDepth(depth) }
    var state: (inside: Int, waiting: Int, peakWaiting: Int) {
        let now = semaphore.snapshot
        return (now.active, now.waiting, now.peakWaiting)
    }
}

private struct ResourcePoolLine: LineUnderProof {
    private let pool: ResourcePool<Int>
    init(_ queue: QueueConfiguration, clock: any SchedulingClock) {
        pool = ResourcePool(.init(maximum: 1, queue: queue), clock: clock, make: { 1 }, close: { _ in })
    }
    func run(for key: Int, _ body: @Sendable () async -> Void) async throws { try await pool.withResource(for: key) { _ in await body() } }
    func setQueueDepth(_ depth: Int) { pool.setQueueDepth(depth) }
    var state: (inside: Int, waiting: Int, peakWaiting: Int) {
        let now = pool.snapshot
        return (now.leases.count, now.waiting, now.peakWaiting)
    }
}

/// The control: the machine of an `AsyncMutex` in a shell that does not tell who had to leave the line.
private final class ForgetfulLine: LineUnderProof {
    private let machine: Mutex<AsyncMutexStateMachine<Waiter<Bool>>>
    init(_ queue: QueueConfiguration, clock: any SchedulingClock) { machine = Mutex(AsyncMutexStateMachine(queue: queue)) }

    func run(for key: Int, _ body: @Sendable () async -> Void) async throws {
        let waiter = Waiter<Bool>()
        switch machine.withLock({ $0.lock(waiter, by: Int32(key), Patience(now: .zero, isCancelled: Task.isCancelled)) }) {
        case .granted: break
        case .refused(let code, _): throw AcquireError(code: code, message: "refused")
        case .queued(let ticket, evicted: _):
            let isIn = await waiter.wait { [self] in machine.withLock { $0.giveUp(ticket, .cancelled) }?.resolve(false) }
            guard isIn else { throw AcquireError(code: .cancelled, message: "cancelled") }
        }
        await body()
        if case .handedOver(let next) = machine.withLock({ $0.unlock() }) { next.resolve(true) }
    }

    func setQueueDepth(_ depth: Int) { machine.withLock { $0.setQueueDepth(depth) } }
    var state: (inside: Int, waiting: Int, peakWaiting: Int) { machine.withLock { ($0.isHeld ? 1 : 0, $0.waiting, 1) } }
}

@Suite("Interleavings of three callers of two keys before a line with one place, one of them cancelled anywhere", .serialized)
struct QueueProofTests {
    /// Two callers of one key and one of another: each is served or told why not, one is inside at most and one waits at most.
    private func proof<Subject: LineUnderProof>(_: Subject.Type, _ policy: QueueConfiguration.FullPolicy, victim: Int) -> ExplorationBody {
        { context in
            let subject = Subject(QueueConfiguration(depth: 0, whenFull: policy), clock: context.clock)
            subject.setQueueDepth(1)
            let inside = Shared((now: 0, most: 0))
            let workers = [1, 1, 2].map { key in
                Task(executorPreference: context.executor) { () -> AcquireError.Code? in  // awaited below
                    do {
                        try await subject.run(for: key) {
                            inside.update { inside in
                                inside.now += 1
                                inside.most = max(inside.most, inside.now)
                            }
                            await Task.yield()
                            inside.update { $0.now -= 1 }
                        }
                        return nil
                    } catch {
                        return (error as? AcquireError)?.code ?? .shutDown
                    }
                }
            }
            let canceller = Task(executorPreference: context.executor) { workers[victim].cancel() }  // awaited below
            await canceller.value
            var turnedAway = 0
            for (number, worker) in workers.enumerated() {
                let code = await worker.value
                if code == .queueFull { turnedAway += 1 } else if let code, code != .cancelled || number != victim {
                    throw Violation(description: "task \(number) ended with \(code)")
                }
            }
            if turnedAway > 1 { throw Violation(description: "\(turnedAway) were turned away of three, although one is served and one may wait") }
            if inside.get().most > 1 { throw Violation(description: "\(inside.get().most) were inside at once") }
            let state = subject.state
            if state.inside > 0 || state.waiting > 0 { throw Violation(description: "a permit, a waiter or a key is left over") }
            if state.peakWaiting > 1 { throw Violation(description: "\(state.peakWaiting) waited where one may") }
        }
    }

    private func prove<Subject: LineUnderProof>(_ type: Subject.Type, victim: Int) async throws {
        for policy in [QueueConfiguration.FullPolicy.rejectNewest, .rejectOldest] {
            var exploration = Exploration(.exhaustive(preemptions: 1), schedules: 20_000)
            exploration.realTime = .seconds(20)
            let result = try await explore(exploration, proof(type, policy, victim: victim))
            #expect(result.schedules > 100)
            print("\(type), \(policy), task \(victim) cancelled anywhere: \(result.isComplete ? "complete to 1 preemption, " : "")\(result.schedules) schedules")
        }
    }

    @Test("leave an AsyncMutex free and everybody told", .timeLimit(.minutes(5)), arguments: 0..<3)
    func mutex(victim: Int) async throws { try await prove(MutexLine.self, victim: victim) }

    @Test("leave a KeyedMutex taken by two keys free and everybody told", .timeLimit(.minutes(5)), arguments: 0..<3)
    func keyedMutex(victim: Int) async throws { try await prove(KeyedMutexLine.self, victim: victim) }

    @Test("leave an AsyncSemaphore free and everybody told", .timeLimit(.minutes(5)), arguments: 0..<3)
    func semaphore(victim: Int) async throws { try await prove(SemaphoreLine.self, victim: victim) }

    @Test("leave a ResourcePool with nothing lent and everybody told", .timeLimit(.minutes(5)), arguments: 0..<3)
    func resourcePool(victim: Int) async throws { try await prove(ResourcePoolLine.self, victim: victim) }

    @Test("find the line that does not tell who had to leave it, within 200 schedules", .timeLimit(.minutes(5)))
    func control() async throws {
        let failure = try #require(try await Exploration(.random, schedules: 200).run(proof(ForgetfulLine.self, .rejectOldest, victim: 0)).failure)
        #expect(failure.finding.code == .deadlock)
    }
}
