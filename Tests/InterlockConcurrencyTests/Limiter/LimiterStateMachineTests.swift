import InterlockConcurrency
import Testing

@Suite("The state machine of a limiter")
struct LimiterStateMachineTests {
    private typealias Machine = LimiterStateMachine<String>

    private let patience = Patience(now: .zero)

    private func queue(_ name: String, weight: Int = 1, in machine: inout Machine) throws -> Machine.Ticket {
        guard case .queued(let ticket, evicted: nil, granted: _) = machine.acquire(name, weight: weight, patience) else {
            throw Unexpected()
        }
        return ticket
    }

    private struct Unexpected: Error {}

    private func refusal(_ acquisition: Machine.Acquisition) -> AcquireError.Code? {
        if case .refused(let code, _) = acquisition { code } else { nil }
    }

    @Test("goes through acquire, queue, hand-over, give-up and release")
    func table() throws {
        var machine = Machine(limit: 2, queue: .init(depth: 2))
        #expect(machine.tryAcquire(weight: 1) == true)
        #expect(machine.tryAcquire(weight: 1) == true)
        #expect(machine.tryAcquire(weight: 1) == false)
        let b = try queue("b", in: &machine)
        let c = try queue("c", in: &machine)
        #expect(refusal(machine.acquire("d", weight: 1, patience)) == .queueFull)
        #expect(machine.release(weight: 1)?.granted == ["b"])
        #expect(machine.giveUp(b, .cancelled) == nil, "b holds its permit by now")
        #expect(machine.active == 2)
        #expect(machine.tryAcquire(weight: 1) == false, "nobody passes while c waits")
        #expect(machine.giveUp(c, .deadlineExceeded)?.waiter == "c")
        #expect(machine.giveUp(c, .deadlineExceeded) == nil)
        #expect(machine.release(weight: 1) == nil)
        #expect(machine.release(weight: 1) == nil)
        #expect(machine.active == 0)
        #expect(machine.peakActive == 2)
    }

    @Test("refuses before queueing who was cancelled, who is too late, and everybody after shutdown")
    func refusals() {
        var machine = Machine(limit: 1, queue: .init(depth: 5))
        let cancelled = Patience(now: .zero, isCancelled: true)
        let late = Patience(now: .zero + .seconds(2), deadline: .zero + .seconds(2))
        #expect(machine.tryAcquire(weight: 1) == true)
        #expect(refusal(machine.acquire("a", weight: 1, cancelled)) == .cancelled)
        #expect(refusal(machine.acquire("a", weight: 1, late)) == .deadlineExceeded)
        #expect(machine.waiting == 0)
        _ = machine.shutDown()
        #expect(refusal(machine.acquire("a", weight: 1, patience)) == .shutDown)
        #expect(machine.tryAcquire(weight: 1) == false)
    }

    @Test("rejects the oldest instead of the newest when told so")
    func rejectOldest() throws {
        var machine = Machine(limit: 1, queue: .init(depth: 2, whenFull: .rejectOldest))
        #expect(machine.tryAcquire(weight: 1) == true)
        _ = try queue("a", in: &machine)
        _ = try queue("b", in: &machine)
        guard case .queued(_, evicted: "a", granted: _) = machine.acquire("c", weight: 1, patience) else { throw Unexpected() }
        #expect(machine.waiting == 2)
        #expect(machine.release(weight: 1)?.granted == ["b"])
        var closed = Machine(limit: 0, queue: .init(depth: 0, whenFull: .rejectOldest))
        #expect(refusal(closed.acquire("a", weight: 1, patience)) == .queueFull)
    }

    @Test("lets nobody past a heavy waiter, runs one that is heavier than the limit alone, and frees the line when it leaves")
    func weights() throws {
        var machine = Machine(limit: 3, queue: .init(depth: 9))
        #expect(machine.tryAcquire(weight: 2) == true)
        let heavy = try queue("heavy", weight: 9, in: &machine)
        _ = try queue("light", in: &machine)
        #expect(machine.giveUp(heavy, .cancelled)?.effects.granted == ["light"])
        _ = try queue("heavier", weight: 9, in: &machine)
        _ = try queue("last", in: &machine)
        #expect(machine.release(weight: 2)?.granted == [])
        #expect(machine.release(weight: 1)?.granted == ["heavier"])
        #expect(machine.active == 9)
        #expect(machine.release(weight: 9)?.granted == ["last"])
    }

    @Test("is resized while it runs: raising lets waiters in, lowering waits for permits to come back, zero closes it")
    func resize() throws {
        var machine = Machine(limit: 1, queue: .init(depth: 9))
        #expect(machine.tryAcquire(weight: 1) == true)
        for name in ["a", "b", "c"] { _ = try queue(name, in: &machine) }
        #expect(machine.setLimit(3).granted == ["a", "b"])
        #expect(machine.setLimit(1).granted == [])
        #expect(machine.active == 3)
        #expect(machine.release(weight: 1)?.granted == [])
        #expect(machine.release(weight: 1)?.granted == [])
        #expect(machine.setLimit(-5).granted == [])
        #expect(machine.limit == 0)
        #expect(machine.release(weight: 1)?.granted == [])
        #expect(machine.setLimit(1).granted == ["c"])
    }

    @Test("tells who drains when the last permit is back, and empties the line at shutdown")
    func drain() throws {
        var machine = Machine(limit: 1, queue: .init(depth: 9))
        #expect(machine.tryAcquire(weight: 1) == true)
        _ = try queue("a", in: &machine)
        #expect(machine.startDraining().drained == [])
        #expect(machine.watchIdle("drainer") != nil)
        #expect(refusal(machine.acquire("b", weight: 1, patience)) == .shutDown)
        #expect(machine.release(weight: 1)?.granted == ["a"])
        #expect(machine.release(weight: 1)?.drained == ["drainer"])
        #expect(machine.watchIdle("late") == nil)
        var other = Machine(limit: 1, queue: .init(depth: 9))
        #expect(other.tryAcquire(weight: 1) == true)
        _ = try queue("a", in: &other)
        #expect(other.shutDown().refused == ["a"])
        #expect(other.release(weight: 1)?.granted == [])
    }

    @Test("estimates when a full queue will have drained from the pace it moved at")
    func retryAfter() throws {
        var machine = Machine(limit: 1, queue: .init(depth: 2))
        #expect(machine.tryAcquire(weight: 1) == true)
        _ = try queue("a", in: &machine)
        _ = try queue("b", in: &machine)
        guard case .refused(.queueFull, retryAfter: nil) = machine.acquire("c", weight: 1, patience) else { throw Unexpected() }
        _ = machine.release(weight: 1)
        machine.recordWait(since: .zero, now: .zero + .seconds(3))
        _ = try queue("d", in: &machine)
        let later = Patience(now: .zero + .seconds(3))
        guard case .refused(.queueFull, retryAfter: .seconds(6)) = machine.acquire("e", weight: 1, later) else {
            throw Unexpected()
        }
    }

    @Test("keeps its invariants in any order of events")
    func randomOrder() {
        for seed in 0..<4_000 as Range<UInt64> {
            let limit = 1 + Int(seed % 5)
            let violation = PermitInvariants.violation(
                of: LimiterUnderProof(limit: limit), seed: seed, limit: limit, maxWeight: seed % 2 == 0 ? 1 : 4, isResizable: seed % 3 == 0)
            #expect(violation == nil)
        }
    }

    @Test("the proof of the invariants notices each guard that is taken out, within 100 rounds", arguments: FaultyLimiter.Fault.allCases)
    func negativeControl(fault: FaultyLimiter.Fault) {
        let isNoticed = Proofs.failsWithin100Seeds { seed in
            PermitInvariants.violation(
                of: FaultyLimiter(limit: 3, fault: fault), seed: seed, limit: 3, maxWeight: 3, isResizable: true) == nil
        }
        #expect(isNoticed)
    }
}
