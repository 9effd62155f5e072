import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The lines before a fair limiter: their bound and its policy")
struct FairLineTests {
    private struct Unexpected: Error {}

    private let clock = ManualClock()

    /// Compares the machine with the model, and finds each guard that is taken out.
    private func prove<Machine: LineMachine>(_: Machine.Type, _ policy: QueueConfiguration.FullPolicy) {
        typealias Model = LineModel<Machine>
        for seed in 0..<400 as Range<UInt64> {
            #expect(Model.violation(seed: seed, policy, keys: 4) == nil)
            #expect(Model.violation(seed: seed, policy, keys: 1) == nil)
        }
        for fault in Model.Fault.allCases where fault != .ignoresPolicy || policy != .rejectNewest {
            #expect(Proofs.failsWithin100Seeds { Model.violation(seed: $0, policy, keys: 4, fault: fault) == nil }, "\(fault)")
        }
    }

    @Test("of a FairLimiter", arguments: LineTests.policies)
    func fair(policy: QueueConfiguration.FullPolicy) { prove(FairLimiterLine.self, policy) }

    @Test("of one group of a GroupLimiter", arguments: LineTests.policies)
    func group(policy: QueueConfiguration.FullPolicy) { prove(GroupLimiterLine.self, policy) }

    /// Who leaves a full queue in which group 0 has three of key 1 and one of key 2, and group 1 nobody, for one of group 1.
    private func leaver(_ policy: QueueConfiguration.FullPolicy) throws -> Int? {
        var machine = GroupLimiterStateMachine<Int>(limit: 0, queue: .init(depth: 4, whenFull: policy))
        let groups = (0..<2).map { _ in machine.openGroup(weight: 1, limit: nil) }
        for (id, key, seconds) in [(10, 1, 9), (11, 1, 3), (20, 2, 1), (12, 1, 5)] {
            let patience = Patience(now: .zero, deadline: .zero + .seconds(seconds))
            guard case .queued(_, evicted: nil) = machine.acquire(id, for: Int32(key), of: groups[0], patience) else { throw Unexpected() }
        }
        guard case .queued(_, let evicted) = machine.acquire(30, for: 3, of: groups[1], Patience(now: .zero)) else { return 30 }
        return evicted
    }

    @Test("the group most over its share gives up a place of its longest line, and the policy says which")
    func groupsFirst() throws {
        #expect(try leaver(.rejectNewest) == 12)
        #expect(try leaver(.rejectOldest) == 10)
        #expect(try leaver(.newestFirstUnderOverload) == 10)
        #expect(try leaver(.rejectEarliestDeadline) == 11)
    }

    @Test("a group of which nobody waits competes with everybody where each has its share, and the policy says who leaves")
    func newGroup() throws {
        func leaver(_ policy: QueueConfiguration.FullPolicy, deadline: Int) throws -> Int? {
            var machine = GroupLimiterStateMachine<Int>(limit: 0, queue: .init(depth: 3, whenFull: policy))
            for (id, seconds) in [(10, 9), (20, 3), (30, 5)] {
                let group = machine.openGroup(weight: 1, limit: nil)
                guard case .queued(_, evicted: nil) = machine.acquire(id, for: Int32(id), of: group, Patience(now: .zero, deadline: .zero + .seconds(seconds)))
                else { throw Unexpected() }
            }
            let patience = Patience(now: .zero, deadline: .zero + .seconds(deadline))
            guard case .queued(_, let evicted) = machine.acquire(40, for: 40, of: machine.openGroup(weight: 1, limit: nil), patience) else { return 40 }
            return evicted
        }
        #expect(try leaver(.rejectNewest, deadline: 9) == 40)
        #expect(try leaver(.rejectOldest, deadline: 9) == 10)
        #expect(try leaver(.newestFirstUnderOverload, deadline: 9) == 10)
        #expect(try leaver(.rejectEarliestDeadline, deadline: 9) == 20)
        #expect(try leaver(.rejectEarliestDeadline, deadline: 2) == 40)
    }

    @Test("a group whose only caller is replaced by its next keeps its turn", arguments: [QueueConfiguration.FullPolicy.rejectOldest, .newestFirstUnderOverload])
    func keepsTurn(policy: QueueConfiguration.FullPolicy) throws {
        var machine = GroupLimiterStateMachine<Int>(limit: 0, queue: .init(depth: 2, whenFull: policy))
        let groups = (0..<2).map { _ in machine.openGroup(weight: 1, limit: nil) }
        for (id, group, leaver) in [(10, 0, nil), (20, 1, nil), (11, 0, 10), (12, 0, 11)] as [(Int, Int, Int?)] {
            guard case .queued(_, leaver) = machine.acquire(id, for: Int32(group), of: groups[group], Patience(now: .zero)) else { throw Unexpected() }
        }
        #expect(machine.setLimit(2).map(\.waiter) == [12, 20])
    }

    @Test("under overload each key's newest goes first and groups keep their turns, until the queue has run empty")
    func newestFirst() throws {
        var machine = GroupLimiterStateMachine<Int>(limit: 0, queue: .init(depth: 4, whenFull: .newestFirstUnderOverload))
        let groups = (0..<2).map { _ in machine.openGroup(weight: 1, limit: nil) }
        func queue(_ id: Int, _ group: Int) throws -> Int? {
            guard case .queued(_, let evicted) = machine.acquire(id, for: Int32(group), of: groups[group], Patience(now: .zero)) else { throw Unexpected() }
            return evicted
        }
        for (id, group) in [(10, 0), (11, 0), (20, 1), (21, 1)] { #expect(try queue(id, group) == nil) }
        #expect(!machine.servesNewestFirst)
        #expect(try queue(12, 0) == 10)
        #expect(machine.servesNewestFirst)
        #expect(machine.setLimit(4).map(\.waiter) == [12, 21, 11, 20])
        #expect(!machine.servesNewestFirst)
    }

    @Test("measure how long permits of a group are held, when asked to", .timeLimit(.minutes(5)), arguments: [true, false])
    func runs(measures: Bool) async throws {
        let limiter = GroupLimiter<Int>(limit: 1, measuresRuns: measures, clock: clock)
        let group = limiter.group()
        try await group.withPermit(for: 1) { clock.advance(by: .seconds(3)) }
        #expect(limiter.snapshot.total.runs.count == (measures ? 1 : 0))
        #expect(limiter.snapshot.total.runs.longest == (measures ? .seconds(3) : nil))
    }

    @Test("tell who had to leave when to come back, and take a new depth at once", .timeLimit(.minutes(5)))
    func told() async throws {
        let limiter = FairLimiter<Int>(limit: 1, queue: .init(depth: 3, deadline: .seconds(60), whenFull: .rejectOldest), clock: clock)
        let holder = try await limiter.acquire(for: 0)
        let served = Task { try await limiter.acquire(for: 0) }  // awaited below
        try await until { limiter.snapshot.total.waiting == 1 }
        clock.advance(by: .seconds(4))
        holder.release()
        let second = try await served.value
        let oldest = Task { try await limiter.acquire(for: 0) }  // awaited below
        try await until { limiter.snapshot.total.waiting == 1 }
        limiter.setQueueDepth(1)
        let newest = Task { try await limiter.acquire(for: 0) }  // awaited below
        let error = try #require(await #expect(throws: AcquireError.self) { try await oldest.value })
        #expect(error.code == .queueFull && error.retryAfter == .seconds(4))
        second.release()
        try await newest.value.release()
        #expect(limiter.snapshot.total.refused == 1 && limiter.snapshot.total.granted == 3)
    }
}
