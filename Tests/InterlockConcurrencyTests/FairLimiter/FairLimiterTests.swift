import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A fair limiter")
struct FairLimiterTests {
    @Test("loses no update with one permit; with two some are lost within 100 rounds", .timeLimit(.minutes(5)))
    func exclusion() async throws {
        func lost(_ limit: Int) async throws -> Int {
            let limiter = FairLimiter<Int>(limit: limit, queue: .init(depth: 100))
            let turn = Shared(0)
            return try await Proofs.lostUpdates { section in
                let key = turn.update { $0 += 1; return $0 % 3 }
                try await limiter.withPermit(for: key) { await section() }
            }
        }
        for _ in 0..<50 { #expect(try await lost(1) == 0) }
        #expect(try await Proofs.failsWithin100Rounds { try await lost(2) == 0 })
    }

    @Test("takes and releases at once while permits are free, and not while somebody waits", .timeLimit(.minutes(5)))
    func tryAcquire() async throws {
        let limiter = FairLimiter<String>(limit: 2, queue: .init(depth: 10))
        let first = try #require(limiter.tryAcquire(for: "a"))
        let second = try #require(limiter.tryAcquire(for: "b"))
        #expect(limiter.tryAcquire(for: "c") == nil)
        async let waiting = limiter.acquire(for: "c")
        try await until { limiter.waitingCount(for: "c") == 1 }
        first.release()
        let third = try await waiting
        second.release()
        third.release()
        #expect(limiter.snapshot.total.active == 0)
        #expect(limiter.snapshot.total.peakActive == 2)
        #expect(limiter.snapshot.total.granted == 3)
    }

    /// Lets one key queue 1,000 callers and another a single one. Returns how many of the thousand went first.
    private func grantsBeforeTheOther(otherKey: String) async throws -> Int {
        let limiter = FairLimiter<String>(limit: 1, queue: .init(depth: 2_000))
        let permit = try #require(limiter.tryAcquire(for: "first"))
        let log = Shared<[String]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<1_000 {
                group.addTask { try await limiter.withPermit(for: "greedy") { log.update { $0.append("greedy") } } }
            }
            try await until { limiter.snapshot.total.waiting == 1_000 }
            group.addTask { try await limiter.withPermit(for: otherKey) { log.update { $0.append("other") } } }
            try await until { limiter.snapshot.total.waiting == 1_001 }
            permit.release()
            try await group.waitForAll()
        }
        return log.value.firstIndex(of: "other") ?? -1
    }

    @Test("delays a single caller behind another key's 1,000 by at most one grant; as one key by all of them", .timeLimit(.minutes(5)))
    func fairness() async throws {
        #expect(try await grantsBeforeTheOther(otherKey: "modest") <= 1)
        #expect(try await grantsBeforeTheOther(otherKey: "greedy") == 1_000)
    }

    @Test("expires waiters by its clock, at the queue's deadline or their own", .timeLimit(.minutes(5)))
    func deadlines() async throws {
        let clock = ManualClock()
        let limiter = FairLimiter<Int>(limit: 0, queue: .init(depth: 10, deadline: .seconds(5)), clock: clock)
        let own = Task { try await limiter.acquire(for: 1, deadline: .zero + .seconds(1)).release() }  // awaited below
        let queues = Task { try await limiter.acquire(for: 1).release() }  // awaited below
        try await clock.waitForPending(2)
        clock.advance(by: .seconds(1))
        #expect(try await acquireFailure { try await own.value } == .deadlineExceeded)
        #expect(limiter.waitingCount(for: 1) == 1)
        clock.advance(by: .seconds(4))
        #expect(try await acquireFailure { try await queues.value } == .deadlineExceeded)
        #expect(limiter.snapshot.total.expired == 2)
        #expect(limiter.snapshot.waitingKeys == 0)
    }

    @Test("makes the longest line pay when the queue is full", .timeLimit(.minutes(5)))
    func fullQueue() async throws {
        let limiter = FairLimiter<String>(limit: 0, queue: .init(depth: 2))
        let first = Task { try await limiter.acquire(for: "greedy").release() }  // awaited below
        try await until { limiter.snapshot.total.waiting == 1 }
        let second = Task { try await limiter.acquire(for: "greedy").release() }  // awaited below
        try await until { limiter.snapshot.total.waiting == 2 }
        #expect(try await acquireFailure { try await limiter.acquire(for: "greedy").release() } == .queueFull)
        let modest = Task { try await limiter.acquire(for: "modest").release() }  // awaited below
        #expect(try await acquireFailure { try await second.value } == .queueFull)
        try await until { limiter.waitingCount(for: "modest") == 1 }
        limiter.setLimit(1)
        try await first.value
        try await modest.value
    }

    @Test("cancels the waiters of one key, refuses all at shutdown", .timeLimit(.minutes(5)))
    func removeAndShutDown() async throws {
        let limiter = FairLimiter<String>(limit: 0, queue: .init(depth: 10))
        let gone = Task { try await limiter.acquire(for: "gone").release() }  // awaited below
        let stays = Task { try await limiter.acquire(for: "stays").release() }  // awaited below
        try await until { limiter.snapshot.total.waiting == 2 }
        #expect(limiter.removeAll(for: "unknown") == 0)
        #expect(limiter.removeAll(for: "gone") == 1)
        #expect(try await acquireFailure { try await gone.value } == .cancelled)
        #expect(limiter.snapshot.total.waiting == 1)
        limiter.shutDown()
        #expect(try await acquireFailure { try await stays.value } == .shutDown)
        #expect(try await acquireFailure { try await limiter.acquire(for: "late").release() } == .shutDown)
        #expect(limiter.tryAcquire(for: "late") == nil)
    }

    @Test("drains: refuses newcomers, serves who waits, and tells when the last permit is back", .timeLimit(.minutes(5)))
    func drain() async throws {
        let clock = ManualClock()
        let limiter = FairLimiter<Int>(limit: 1, queue: .init(depth: 10), clock: clock)
        let permit = try #require(limiter.tryAcquire(for: 1))
        let waiting = Task { try await limiter.acquire(for: 1).release() }  // awaited below
        try await until { limiter.snapshot.total.waiting == 1 }
        let tooShort = Task { await limiter.drain(deadline: .zero + .seconds(1)) }  // awaited below
        try await clock.waitForPending(1)
        #expect(try await acquireFailure { try await limiter.acquire(for: 2).release() } == .shutDown)
        clock.advance(by: .seconds(1))
        #expect(await tooShort.value == false)
        let drained = Task { await limiter.drain() }  // awaited below
        permit.release()
        try await waiting.value
        #expect(await drained.value)
        #expect(await limiter.drain())
    }

    @Test("ends a drain also when the last waiter gives up, is removed, or is refused at shutdown", .timeLimit(.minutes(5)), arguments: 0..<3)
    func drainsWithoutGrant(way: Int) async throws {
        let limiter = FairLimiter<Int>(limit: 0, queue: .init(depth: 10))
        let waiting = Task { try await limiter.acquire(for: 1).release() }  // awaited below
        try await until { limiter.snapshot.total.waiting == 1 }
        let drained = Task { await limiter.drain() }  // awaited below
        switch way {
        case 0: waiting.cancel()
        case 1: limiter.removeAll(for: 1)
        default: limiter.shutDown()
        }
        _ = await waiting.result
        #expect(await drained.value)
    }

    @Test("conserves its permits when cancellations, removals and grants race", .timeLimit(.minutes(5)))
    func races() async throws {
        let limiter = FairLimiter<Int>(limit: 2, queue: .init(depth: 1_000))
        let inside = Shared((now: 0, peak: 0))
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let tasks = (0..<24).map { index in
                Task {  // awaited below
                    try await limiter.withPermit(for: index % 5) {
                        inside.update { inside in
                            inside.now += 1
                            inside.peak = max(inside.peak, inside.now)
                        }
                        await Task.yield()
                        inside.update { $0.now -= 1 }
                    }
                }
            }
            for task in tasks.shuffled(using: &random).prefix(12) {
                if Bool.random(using: &random) { await Task.yield() }
                task.cancel()
                if Int.random(in: 0..<6, using: &random) == 0 { limiter.removeAll(for: Int.random(in: 0..<5, using: &random)) }
            }
            for task in tasks { _ = await task.result }
            #expect(limiter.snapshot.total.active == 0)
            #expect(limiter.snapshot.total.waiting == 0)
        }
        #expect(inside.value.peak <= 2)
        #expect(limiter.snapshot.total.granted + limiter.snapshot.total.cancelled == 60 * 24)
    }

    @Test("traps when a permit is released twice")
    func doubleRelease() async {
        await #expect(processExitsWith: .failure) {
            let limiter = FairLimiter<String>(limit: 2, queue: .init(depth: 10))
            let permit = limiter.tryAcquire(for: "a")
            permit?.release()
            permit?.release()
        }
    }

    @Test("measures how long permits are held if it is told to, and only then", arguments: [false, true])
    func measuresRuns(measures: Bool) async throws {
        let clock = ManualClock()
        let limiter = FairLimiter<Int>(limit: 1, queue: .init(depth: 1), measuresRuns: measures, clock: clock)
        for key in 0..<3 { try await limiter.withPermit(for: key) { clock.advance(by: .seconds(2)) } }
        let runs = limiter.snapshot.total.runs
        #expect(runs.count == (measures ? 3 : 0))
        #expect(runs.quantile(0.5).map { $0 >= .seconds(2) && $0 <= .milliseconds(2_500) } ?? !measures)
    }
}
