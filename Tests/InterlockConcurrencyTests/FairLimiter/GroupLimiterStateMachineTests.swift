import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The state machine of a limiter with groups")
struct GroupLimiterStateMachineTests {
    private typealias Machine = GroupLimiterStateMachine<Int>

    private struct Unexpected: Error {}

    private let patience = Patience(now: .zero)

    @discardableResult
    private func queue(_ id: Int, for key: Int32, of group: GroupNumber, in machine: inout Machine) throws -> Machine.Ticket {
        guard case .queued(let ticket, evicted: nil) = machine.acquire(id, for: key, of: group, patience) else { throw Unexpected() }
        return ticket
    }

    /// Releases one permit after another, of whichever group holds it, and returns the order of service.
    private func serveAll(_ machine: inout Machine, from slot: PermitTable.Slot, _ holder: GroupNumber, group: (Int) -> GroupNumber) -> [Int] {
        var (slot, holder) = (slot, holder)
        var order: [Int] = []
        while let grant = machine.release(slot, of: holder).first {
            order.append(grant.waiter)
            (slot, holder) = (grant.slot, group(grant.waiter))
        }
        return order
    }

    @Test("serves groups by weight, keys of a group in turn, and callers of a key in order of arrival")
    func order() throws {
        var machine = Machine(limit: 1, queue: .init(depth: 100))
        let light = machine.openGroup(weight: 1, limit: nil)
        let heavy = machine.openGroup(weight: 2, limit: nil)
        let first = machine.tryAcquire(light)
        let slot = try #require(first)
        for id in [10, 11, 12] { try queue(id, for: 1, of: light, in: &machine) }
        for id in [20, 21, 22, 23] { try queue(id, for: 2, of: heavy, in: &machine) }
        for id in [30, 31] { try queue(id, for: 3, of: heavy, in: &machine) }
        #expect(serveAll(&machine, from: slot, light) { $0 < 20 ? light : heavy } == [10, 20, 30, 11, 21, 31, 12, 22, 23])
        #expect(machine.active == 0)
        #expect(machine.waiting == 0)
    }

    /// How many grants others get before the single caller of a group that comes to ones with 100 callers and great weights.
    ///
    /// - Parameter ownGroup: With `false` it joins one of theirs, which is the limiter without its groups.
    private func delayOfNewcomer(ownGroup: Bool) throws -> Int {
        var machine = Machine(limit: 1, queue: .init(depth: 10_000))
        let floods = [1, 10, 1_000].map { machine.openGroup(weight: $0, limit: nil) }
        let quiet = machine.openGroup(weight: 1, limit: nil)
        var holder = floods[0]
        guard var slot = machine.tryAcquire(holder) else { throw Unexpected() }
        for id in 0..<300 { try queue(id, for: Int32(id % 3), of: floods[id % 3], in: &machine) }
        func next() throws -> Int {
            guard let grant = machine.release(slot, of: holder).first else { throw Unexpected() }
            (slot, holder) = (grant.slot, grant.waiter < 0 ? quiet : floods[grant.waiter % 3])
            return grant.waiter
        }
        for _ in 0..<20 { _ = try next() }
        try queue(-1, for: ownGroup ? 9 : 2, of: ownGroup ? quiet : floods[2], in: &machine)
        var delay = 0
        while try next() != -1 { delay += 1 }
        return delay
    }

    @Test("delays a newcomer by at most one grant of each flooded group, whatever their weights; in their line by many more")
    func newcomer() throws {
        #expect(try delayOfNewcomer(ownGroup: true) <= 3)
        #expect(try delayOfNewcomer(ownGroup: false) > 50)
    }

    @Test("lets nobody save up turns while it does not wait")
    func noSavings() throws {
        var machine = Machine(limit: 1, queue: .init(depth: 1_000))
        let busy = machine.openGroup(weight: 1, limit: nil)
        let idle = machine.openGroup(weight: 1, limit: nil)
        let first = machine.tryAcquire(busy)
        var slot = try #require(first)
        for id in 0..<200 { try queue(id, for: 1, of: busy, in: &machine) }
        for _ in 0..<100 {
            let grants = machine.release(slot, of: busy)
            slot = try #require(grants.first).slot
        }
        for id in 1_000..<1_050 { try queue(id, for: 2, of: idle, in: &machine) }
        let order = serveAll(&machine, from: slot, busy) { $0 < 1_000 ? busy : idle }
        #expect(order.prefix(60).count { $0 >= 1_000 } == 30)
    }

    @Test("keeps a group at its own limit waiting beside free permits, and serves it as its permits come back")
    func groupLimit() throws {
        var machine = Machine(limit: 4, queue: .init(depth: 100))
        let capped = machine.openGroup(weight: 1_000, limit: 1)
        let other = machine.openGroup(weight: 1, limit: nil)
        let first = machine.tryAcquire(capped)
        let slot = try #require(first)
        let second = machine.tryAcquire(capped)
        #expect(second == nil)
        try queue(1, for: 1, of: capped, in: &machine)
        try queue(2, for: 1, of: capped, in: &machine)
        guard machine.tryAcquire(other) != nil else { throw Unexpected() }
        guard case .granted = machine.acquire(3, for: 2, of: other, patience) else { throw Unexpected() }
        #expect(machine.active == 3)
        #expect(machine.release(slot, of: capped).map(\.waiter) == [1])
        #expect(machine.setLimit(2, of: capped).map(\.waiter) == [2])
        #expect(machine.active(of: capped) == 2)
        #expect(machine.waiting == 0)
    }

    @Test("makes the group most over its weighted share pay for a full queue, with the newest of its longest line")
    func fullQueue() throws {
        var machine = Machine(limit: 0, queue: .init(depth: 8))
        let light = machine.openGroup(weight: 1, limit: nil)
        let heavy = machine.openGroup(weight: 3, limit: nil)
        for id in [10, 11, 12] { try queue(id, for: 1, of: light, in: &machine) }
        for id in [20, 21, 22, 23, 24] { try queue(id, for: 2, of: light, in: &machine) }
        guard case .refused(.queueFull, _) = machine.acquire(25, for: 2, of: light, patience) else { throw Unexpected() }
        var evicted: [Int] = []
        for id in 30..<36 {
            guard case .queued(_, evicted: let victim?) = machine.acquire(id, for: 3, of: heavy, patience) else { throw Unexpected() }
            evicted.append(victim)
        }
        #expect(evicted == [24, 23, 12, 22, 11, 21])
        guard case .refused(.queueFull, _) = machine.acquire(36, for: 3, of: heavy, patience) else { throw Unexpected() }
        guard case .queued(_, evicted: 35) = machine.acquire(37, for: 4, of: heavy, patience) else { throw Unexpected() }
        #expect(machine.waiting(of: light) == 2)
        #expect(machine.waiting(of: heavy) == 6)
    }

    @Test("changes weights of groups that wait")
    func setWeight() throws {
        var machine = Machine(limit: 1, queue: .init(depth: 1_000))
        let a = machine.openGroup(weight: 1, limit: nil)
        let b = machine.openGroup(weight: 1, limit: nil)
        let first = machine.tryAcquire(a)
        let slot = try #require(first)
        for id in 0..<100 { try queue(id, for: 1, of: a, in: &machine) }
        for id in 100..<200 { try queue(id, for: 2, of: b, in: &machine) }
        machine.setWeight(4, of: b)
        let order = serveAll(&machine, from: slot, a) { $0 < 100 ? a : b }
        #expect(order.prefix(100).count { $0 >= 100 } == 80)
    }

    @Test("gives a closed group's number away only when its permits are back and its waiters gone")
    func close() throws {
        var machine = Machine(limit: 1, queue: .init(depth: 10))
        let first = machine.openGroup(weight: 1, limit: nil)
        let taken = machine.tryAcquire(first)
        let slot = try #require(taken)
        let ticket = try queue(1, for: 1, of: first, in: &machine)
        machine.closeGroup(first)
        #expect(machine.openGroup(weight: 1, limit: nil) != first)
        #expect(machine.giveUp(ticket, .cancelled) == 1)
        #expect(machine.openGroup(weight: 1, limit: nil) != first)
        #expect(machine.release(slot, of: first).isEmpty)
        #expect(machine.openGroup(weight: 1, limit: nil) == first)
        #expect(machine.groupCount == 3)
    }

    @Test("keeps permits, limits and order in any order of events")
    func randomOrder() {
        for seed in 0..<3_000 as Range<UInt64> {
            #expect(GroupLimiterModel.violation(seed: seed, fault: nil) == nil)
        }
    }

    @Test("the proof notices each guard that is taken out, within 100 rounds", arguments: GroupLimiterModel.Fault.allCases)
    func negativeControl(fault: GroupLimiterModel.Fault) {
        #expect(Proofs.failsWithin100Seeds { GroupLimiterModel.violation(seed: $0, fault: fault) == nil })
    }
}
