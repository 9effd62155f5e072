import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The places of a single flight, and of a cache that fetches through one", .timeLimit(.minutes(5)))
struct SingleFlightQueueTests {
    private struct Unexpected: Error {}

    private let clock = ManualClock()

    @Test("go to whom the policy says, in any order of events; the proof notices each guard that is taken out", arguments: LineTests.policies)
    func randomOrder(policy: QueueConfiguration.FullPolicy) {
        for seed in 0..<700 as Range<UInt64> { #expect(SingleFlightModel.violation(seed: seed, policy) == nil) }
        // Where the newcomer is refused only shares make somebody leave, and a line of one never does.
        let blind: Set<SingleFlightModel.Fault> = policy == .rejectNewest ? [.ignoresPolicy, .forgetsAbandoned] : []
        for fault in SingleFlightModel.Fault.allCases where !blind.contains(fault) {
            #expect(Proofs.failsWithin100Seeds { SingleFlightModel.violation(seed: $0, policy, fault: fault) == nil }, "\(fault)")
        }
    }

    @Test("are shared between keys, and work is given up with the last who waited for it")
    func shares() throws {
        typealias Machine = SingleFlightStateMachine<String, Int>
        var machine = Machine(queue: .init(depth: 3, whenFull: .rejectOldest), maxRunning: 3)
        let patience = Patience(now: .zero)
        guard case .leads(_, let a, evicted: nil) = machine.join("a", 1, patience) else { throw Unexpected() }
        for id in 2...3 { guard case .follows(_, evicted: nil) = machine.join("a", id, patience) else { throw Unexpected() } }
        guard case .leads(_, let b, let first?) = machine.join("b", 4, patience) else { throw Unexpected() }
        #expect(first.waiter == 1 && first.abandoned == nil, "of the key with most callers")
        guard case .follows(_, let second?) = machine.join("b", 5, patience) else { throw Unexpected() }
        #expect(second.waiter == 4 && second.abandoned == nil, "of its own: the work has another who waits for it")
        machine.setQueueDepth(1)
        _ = machine.land("a", flight: a, now: .zero)
        guard case .leads(_, let c, let third?) = machine.join("c", 6, patience) else { throw Unexpected() }
        #expect(third.waiter == 5 && third.abandoned == b)
        #expect(machine.underWay == 1 && machine.running == 2 && machine.waiting == 1)
        #expect(machine.land("b", flight: b, now: .zero).waiters.isEmpty)
        #expect(machine.land("c", flight: c, now: .zero).waiters == [6])
    }

    @Test("end at the queue's deadline, and a full queue says when what runs will have ended")
    func told() async throws {
        let flights = SingleFlight<Int, Int>(queue: .init(depth: 1, deadline: .seconds(60)), clock: clock)
        let gate = Gate()
        let work: @Sendable () async throws -> Int = { try await gate.wait(); return 1 }
        let first = Task { try await flights.value(for: 1, work) }  // awaited below
        try await gate.waitForWaiters(1)
        let unknown = try #require(await #expect(throws: AcquireError.self) { try await flights.value(for: 1, work) })
        #expect(unknown.code == .queueFull && unknown.retryAfter == nil, "nothing has ended yet")
        clock.advance(by: .seconds(5))
        gate.open()
        #expect(try await first.value == 1)
        let closed = Gate()
        let second = Task { try await flights.value(for: 2) { try await closed.wait(); return 2 } }  // awaited below
        try await closed.waitForWaiters(1)
        let known = try #require(await #expect(throws: AcquireError.self) { try await flights.value(for: 2) { 2 } })
        #expect(known.code == .queueFull && known.retryAfter == .seconds(5))
        flights.setQueueDepth(2)
        let third = Task { try await flights.value(for: 2) { 2 } }  // awaited below
        try await until { flights.snapshot.waiting == 2 }
        // A caller is counted before its deadline is set.
        try await clock.waitForPending(2)
        clock.advance(by: .seconds(60))
        for task in [second, third] { #expect(try await acquireFailure { _ = try await task.value } == .deadlineExceeded) }
        #expect(await flights.drain(), "work that nobody waits for has been cancelled")
    }

    @Test("cancel the work of whoever has to leave, if nobody else waits for it")
    func evicted() async throws {
        let flights = SingleFlight<Int, Int>(queue: .init(depth: 1, whenFull: .rejectOldest), maxRunning: 2, clock: clock)
        let gate = Gate()
        let isCancelled = Shared(false)
        let oldest = Task {  // awaited below
            try await flights.value(for: 1) {
                do { try await gate.wait() } catch {
                    isCancelled.set(true)
                    throw error
                }
                return 1
            }
        }
        try await gate.waitForWaiters(1)
        #expect(try await flights.value(for: 2) { 2 } == 2)
        #expect(try await acquireFailure { _ = try await oldest.value } == .queueFull)
        #expect(await flights.drain() && isCancelled.value)
        #expect(flights.snapshot.refused == 1 && flights.snapshot.peakWaiting == 1)
    }

    @Test("of a cache are bounded live, and its one snapshot has the entries and those who wait")
    func cache() async throws {
        let cache = LRUCache<Int, Int>(.entries(4), queue: .init(depth: 1), clock: clock)
        let gate = Gate()
        let fetch: @Sendable () async throws -> Int = { try await gate.wait(); return 1 }
        let first = Task { try await cache.value(for: 1, fetch: fetch) }  // awaited below
        try await gate.waitForWaiters(1)
        #expect(try await acquireFailure { _ = try await cache.value(for: 1, fetch: fetch) } == .queueFull)
        cache.setQueueDepth(2)
        let second = Task { try await cache.value(for: 1, fetch: fetch) }  // awaited below
        try await until { cache.snapshot.flights.waiting == 2 }
        gate.open()
        for task in [first, second] { #expect(try await task.value == 1) }
        let snapshot = cache.snapshot
        #expect(snapshot.entries == 1 && snapshot.misses == 3 && snapshot.fetched == 1)
        #expect(snapshot.flights.waits.count == 2 && snapshot.flights.refused == 1 && snapshot.flights.joined == 1)
    }

    @Test("of a cache that drains are taken no more: what runs ends and is stored, what is at hand is served, nothing is fetched anew")
    func draining() async throws {
        let refreshed = Shared(0)
        let cache = LRUCache<Int, Int>(.entries(4), ttl: .seconds(1), staleFor: .seconds(100), clock: clock)
        cache.set(7, for: 7)
        let gate = Gate()
        let fetching = Task { try await cache.value(for: 1) { try await gate.wait(); return 1 } }  // awaited below
        try await gate.waitForWaiters(1)
        let drained = Task { await cache.drain() }  // awaited below
        while try await acquireFailure({ _ = try await cache.value(for: 2, deadline: .zero) { 2 } }) != .shutDown { await Task.yield() }
        clock.advance(by: .seconds(2))
        let stale = try await cache.value(for: 7) {
            refreshed.update { $0 += 1 }
            return 8
        }
        #expect(stale == 7 && cache.snapshot.refreshing == 0)
        gate.open()
        #expect(try await fetching.value == 1 && cache.value(for: 1) == 1)
        #expect(await drained.value)
        #expect(cache.snapshot.flights.running == 0 && refreshed.value == 0)
    }

    @Test("of a cache that shuts down are emptied, and its fetches are cancelled")
    func shutDown() async throws {
        let cache = LRUCache<Int, Int>(.entries(4), clock: clock)
        cache.set(7, for: 7)
        let gate = Gate()
        let fetching = Task { try await cache.value(for: 1) { try await gate.wait(); return 1 } }  // awaited below
        try await gate.waitForWaiters(1)
        cache.shutDown()
        #expect(try await acquireFailure { _ = try await fetching.value } == .shutDown)
        #expect(await cache.drain())
        #expect(try await cache.value(for: 7) { 8 } == 7)
    }
}
