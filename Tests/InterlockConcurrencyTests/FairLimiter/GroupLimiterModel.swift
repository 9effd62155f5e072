import InterlockConcurrency
import InterlockSimulation

/// Random events against a limiter with groups, and what must hold after each: nothing lost, no limit passed, nobody waits
/// beside a permit that could be theirs, and among equals first come first served.
struct GroupLimiterModel {
    /// Guards to take out of the machine under proof: the machine is then driven in a way that it would show without them.
    enum Fault: CaseIterable, Sendable {
        /// Groups have no limits of their own.
        case ignoresGroupLimits
        /// A caller that is cancelled too late gives its permit back as if it had not been granted.
        case losesPermitsOfLateCancels
        /// A raised limit is not told to those who wait.
        case forgetsTheLinesOnResize
        /// All keys of a group are one line.
        case ignoresKeys
    }

    private typealias Machine = GroupLimiterStateMachine<Int>

    private struct Caller {
        let id: Int
        let group: Int
        let key: Int32
    }

    private var random: SeededRandom
    private let fault: Fault?
    private var machine: Machine
    private var limit = 3
    private var groups: [GroupNumber] = []
    private var limits: [Int?] = [nil, 1, 2, nil]
    private var callers: [Int: Caller] = [:]
    private var lines: [Int32: [Int]] = [:]
    private var holders: [(id: Int, group: Int, slot: PermitTable.Slot)] = []
    private var tickets: [Int: Machine.Ticket] = [:]
    private var late: [Int] = []

    static func violation(seed: UInt64, fault: Fault?) -> String? {
        var model = GroupLimiterModel(seed: seed, fault: fault)
        for id in 0..<150 {
            if let violation = model.step(id) ?? model.check() { return "seed \(seed), event \(id): \(violation)" }
        }
        return model.finish().map { "seed \(seed), at the end: \($0)" }
    }

    private init(seed: UInt64, fault: Fault?) {
        random = SeededRandom(seed: seed)
        self.fault = fault
        machine = Machine(limit: limit, queue: .init(depth: 1_000))
        for group in 0..<4 {
            groups.append(machine.openGroup(weight: group + 1, limit: fault == .ignoresGroupLimits ? nil : limits[group]))
        }
    }

    private mutating func step(_ id: Int) -> String? {
        let group = Int.random(in: 0..<4, using: &random)
        switch Int.random(in: 0..<22, using: &random) {
        case 0..<10:
            return acquire(Caller(id: id, group: group, key: Int32(group * 3 + Int.random(in: 0..<3, using: &random))))
        case 10..<14:
            guard let index = holders.indices.randomElement(using: &random) else { return nil }
            let holder = holders.remove(at: index)
            return record(machine.release(holder.slot, of: groups[holder.group]))
        case 14..<16:
            let waiting = lines.values.flatMap { $0 }.sorted()
            guard let leaving = waiting.randomElement(using: &random), let caller = callers[leaving], let ticket = tickets[leaving] else { return nil }
            lines[caller.key]?.removeAll { $0 == leaving }
            return machine.giveUp(ticket, .cancelled) == leaving ? nil : "a waiter could not leave its line"
        case 16..<18:
            guard let id = late.randomElement(using: &random), let ticket = tickets[id] else { return nil }
            if machine.giveUp(ticket, .deadlineExceeded) != nil { return "a granted caller expired" }
            if fault == .losesPermitsOfLateCancels { holders.removeAll { $0.id == id } }
            return nil
        case 18:
            limit = Int.random(in: 0...5, using: &random)
            if fault == .forgetsTheLinesOnResize { return nil }
            return record(machine.setLimit(limit))
        case 19:
            machine.setWeight(Int.random(in: 1...5, using: &random), of: groups[group])
            return nil
        case 20:
            limits[group] = Int.random(in: 0...3, using: &random)
            return fault == .ignoresGroupLimits ? nil : record(machine.setLimit(limits[group], of: groups[group]))
        default:
            let key = Int32(group * 3)
            let expected = lines.removeValue(forKey: key) ?? []
            return machine.removeAll(for: key, of: groups[group]) == expected ? nil : "the wrong waiters were removed"
        }
    }

    private mutating func acquire(_ caller: Caller) -> String? {
        callers[caller.id] = caller
        let key = fault == .ignoresKeys ? Int32(caller.group * 3) : caller.key
        switch machine.acquire(caller.id, for: key, of: groups[caller.group], Patience(now: .zero)) {
        case .granted(let slot):
            holders.append((caller.id, caller.group, slot))
            let held = holders.count { $0.group == caller.group }
            if held > limits[caller.group] ?? .max { return "group \(caller.group) holds \(held), more than its limit" }
            if holders.count > limit { return "\(holders.count) permits are out of \(limit)" }
        case .queued(let ticket, evicted: nil):
            tickets[caller.id] = ticket
            lines[caller.key, default: []].append(caller.id)
        default:
            return "a caller was refused or evicted beside a free place"
        }
        return nil
    }

    /// Only the first of a line may be granted.
    private mutating func record(_ grants: [Machine.Grant]) -> String? {
        for grant in grants {
            guard let caller = callers[grant.waiter], lines[caller.key]?.first == caller.id else { return "\(grant.waiter) was not the first in line" }
            lines[caller.key]?.removeFirst()
            holders.append((caller.id, caller.group, grant.slot))
            late.append(caller.id)
        }
        return grants.isEmpty || holders.count <= limit ? nil : "\(holders.count) permits are out of \(limit)"
    }

    private func check() -> String? {
        let waiting = lines.values.reduce(0) { $0 + $1.count }
        if machine.active != holders.count { return "\(machine.active) permits are out, \(holders.count) are held" }
        if machine.waiting != waiting { return "\(machine.waiting) wait instead of \(waiting)" }
        for group in groups.indices {
            let held = holders.count { $0.group == group }
            let inLine = lines.reduce(0) { $0 + (Int($1.key) / 3 == group ? $1.value.count : 0) }
            if machine.active(of: groups[group]) != held { return "group \(group) holds \(held)" }
            if machine.waiting(of: groups[group]) != inLine { return "\(inLine) of group \(group) wait" }
            let hasRoom = held < limits[group] ?? .max
            if inLine > 0, hasRoom, holders.count < limit { return "group \(group) waits beside a free permit" }
        }
        return nil
    }

    private mutating func finish() -> String? {
        limit = 3
        if fault != .forgetsTheLinesOnResize, let violation = record(machine.setLimit(3)) { return violation }
        for group in groups.indices {
            limits[group] = nil
            if let violation = record(machine.setLimit(nil, of: groups[group])) { return violation }
        }
        while let holder = holders.popLast() {
            if let violation = record(machine.release(holder.slot, of: groups[holder.group])) { return violation }
        }
        return machine.waiting == 0 ? check() : "somebody waits for ever"
    }
}
