import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The policies of a limiter")
struct LimiterPolicyTests {
    private typealias Machine = LimiterStateMachine<String>

    private struct Unexpected: Error {}

    private func evicted(_ machine: inout Machine, _ name: String, deadline: Int? = nil) -> String? {
        let patience = Patience(now: .zero, deadline: deadline.map { .zero + .seconds($0) })
        switch machine.acquire(name, weight: 1, patience) {
        case .queued(_, let evicted, _): return evicted
        case .refused: return name
        case .granted: return "granted"
        }
    }

    @Test("refuses whose deadline passes first, the newcomer if that is the one, and the newcomer among equals")
    func earliestDeadline() {
        var machine = Machine(limit: 0, queue: .init(depth: 2, whenFull: .rejectEarliestDeadline))
        #expect(evicted(&machine, "nine", deadline: 9) == nil)
        #expect(evicted(&machine, "five", deadline: 5) == nil)
        #expect(evicted(&machine, "two", deadline: 2) == "two")
        #expect(evicted(&machine, "also five", deadline: 5) == "also five")
        #expect(evicted(&machine, "never") == "five")
        #expect(evicted(&machine, "never ever") == "nine")
        #expect(evicted(&machine, "never at all") == "never at all")
        #expect(machine.setLimit(9).granted == ["never", "never ever"])
    }

    @Test("serves the newest first from the moment the queue was full until it is empty, and the oldest first again after")
    func newestFirst() {
        var machine = Machine(limit: 0, queue: .init(depth: 3, whenFull: .newestFirstUnderOverload))
        for name in ["a", "b", "c"] { #expect(evicted(&machine, name) == nil) }
        #expect(evicted(&machine, "d") == "a")
        #expect(machine.servesNewestFirst)
        #expect(machine.setLimit(2).granted == ["d", "c"])
        #expect(machine.release(weight: 1)?.granted == ["b"])
        #expect(!machine.servesNewestFirst)
        #expect(evicted(&machine, "e") == nil)
        #expect(evicted(&machine, "f") == nil)
        #expect(machine.release(weight: 1)?.granted == ["e"])
        var closed = Machine(limit: 0, queue: .init(depth: 0, whenFull: .newestFirstUnderOverload))
        #expect(evicted(&closed, "a") == "a")
    }

    @Test("clears its queue and takes newcomers after", .timeLimit(.minutes(5)))
    func clear() async throws {
        let limiter = Limiter(limit: 1)
        let holder = try await Holder.enter { section in try await limiter.withPermit { try await section() } }
        let waiter = Task { try await limiter.withPermit {} }  // awaited below
        try await until { limiter.snapshot.waiting == 1 }
        #expect(limiter.clearQueue() == 1)
        #expect(try await acquireFailure { try await waiter.value } == .cancelled)
        async let next: Void = limiter.withPermit {}
        try await until { limiter.snapshot.waiting == 1 }
        try await holder.leave()
        try await next
        #expect(limiter.snapshot.cancelled == 1)
    }

    @Test("maps in order with no more at a time than there are permits, and stops at the first failure", .timeLimit(.minutes(5)))
    func map() async throws {
        struct Failure: Error {}
        let limiter = Limiter(limit: 3, queue: .init(depth: 0))
        let result = try await limiter.map(0..<40) { number in
            await Task.yield()
            return number * 2
        }
        #expect(result == (0..<40).map { $0 * 2 })
        #expect(limiter.snapshot.peakActive <= 3)
        let (begun, gate) = (Shared(0), Gate())
        await #expect(throws: Failure.self) {
            _ = try await limiter.map(0..<1_000) { number in
                begun.update { $0 += 1 }
                if number == 5 { throw Failure() }
                // Those beside it and after it wait, to be cancelled by its failure.
                if number > 5 { try await gate.wait() }
                return number
            }
        }
        #expect(begun.value <= 8)
        #expect(limiter.snapshot.active == 0)
        #expect(try await limiter.map([Int]()) { $0 } == [])
    }

    @Test("tells how long callers waited and ran, by its clock", .timeLimit(.minutes(5)))
    func histograms() async throws {
        let clock = ManualClock()
        let limiter = Limiter(limit: 1, measuresRuns: true, clock: clock)
        let holder = try await Holder.enter { section in try await limiter.withPermit { try await section() } }
        async let waiter: Void = limiter.withPermit {}
        try await until { limiter.snapshot.waiting == 1 }
        clock.advance(by: .seconds(2))
        try await holder.leave()
        try await waiter
        let snapshot = limiter.snapshot
        #expect(snapshot.waits.count == 1)
        #expect(snapshot.waits.longest == .seconds(2))
        #expect(snapshot.runs.count == 2)
        #expect(snapshot.runs.longest == .seconds(2))
        #expect(snapshot.runs.shortest == .zero)
    }

    /// Random events on a limiter with a short queue. Every caller must end in exactly one way; returns what went wrong first.
    ///
    /// - Parameters:
    ///   - forgetsEvicted: Takes the guard out that tells who had to leave the queue.
    ///   - forgetsGranted: Takes the guard out that lets those go on whom the leaving one held up.
    private func violation(seed: UInt64, _ policy: QueueConfiguration.FullPolicy, forgetsEvicted: Bool = false, forgetsGranted: Bool = false) -> String? {
        var random = SeededRandom(seed: seed)
        let depth = Int.random(in: 0...4, using: &random)
        var machine = LimiterStateMachine<Int>(limit: 3, queue: .init(depth: depth, whenFull: policy))
        var held: [Int] = []
        var line: [Int: LimiterStateMachine<Int>.Ticket] = [:]
        var weights: [Int: Int] = [:]
        func isNextFree() -> Bool {
            let order = line.keys.sorted()
            guard let next = machine.servesNewestFirst ? order.last : order.first, let weight = weights[next] else { return false }
            return min(weight, 3) <= 3 - held.reduce(0) { $0 + weights[$1]! }
        }
        func take(_ granted: [Int]) -> String? {
            for id in granted {
                if line.removeValue(forKey: id) == nil { return "\(id) was granted and does not wait" }
                held.append(id)
            }
            return nil
        }
        for id in 0..<120 {
            var fault: String?
            switch Int.random(in: 0..<9, using: &random) {
            case 0..<5:
                let deadline = Bool.random(using: &random) ? MonotonicTime.zero + .seconds(Int.random(in: 1...9, using: &random)) : nil
                let weight = Int.random(in: 1...4, using: &random)
                weights[id] = weight
                switch machine.acquire(id, weight: weight, Patience(now: .zero, deadline: deadline)) {
                case .granted: held.append(id)
                case .queued(let ticket, let evicted, let granted):
                    line[id] = ticket
                    if let evicted, !forgetsEvicted, line.removeValue(forKey: evicted) == nil { fault = "\(evicted) left and did not wait" }
                    if !forgetsGranted { fault = fault ?? take(granted) }
                case .refused(let code, _):
                    if code != .queueFull || line.count < depth { fault = "\(id) was refused beside a free place" }
                }
            case 5, 6:
                guard !held.isEmpty else { continue }
                let leaving = held.remove(at: Int.random(in: held.indices, using: &random))
                fault = take(machine.release(weight: weights[leaving]!)?.granted ?? [])
            case 7:
                guard let leaving = line.keys.sorted().randomElement(using: &random), let ticket = line.removeValue(forKey: leaving) else { continue }
                guard let left = machine.giveUp(ticket, .cancelled) else { return "seed \(seed), event \(id): \(leaving) could not leave" }
                fault = take(left.effects.granted)
            default:
                guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
                if Set(machine.clearQueue().removed) != Set(line.keys) { fault = "not everybody was cleared" }
                line = [:]
            }
            let out = held.reduce(0) { $0 + weights[$1]! }
            if fault == nil, machine.active != out { fault = "\(machine.active) permits are out, \(out) are held" }
            if fault == nil, machine.waiting != line.count { fault = "\(machine.waiting) wait instead of \(line.count)" }
            if fault == nil, machine.waiting > depth { fault = "the queue holds more than its depth" }
            if fault == nil, isNextFree() { fault = "somebody waits beside free permits" }
            if let fault { return "seed \(seed), event \(id): \(fault)" }
        }
        return nil
    }

    @Test(
        "end every caller in one way, in any order of events; the proof notices one that is forgotten",
        arguments: [QueueConfiguration.FullPolicy.rejectNewest, .rejectOldest, .rejectEarliestDeadline, .newestFirstUnderOverload])
    func randomOrder(policy: QueueConfiguration.FullPolicy) {
        for seed in 0..<500 as Range<UInt64> { #expect(violation(seed: seed, policy) == nil) }
        guard policy != .rejectNewest else { return }  // it makes nobody leave
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, policy, forgetsEvicted: true) == nil })
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, policy, forgetsGranted: true) == nil })
    }

    @Test("lets those go on whom the evicted one held up, the newcomer too", arguments: [QueueConfiguration.FullPolicy.rejectOldest, .rejectEarliestDeadline])
    func evictionSettles(policy: QueueConfiguration.FullPolicy) {
        var machine = Machine(limit: 3, queue: .init(depth: 2, whenFull: policy))
        #expect(machine.tryAcquire(weight: 1) == true)
        _ = machine.acquire("heavy", weight: 3, Patience(now: .zero, deadline: .zero + .seconds(1)))
        _ = machine.acquire("light", weight: 1, Patience(now: .zero, deadline: .zero + .seconds(5)))
        guard case .queued(_, evicted: "heavy", granted: ["light", "new"]) = machine.acquire("new", weight: 1, Patience(now: .zero)) else {
            Issue.record("two of three permits are free, and two wait for one each")
            return
        }
        #expect(machine.active == 3)
        #expect(machine.waiting == 0)
    }

    @Test("grants a newcomer that fits while it serves the newest first, whoever waits for more")
    func newestFirstFits() {
        var machine = Machine(limit: 3, queue: .init(depth: 2, whenFull: .newestFirstUnderOverload))
        #expect(machine.tryAcquire(weight: 2) == true)
        for name in ["a", "b"] { _ = machine.acquire(name, weight: 2, Patience(now: .zero)) }
        guard case .queued(_, evicted: "a", granted: ["c"]) = machine.acquire("c", weight: 1, Patience(now: .zero)) else {
            Issue.record("one permit is free, and c is the newest and fits")
            return
        }
        #expect(machine.release(weight: 1)?.granted == [])
        guard case .granted = machine.acquire("d", weight: 1, Patience(now: .zero)) else {
            Issue.record("d is the newest and fits")
            return
        }
        #expect(machine.release(weight: 1)?.granted == [])
        #expect(machine.release(weight: 2)?.granted == ["b"])
    }

    @Test("tells an evicted caller when to come back", .timeLimit(.minutes(5)))
    func evictedRetryAfter() async throws {
        let clock = ManualClock()
        let limiter = Limiter(limit: 1, queue: .init(depth: 1, whenFull: .rejectOldest), clock: clock)
        let first = try await Holder.enter { section in try await limiter.withPermit { try await section() } }
        let second = try await Holder.enterLater { section in try await limiter.withPermit { try await section() } }
        try await until { limiter.snapshot.waiting == 1 }
        clock.advance(by: .seconds(4))
        try await first.leave()
        try await second.arrived()
        try await until { limiter.snapshot.waits.count == 1 }
        let third = Task { try await limiter.withPermit {} }  // awaited below
        try await until { limiter.snapshot.waiting == 1 }
        let fourth = Task { try await limiter.withPermit {} }  // awaited below
        let refusal = await #expect(throws: AcquireError.self) { try await third.value }
        #expect(refusal?.code == .queueFull)
        #expect(refusal?.retryAfter == .seconds(4))
        try await second.leave()
        try await fourth.value
    }

    @Test("two maps at a time share the permits, and neither is refused for the other", .timeLimit(.minutes(5)), arguments: [
        QueueConfiguration.FullPolicy.rejectNewest, .rejectOldest,
    ])
    func twoMaps(policy: QueueConfiguration.FullPolicy) async throws {
        let limiter = Limiter(limit: 2, queue: .init(depth: 1, whenFull: policy))
        func map() async throws -> [Int] {
            try await limiter.map(0..<50) { number in
                await Task.yield()
                return number
            }
        }
        async let one = map()
        async let other = map()
        // An ordinary newcomer may make one of them leave the queue.
        for _ in 0..<20 { _ = try await acquireFailure { try await limiter.withPermit { await Task.yield() } } }
        #expect(try await one == Array(0..<50))
        #expect(try await other == Array(0..<50))
        #expect(limiter.snapshot.peakActive <= 2)
    }

    @Test("takes another queue depth at once; who waits stays")
    func depth() {
        var machine = Machine(limit: 0, queue: .init(depth: 2))
        for name in ["a", "b"] { #expect(evicted(&machine, name) == nil) }
        machine.setQueueDepth(1)
        #expect(machine.waiting == 2)
        #expect(evicted(&machine, "c") == "c")
        machine.setQueueDepth(3)
        #expect(evicted(&machine, "d") == nil)
        #expect(machine.setLimit(9).granted == ["a", "b", "d"])
    }
}
