import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A limiter")
struct LimiterTests {
    @Test("lets in as many as it has permits and no more; without it more are inside within 100 rounds", .timeLimit(.minutes(5)))
    func bound() async throws {
        for round in 0..<100 {
            let limit = 1 + round % 4
            let limiter = Limiter(limit: limit)
            let peak = try await Proofs.peakInside { section in try await limiter.withPermit { await section() } }
            #expect(peak <= limit)
            #expect(limiter.snapshot.active == 0)
            #expect(limiter.snapshot.granted == 48)
            #expect(limiter.snapshot.peakActive <= limit)
        }
        let isNoticed = try await Proofs.failsWithin100Rounds {
            try await Proofs.peakInside { section in await section() } <= 4
        }
        #expect(isNoticed)
    }

    @Test("loses no update with one permit; with two some are lost within 100 rounds", .timeLimit(.minutes(5)))
    func exclusion() async throws {
        func lost(_ limit: Int) async throws -> Int {
            let limiter = Limiter(limit: limit)
            return try await Proofs.lostUpdates { section in try await limiter.withPermit { await section() } }
        }
        for _ in 0..<50 { #expect(try await lost(1) == 0) }
        #expect(try await Proofs.failsWithin100Rounds { try await lost(2) == 0 })
    }

    @Test("gives its permits back when the body throws", .timeLimit(.minutes(5)))
    func throwing() async throws {
        struct Failure: Error {}
        let limiter = Limiter(limit: 2)
        await #expect(throws: Failure.self) { try await limiter.withPermit(weight: 2) { throw Failure() } }
        #expect(limiter.snapshot.active == 0)
        #expect(await limiter.tryWithPermit(weight: 2) { 7 } == 7)
        #expect(await limiter.tryWithPermit(weight: 0) { limiter.snapshot.active } == 1, "a weight is at least one")
    }

    @Test("expires waiters at the earlier of the queue's deadline and their own", .timeLimit(.minutes(5)))
    func deadlines() async throws {
        let clock = ManualClock()
        let limiter = Limiter(limit: 1, queue: .init(depth: 9, deadline: .seconds(10)), clock: clock)
        let holder = try await Holder.enter { section in try await limiter.withPermit { try await section() } }
        let own = Task { try await limiter.withPermit(deadline: .zero + .seconds(2)) {} }  // awaited below
        let queues = Task { try await limiter.withPermit(deadline: .zero + .seconds(99)) {} }  // awaited below
        try await clock.waitForPending(2)
        clock.advance(by: .seconds(2))
        #expect(try await acquireFailure { try await own.value } == .deadlineExceeded)
        #expect(limiter.snapshot.waiting == 1)
        clock.advance(by: .seconds(8))
        #expect(try await acquireFailure { try await queues.value } == .deadlineExceeded)
        #expect(limiter.snapshot.expired == 2)
        try await holder.leave()
    }

    @Test("refuses the newest or the oldest when the queue is full, as configured", .timeLimit(.minutes(5)))
    func fullQueue() async throws {
        for policy in [QueueConfiguration.FullPolicy.rejectNewest, .rejectOldest] {
            let limiter = Limiter(limit: 1, queue: .init(depth: 1, whenFull: policy))
            let holder = try await Holder.enter { section in try await limiter.withPermit { try await section() } }
            let old = Task { try await limiter.withPermit {} }  // awaited below
            try await until { limiter.snapshot.waiting == 1 }
            let new = Task { try await limiter.withPermit {} }  // awaited below
            let refused = policy == .rejectNewest ? new : old
            #expect(try await acquireFailure { try await refused.value } == .queueFull)
            try await holder.leave()
            try await (policy == .rejectNewest ? old : new).value
            #expect(limiter.snapshot.refused == 1)
        }
    }

    @Test("lets waiters in when it is raised, while they wait", .timeLimit(.minutes(5)))
    func resize() async throws {
        let limiter = Limiter(limit: 0)
        let log = Shared<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask { try await limiter.withPermit { log.update { $0.append(number) } } }
                try await until { limiter.snapshot.waiting == number + 1 }
            }
            #expect(log.value.isEmpty)
            limiter.setLimit(1)
            try await group.waitForAll()
        }
        #expect(log.value == [0, 1, 2, 3, 4])
    }

    @Test("drains: who waits gets its turn, who comes is refused, and the drain ends with the last permit", .timeLimit(.minutes(5)))
    func drain() async throws {
        let clock = ManualClock()
        let limiter = Limiter(limit: 1, clock: clock)
        let holder = try await Holder.enter { section in try await limiter.withPermit { try await section() } }
        async let waiter: Void = limiter.withPermit {}
        try await until { limiter.snapshot.waiting == 1 }
        async let drained = limiter.drain(deadline: .zero + .seconds(1))
        try await clock.waitForPending(1)
        #expect(try await acquireFailure { try await limiter.withPermit {} } == .shutDown)
        clock.advance(by: .seconds(1))
        #expect(await drained == false, "the deadline came first")
        async let drainedLater = limiter.drain()
        try await holder.leave()
        try await waiter
        #expect(await drainedLater)
        #expect(await limiter.drain())
    }

    @Test("shuts down: who waits is refused, who holds a permit is not disturbed", .timeLimit(.minutes(5)))
    func shutDown() async throws {
        let limiter = Limiter(limit: 1)
        let holder = try await Holder.enter { section in try await limiter.withPermit { try await section() } }
        let waiter = Task { try await limiter.withPermit {} }  // awaited below
        try await until { limiter.snapshot.waiting == 1 }
        limiter.shutDown()
        #expect(try await acquireFailure { try await waiter.value } == .shutDown)
        #expect(limiter.snapshot.active == 1)
        try await holder.leave()
        #expect(limiter.snapshot.active == 0)
        #expect(await limiter.drain())
    }

    @Test("conserves its permits when cancellations, resizes and grants race", .timeLimit(.minutes(5)))
    func races() async throws {
        let limiter = Limiter(limit: 3, queue: .init(depth: 1_000))
        let held = Shared(0)
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let tasks = (0..<24).map { index in
                Task {  // awaited below
                    try await limiter.withPermit(weight: 1 + index % 3) {
                        held.update { $0 += 1 + index % 3 }
                        await Task.yield()
                        held.update { $0 -= 1 + index % 3 }
                    }
                }
            }
            for task in tasks.shuffled(using: &random).prefix(12) {
                if Bool.random(using: &random) { await Task.yield() }
                task.cancel()
                if Int.random(in: 0..<4, using: &random) == 0 { limiter.setLimit(Int.random(in: 1...5, using: &random)) }
            }
            for task in tasks { _ = await task.result }
            #expect(limiter.snapshot.active == 0)
            #expect(limiter.snapshot.waiting == 0)
            #expect(held.value == 0)
        }
        let snapshot = limiter.snapshot
        #expect(snapshot.granted + snapshot.cancelled == 60 * 24)
    }
}
