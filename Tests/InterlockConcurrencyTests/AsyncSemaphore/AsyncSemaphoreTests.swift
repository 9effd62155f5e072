import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A semaphore")
struct AsyncSemaphoreTests {
    private typealias Machine = AsyncSemaphoreStateMachine<String>

    private struct Unexpected: Error {}

    @Test("lets a newcomer in beside a heavy one that waits, where the newest go first, instead of making that one leave")
    func newestFirst() throws {
        var machine = Machine(permits: 2, queue: .init(depth: 1, whenFull: .newestFirstUnderOverload))
        let patience = Patience(now: .zero)
        guard case .granted = machine.acquire("p", 1, priority: .normal, patience) else { return #expect(Bool(false), "permits are free") }
        guard case .queued(_, nil, _) = machine.acquire("h", 2, priority: .normal, patience) else { return #expect(Bool(false), "h waits") }
        guard case .queued(_, "h", _) = machine.acquire("x", 2, priority: .normal, patience) else { return #expect(Bool(false), "h leaves for x") }
        guard case .granted = machine.acquire("y", 1, priority: .normal, patience) else { return #expect(Bool(false), "y fits") }
        #expect(machine.waiting == 1)
        let another = machine.tryAcquire(1, priority: .normal)
        #expect(!another)
    }

    @Test("goes through its table: priorities, weights, a full queue, shutdown")
    func table() throws {
        var machine = Machine(permits: 2, queue: .init(depth: 3))
        let patience = Patience(now: .zero)
        #expect(machine.tryAcquire(2, priority: .normal) == true)
        guard case .queued(let low, evicted: nil, granted: []) = machine.acquire("low", 1, priority: .low, patience),
            case .queued(_, evicted: nil, granted: []) = machine.acquire("normal", 1, priority: .normal, patience),
            case .queued(_, evicted: nil, granted: []) = machine.acquire("low 2", 1, priority: .low, patience),
            case .queued(_, evicted: "low 2", granted: []) = machine.acquire("high", 2, priority: .high, patience),
            case .refused(.queueFull, _) = machine.acquire("low 3", 1, priority: .low, patience)
        else { throw Unexpected() }
        #expect(machine.release(1)?.granted == [], "the highest needs two")
        #expect(machine.tryAcquire(1, priority: .high) == false, "an equal waits")
        #expect(machine.tryAcquire(1, priority: .init(rawValue: 99)) == true, "nobody of its priority waits")
        #expect(machine.release(1)?.granted == [])
        #expect(machine.release(1)?.granted == ["high"])
        #expect(machine.giveUp(low, .cancelled)?.waiter == "low")
        #expect(machine.giveUp(low, .cancelled) == nil)
        #expect(machine.cancelAll().removed == ["normal"])
        #expect(machine.shutDown().refused == [])
        guard case .refused(.shutDown, _) = machine.acquire("late", 1, priority: .high, patience) else { throw Unexpected() }
        #expect(machine.watchIdle("drainer") != nil)
        #expect(machine.release(2)?.drained == ["drainer"])
    }

    @Test("is what the obvious semaphore is, in any order of events")
    func randomOrder() {
        for seed in 0..<800 as Range<UInt64> {
            let permits = 1 + Int(seed % 4)
            #expect(semaphoreViolation(of: SemaphoreUnderProof(permits: permits), seed: seed, permits: permits) == nil)
        }
    }

    @Test("the proof notices each guard that is taken out, within 100 rounds", arguments: SimpleSemaphore.Fault.allCases)
    func negativeControl(fault: SimpleSemaphore.Fault) {
        #expect(Proofs.failsWithin100Seeds { seed in
            semaphoreViolation(of: SimpleSemaphore(permits: 3, fault: fault), seed: seed, permits: 3) == nil
        })
    }

    @Test("lets in no more than its permits; without it more are inside within 100 rounds", .timeLimit(.minutes(5)))
    func bound() async throws {
        for round in 0..<50 {
            let semaphore = AsyncSemaphore(permits: 1 + round % 3)
            let peak = try await Proofs.peakInside { section in try await semaphore.withPermits { await section() } }
            #expect(peak <= 1 + round % 3)
            #expect(semaphore.snapshot.active == 0)
        }
        #expect(try await Proofs.failsWithin100Rounds { try await Proofs.peakInside { section in await section() } <= 3 })
    }

    @Test("gives permits back when the value that stands for them goes, in whatever way", .timeLimit(.minutes(5)))
    func permits() async throws {
        let clock = ManualClock()
        let semaphore = AsyncSemaphore(permits: 3, measuresRuns: true, clock: clock)
        do {
            let permit = try await semaphore.acquire(2)
            #expect(permit.count == 2)
            if semaphore.tryAcquire(2) != nil { Issue.record("two of three were out already") }
            clock.advance(by: .seconds(3))
        }
        #expect(semaphore.snapshot.active == 0)
        #expect(semaphore.snapshot.runs.longest == .seconds(3))
        let permit = try await semaphore.acquire()
        permit.release()
        #expect(semaphore.snapshot.active == 0)
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await semaphore.withPermits(3) { throw Failure() } }
        #expect(semaphore.snapshot.active == 0)
    }

    @Test("serves the high before the low, ends waits at deadlines, and cancels all at once", .timeLimit(.minutes(5)))
    func waiting() async throws {
        let clock = ManualClock()
        let semaphore = AsyncSemaphore(permits: 1, queue: .init(deadline: .seconds(5)), clock: clock)
        let log = Shared<[String]>([])
        let holder = try await Holder.enter { section in try await semaphore.withPermits { try await section() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, priority) in [QueuePriority.low, .normal, .high].enumerated() {
                group.addTask { try await semaphore.withPermits(priority: priority) { log.update { $0.append("\(priority.rawValue)") } } }
                try await until { semaphore.snapshot.waiting == index + 1 }
            }
            clock.advance(by: .seconds(1))
            try await holder.leave()
            try await group.waitForAll()
        }
        #expect(log.value == ["10", "0", "-10"])
        #expect(semaphore.snapshot.waits.count == 3)
        #expect(semaphore.snapshot.waits.longest == .seconds(1))

        let second = try await Holder.enter { section in try await semaphore.withPermits { try await section() } }
        let late = Task { try await semaphore.withPermits {} }  // awaited below
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(5))
        #expect(try await acquireFailure { try await late.value } == .deadlineExceeded)
        let waiters = (0..<3).map { _ in Task { try await semaphore.withPermits {} } }  // awaited below
        try await until { semaphore.snapshot.waiting == 3 }
        #expect(semaphore.cancelAllWaiters() == 3)
        for waiter in waiters { #expect(try await acquireFailure { try await waiter.value } == .cancelled) }
        async let drained = semaphore.drain()
        try await second.leave()
        #expect(await drained)
    }

    @Test("conserves its permits when cancellations, resizes and grants race", .timeLimit(.minutes(5)))
    func races() async throws {
        let semaphore = AsyncSemaphore(permits: 3, queue: .init(depth: 1_000))
        for seed in 0..<40 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let tasks = (0..<24).map { index in
                Task { try await semaphore.withPermits(1 + index % 3, priority: .init(rawValue: index % 4)) { await Task.yield() } }  // awaited below
            }
            for task in tasks.shuffled(using: &random).prefix(12) {
                if Bool.random(using: &random) { await Task.yield() }
                task.cancel()
                if Int.random(in: 0..<4, using: &random) == 0 { semaphore.setPermits(Int.random(in: 1...5, using: &random)) }
            }
            for task in tasks { _ = await task.result }
            #expect(semaphore.snapshot.active == 0)
            #expect(semaphore.snapshot.waiting == 0)
        }
        #expect(semaphore.snapshot.granted + semaphore.snapshot.cancelled == 40 * 24)
    }
}
