import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A limiter with groups")
struct GroupLimiterTests {
    @Test("loses no update with one permit; with two some are lost within 100 rounds", .timeLimit(.minutes(5)))
    func exclusion() async throws {
        func lost(_ limit: Int) async throws -> Int {
            let limiter = GroupLimiter<Int>(limit: limit, queue: .init(depth: 100))
            let groups = [limiter.group(), limiter.group(weight: 3)]
            let turn = Shared(0)
            return try await Proofs.lostUpdates { section in
                let key = turn.update { $0 += 1; return $0 }
                try await groups[key % 2].withPermit(for: key % 3) { await section() }
            }
        }
        for _ in 0..<50 { #expect(try await lost(1) == 0) }
        #expect(try await Proofs.failsWithin100Rounds { try await lost(2) == 0 })
    }

    @Test("lets at most as many of a group inside as it may have; without its limit more", .timeLimit(.minutes(5)))
    func groupLimit() async throws {
        func peak(_ limit: Int?) async throws -> Int {
            let limiter = GroupLimiter<Int>(limit: 8, queue: .init(depth: 100))
            let group = limiter.group(limit: limit)
            return try await Proofs.peakInside { section in try await group.withPermit(for: 1) { await section() } }
        }
        for _ in 0..<20 { #expect(try await peak(2) <= 2) }
        #expect(try await Proofs.failsWithin100Rounds { try await peak(nil) <= 2 })
    }

    @Test("lets another group in beside one that waits at its own limit, and serves that when the limit is raised", .timeLimit(.minutes(5)))
    func raise() async throws {
        let limiter = GroupLimiter<String>(limit: 4, queue: .init(depth: 10))
        let capped = limiter.group(limit: 0)
        let other = limiter.group()
        let waiting = Task { try await capped.acquire(for: "a").release() }  // awaited below
        try await until { capped.waitingCount(for: "a") == 1 }
        #expect(capped.tryAcquire() == nil)
        #expect(other.waitingCount(for: "a") == 0)
        try #require(other.tryAcquire()).release()
        #expect(limiter.snapshot.waitingGroups == 1)
        capped.setLimit(1)
        try await waiting.value
        #expect(capped.snapshot.granted == 1)
        #expect(capped.snapshot.active == 0)
    }

    @Test("expires waiters by its clock, and takes out those of one key", .timeLimit(.minutes(5)))
    func deadlines() async throws {
        let clock = ManualClock()
        let limiter = GroupLimiter<Int>(limit: 0, queue: .init(depth: 10, deadline: .seconds(5)), clock: clock)
        let group = limiter.group()
        let late = Task { try await group.acquire(for: 1).release() }  // awaited below
        let gone = Task { try await group.acquire(for: 2).release() }  // awaited below
        try await clock.waitForPending(2)
        #expect(group.removeAll(for: 2) == 1)
        #expect(group.removeAll(for: 3) == 0)
        #expect(try await acquireFailure { try await gone.value } == .cancelled)
        clock.advance(by: .seconds(5))
        #expect(try await acquireFailure { try await late.value } == .deadlineExceeded)
        #expect(limiter.snapshot.total.expired == 1)
    }

    @Test("drains: refuses newcomers, serves who waits, and tells when the last permit is back", .timeLimit(.minutes(5)))
    func drain() async throws {
        let clock = ManualClock()
        let limiter = GroupLimiter<Int>(limit: 1, queue: .init(depth: 10), clock: clock)
        let group = limiter.group()
        let permit = try #require(group.tryAcquire())
        let waiting = Task { try await group.acquire(for: 1).release() }  // awaited below
        try await until { limiter.snapshot.total.waiting == 1 }
        let tooShort = Task { await limiter.drain(deadline: .zero + .seconds(1)) }  // awaited below
        try await clock.waitForPending(1)
        #expect(try await acquireFailure { try await group.acquire(for: 2).release() } == .shutDown)
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
        let limiter = GroupLimiter<Int>(limit: 0, queue: .init(depth: 10))
        let group = limiter.group()
        let waiting = Task { try await group.acquire(for: 1).release() }  // awaited below
        try await until { limiter.snapshot.total.waiting == 1 }
        let drained = Task { await limiter.drain() }  // awaited below
        switch way {
        case 0: waiting.cancel()
        case 1: group.removeAll(for: 1)
        default: limiter.shutDown()
        }
        _ = await waiting.result
        #expect(await drained.value)
    }

    @Test("forgets a group that nobody holds, once its permits are back", .timeLimit(.minutes(5)))
    func groupsEnd() async throws {
        let limiter = GroupLimiter<Int>(limit: 2, queue: .init(depth: 10))
        let permit = try #require(limiter.group().tryAcquire())
        #expect(limiter.snapshot.groups == 1)
        permit.release()
        #expect(limiter.snapshot.groups == 0)
    }

    @Test("conserves its permits when cancellations, removals and grants race", .timeLimit(.minutes(5)))
    func races() async throws {
        let limiter = GroupLimiter<Int>(limit: 3, queue: .init(depth: 1_000))
        let groups = [limiter.group(limit: 1), limiter.group(weight: 5), limiter.group()]
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let tasks = (0..<24).map { index in
                Task { try await groups[index % 3].withPermit(for: index % 5) { await Task.yield() } }  // awaited below
            }
            for task in tasks.shuffled(using: &random).prefix(12) {
                if Bool.random(using: &random) { await Task.yield() }
                task.cancel()
                if Int.random(in: 0..<6, using: &random) == 0 { groups[1].removeAll(for: Int.random(in: 0..<5, using: &random)) }
            }
            for task in tasks { _ = await task.result }
            #expect(limiter.snapshot.total.active == 0)
            #expect(limiter.snapshot.total.waiting == 0)
        }
        #expect(limiter.snapshot.total.granted + limiter.snapshot.total.cancelled == 60 * 24)
    }

    @Test("traps when a permit is released twice")
    func doubleRelease() async {
        await #expect(processExitsWith: .failure) {
            let limiter = GroupLimiter<String>(limit: 2, queue: .init(depth: 10))
            let permit = limiter.group().tryAcquire()
            permit?.release()
            permit?.release()
        }
    }
}
