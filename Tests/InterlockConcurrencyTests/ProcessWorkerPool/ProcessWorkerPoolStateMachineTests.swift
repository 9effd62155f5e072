import InterlockConcurrency
import Testing

@Suite("What a pool of worker processes decides")
struct ProcessWorkerPoolStateMachineTests {
    private typealias Machine = ProcessWorkerPoolStateMachine<Int>

    private struct Unexpected: Error {}

    private static let small = ProcessTrace.intact(memory: 10, failed: false)

    private func grant(_ submission: Machine.Submission) throws -> ProcessGrant {
        guard case .granted(let grant) = submission else { throw Unexpected() }
        return grant
    }

    @Test("goes through start, hand-over, a killed call, a failed start, a smaller size and a drain")
    func table() throws {
        var machine = Machine(size: 2, idleLifetime: .seconds(10), queue: .init(depth: 1))
        let patience = Patience(now: .zero)
        let (one, two) = (try grant(machine.submit(1, patience)), try grant(machine.submit(2, patience)))
        #expect(one.isNew && two.isNew && one.worker != two.worker)
        for _ in 0..<2 { machine.didStart() }
        guard case .queued(_, evicted: nil) = machine.submit(3, patience), case .refused(.queueFull, _) = machine.submit(4, patience) else { throw Unexpected() }

        let handed = machine.end(one, Self.small, now: .zero)
        #expect(handed.stopped == nil && handed.effects.granted.map(\.waiter) == [3] && handed.effects.granted.map(\.grant.worker) == [one.worker])
        let three = handed.effects.granted[0].grant
        #expect(!three.isNew)
        #expect(machine.stop(one, .timedOut) == false, "its process is another's by now")
        #expect(machine.stop(three, .timedOut) == true)
        #expect(machine.stop(three, .cancelled) == false, "it is killed once")

        guard case .queued = machine.submit(5, patience) else { throw Unexpected() }
        let killed = machine.end(three, Self.small, now: .zero)
        #expect(killed.stopped == .timedOut && killed.effects.granted.isEmpty && killed.effects.end == [one.worker])
        let next = machine.didEnd(one.worker, now: .zero).granted
        #expect(next.map(\.waiter) == [5] && next.allSatisfy(\.grant.isNew))
        #expect(next[0].grant.worker != one.worker, "a number is used once")
        #expect(machine.didNotStart(next[0].grant, now: .zero).granted.isEmpty)
        #expect(machine.total == 1)

        #expect(machine.end(two, Self.small, now: .zero).effects.end == [])
        #expect(machine.idleCount == 1)
        #expect(machine.maintain(now: .zero + .seconds(9)).end == [])
        let again = try grant(machine.submit(6, patience))
        #expect(!again.isNew && again.worker == two.worker)
        #expect(machine.resize(1, now: .zero).end == [])
        _ = machine.end(again, Self.small, now: .zero)
        #expect(machine.maintain(now: .zero + .seconds(10)).end == [two.worker])
        #expect(machine.startDraining(now: .zero).end == [])
        #expect(machine.watchIdle(9) != nil)
        guard case .refused(.shutDown, _) = machine.submit(7, patience) else { throw Unexpected() }
        #expect(machine.didEnd(two.worker, now: .zero).drained == [9])
        #expect(machine.watchIdle(10) == nil)
    }

    @Test("has a large call's memory given back before its process lies idle, and not while somebody waits for it")
    func memory() throws {
        var machine = Machine(size: 1, idleLifetime: nil, queue: .init(depth: 2))
        let patience = Patience(now: .zero)
        let large = ProcessTrace.intact(memory: Machine.keptMemory + 1, failed: false)
        let one = try grant(machine.submit(1, patience))
        machine.didStart()
        guard case .queued = machine.submit(2, patience) else { throw Unexpected() }
        let handed = machine.end(one, large, now: .zero).effects
        #expect(handed.empty == [] && handed.granted.map(\.waiter) == [2])
        let two = handed.granted[0].grant
        #expect(machine.end(two, Self.small, now: .zero).effects.empty == [two.worker], "what the first left is still there")
        guard case .queued = machine.submit(3, patience) else { throw Unexpected() }
        let emptied = machine.didEmpty(two.worker, now: .zero)
        #expect(emptied.granted.map(\.waiter) == [3] && emptied.granted.map(\.grant.worker) == [two.worker])
        #expect(machine.end(emptied.granted[0].grant, Self.small, now: .zero).effects.empty == [])
    }

    @Test("has another started for a process that died while it lay ready, and ends those that nobody asked for, unless they have worked since")
    func diedIdle() throws {
        var machine = Machine(size: 2, idleLifetime: nil, queue: .init(depth: 2))
        let patience = Patience(now: .zero)
        let (one, two) = (try grant(machine.submit(1, patience)), try grant(machine.submit(2, patience)))
        for grant in [one, two] {
            machine.didStart()
            _ = machine.end(grant, Self.small, now: .zero)
        }
        let looked = machine.ready
        #expect(looked.map(\.worker) == [one.worker, two.worker])
        let three = try grant(machine.submit(3, patience))
        #expect(three.worker == two.worker && !three.isNew)
        let another = machine.replace(three)
        #expect(another.isNew && another.call == three.call && ![one.worker, two.worker].contains(another.worker))
        #expect(machine.total == 2 && machine.taken == 1)
        #expect(machine.stop(three, .timedOut) == false, "its process is gone")
        machine.didStart()
        _ = machine.end(another, Self.small, now: .zero)
        #expect(machine.maintain(dead: Set(looked), now: .zero).end == [one.worker], "the other is not the one that was looked at")
        #expect(machine.didEnd(one.worker, now: .zero).granted.isEmpty)
        let used = machine.ready
        let four = try grant(machine.submit(4, patience))
        _ = machine.end(four, Self.small, now: .zero)
        #expect(machine.maintain(dead: Set(used), now: .zero).end == [], "it has worked since")
        #expect(machine.idleCount == 1)
    }

    @Test("ends only as many as there are too many, when it has become smaller")
    func smaller() throws {
        var machine = Machine(size: 3, idleLifetime: nil, queue: .init(depth: 2))
        let grants = try (1...3).map { try grant(machine.submit($0, Patience(now: .zero))) }
        for _ in grants { machine.didStart() }
        #expect(machine.resize(1, now: .zero).end == [])
        var ended: [Int] = []
        for grant in grants { ended += machine.end(grant, Self.small, now: .zero).effects.end }
        #expect(ended.count == 2 && machine.idleCount == 1)
        #expect(machine.shutDown(now: .zero).end.count == 1)
    }

    @Test("asks whom its policy names to leave a full line", arguments: [
        (QueueConfiguration.FullPolicy.rejectNewest, nil, [2, 3]), (.rejectOldest, 2, [3, 4]), (.rejectEarliestDeadline, 3, [2, 4]),
        (.newestFirstUnderOverload, 2, [4, 3]),
    ])
    func fullLine(policy: QueueConfiguration.FullPolicy, leaves: Int?, order: [Int]) throws {
        var machine = Machine(size: 1, idleLifetime: nil, queue: .init(depth: 2, whenFull: policy))
        func patience(_ seconds: Int) -> Patience { Patience(now: .zero, deadline: .zero + .seconds(seconds)) }
        var holder: ProcessGrant? = try grant(machine.submit(1, patience(100)))
        for (id, seconds) in [(2, 50), (3, 20)] { _ = machine.submit(id, patience(seconds)) }
        switch machine.submit(4, patience(80)) {
        case .queued(_, let evicted): #expect(evicted == leaves)
        case .refused(.queueFull, _): #expect(leaves == nil)
        default: throw Unexpected()
        }
        var served: [Int] = []
        while let grant = holder {
            let granted = machine.end(grant, Self.small, now: .zero).effects.granted
            served += granted.map(\.waiter)
            holder = granted.first?.grant
        }
        #expect(served == order)
    }

    @Test("never gives two calls one process, nor a killed one to anybody, nor starts too many, nor lets one wait for nothing, in any order of events")
    func randomOrder() {
        for seed in 0..<2_000 as Range<UInt64> { #expect(ProcessWorkerPoolModel.violation(seed: seed) == nil) }
    }

    @Test("the proof notices each guard that is taken out, within 100 seeds", arguments: ProcessWorkerPoolModel.Fault.allCases)
    func negativeControl(fault: ProcessWorkerPoolModel.Fault) {
        #expect(Proofs.failsWithin100Seeds { ProcessWorkerPoolModel.violation(seed: $0, fault: fault) == nil })
    }
}
