import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The state machine of a fair limiter")
struct FairLimiterStateMachineTests {
    private typealias Machine = FairLimiterStateMachine<Int>

    private let patience = Patience(now: .zero)

    @discardableResult
    private func queue(_ id: Int, for key: Int32, in machine: inout Machine) throws -> Machine.Ticket {
        let acquisition = machine.acquire(id, for: key, patience)
        guard case .queued(let ticket, evicted: nil) = acquisition else { throw Unexpected() }
        return ticket
    }

    private struct Unexpected: Error {}

    @Test("serves the keys in turn and each key in order of arrival")
    func roundRobin() throws {
        var machine = Machine(limit: 1, queue: .init(depth: 100))
        guard var slot = machine.tryAcquire() else { throw Unexpected() }
        for id in [10, 11, 12] { try queue(id, for: 1, in: &machine) }
        for id in [20, 21] { try queue(id, for: 2, in: &machine) }
        try queue(30, for: 3, in: &machine)
        var order: [Int] = []
        while let grant = machine.release(slot).first {
            order.append(grant.waiter)
            slot = grant.slot
        }
        #expect(order == [10, 20, 30, 11, 21, 12])
        #expect(machine.active == 0)
        #expect(machine.waitingKeys == 0)
    }

    /// How many grants others get before the single caller of a key that comes after 1,000 callers of another.
    ///
    /// - Parameter isFair: With `false` all have the same key, which is the limiter without its fairness.
    private func delayOfNewcomer(isFair: Bool) throws -> Int {
        var machine = Machine(limit: 1, queue: .init(depth: 10_000))
        guard var slot = machine.tryAcquire() else { throw Unexpected() }
        for id in 0..<1_000 { try queue(id, for: 1, in: &machine) }
        for _ in 0..<10 {
            guard let grant = machine.release(slot).first else { throw Unexpected() }
            slot = grant.slot
        }
        try queue(-1, for: isFair ? 2 : 1, in: &machine)
        var delay = 0
        while let grant = machine.release(slot).first, grant.waiter != -1 {
            slot = grant.slot
            delay += 1
        }
        return delay
    }

    @Test("delays a newcomer behind another key's 1,000 callers by at most one grant; without fairness by 990")
    func newcomer() throws {
        #expect(try delayOfNewcomer(isFair: true) <= 1)
        #expect(try delayOfNewcomer(isFair: false) == 990)
    }

    @Test("makes the longest line pay when the queue is full, and refuses who has its share already")
    func fullQueue() throws {
        var machine = Machine(limit: 0, queue: .init(depth: 4))
        for id in [10, 11, 12, 13] { try queue(id, for: 1, in: &machine) }
        guard case .refused(.queueFull, _) = machine.acquire(14, for: 1, patience) else { throw Unexpected() }
        guard case .queued(_, evicted: 13) = machine.acquire(20, for: 2, patience) else { throw Unexpected() }
        guard case .queued(_, evicted: 12) = machine.acquire(21, for: 2, patience) else { throw Unexpected() }
        guard case .refused(.queueFull, _) = machine.acquire(22, for: 2, patience) else { throw Unexpected() }
        #expect(machine.waiting(for: 1) == 2)
        #expect(machine.waiting(for: 2) == 2)
        #expect(machine.setLimit(4).map(\.waiter) == [10, 20, 11, 21])
    }

    @Test("removes all waiters of a key and leaves the others")
    func removeAll() throws {
        var machine = Machine(limit: 0, queue: .init(depth: 100))
        try queue(10, for: 1, in: &machine)
        try queue(20, for: 2, in: &machine)
        let ticket = try queue(11, for: 1, in: &machine)
        #expect(machine.removeAll(for: 1) == [10, 11])
        #expect(machine.removeAll(for: 1) == [])
        #expect(machine.removeAll(for: 77) == [])
        #expect(machine.giveUp(ticket, .cancelled) == nil)
        #expect(machine.setLimit(5).map(\.waiter) == [20])
        try queueAfterShutdown(&machine)
    }

    private func queueAfterShutdown(_ machine: inout Machine) throws {
        _ = machine.setLimit(0)
        try queue(30, for: 3, in: &machine)
        #expect(machine.shutDown() == [30])
        guard case .refused(.shutDown, _) = machine.acquire(31, for: 3, patience) else { throw Unexpected() }
        #expect(machine.tryAcquire() == nil)
    }

    @Test("agrees with a ring of lines in any order of events")
    func randomOrder() {
        for seed in 0..<4_000 as Range<UInt64> {
            #expect(FairLimiterModel.violation(seed: seed, fault: nil) == nil)
        }
    }

    @Test("the proof against the model notices each guard that is taken out, within 100 rounds", arguments: FairLimiterModel.Fault.allCases)
    func negativeControl(fault: FairLimiterModel.Fault) {
        #expect(Proofs.failsWithin100Seeds { FairLimiterModel.violation(seed: $0, fault: fault) == nil })
    }

    @Test("recognises a permit that comes back twice, also when its slot has a new tenant")
    func permitTable() {
        var table = PermitTable()
        let first = table.take()
        #expect(table.giveBack(first) == true)
        let second = table.take()
        #expect(table.count == 1)
        #expect(table.giveBack(first) == false)
        #expect(table.giveBack(second) == true)
        #expect(table.giveBack(second) == false)
        #expect(table.count == 0)
    }
}
