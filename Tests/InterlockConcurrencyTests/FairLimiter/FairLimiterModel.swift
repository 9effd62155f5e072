import InterlockConcurrency
import InterlockSimulation

/// A fair limiter written for clearness instead of speed, and the proof that the machine does the same.
struct FairLimiterModel {
    /// Guards to take out of the machine under proof: the machine is then driven in a way that it would show without them.
    enum Fault: CaseIterable, Sendable {
        /// All keys are one: no fairness between them.
        case ignoresKeys
        /// Newcomers are let in beside a line, as a limiter would that frees first and wakes then.
        case letsNewcomersPass
        /// A caller that is cancelled too late gives its permit back as if it had not been granted.
        case losesPermitsOfLateCancels
    }

    private struct Caller {
        let id: Int
        let key: Int32
    }

    private typealias Machine = FairLimiterStateMachine<Int>

    private var random: SeededRandom
    private let fault: Fault?
    private var machine: Machine
    private var limit = 2
    private var ring: [(key: Int32, line: [Int])] = []
    private var holders: [(id: Int, slot: PermitTable.Slot)] = []
    private var tickets: [Int: Machine.Ticket] = [:]
    private var late: [Int] = []

    static func violation(seed: UInt64, fault: Fault?) -> String? {
        var model = FairLimiterModel(seed: seed, fault: fault)
        for id in 0..<120 {
            if let violation = model.step(id) { return "seed \(seed), event \(id): \(violation)" }
        }
        return model.finish().map { "seed \(seed), at the end: \($0)" }
    }

    private init(seed: UInt64, fault: Fault?) {
        random = SeededRandom(seed: seed)
        self.fault = fault
        machine = Machine(limit: limit, queue: .init(depth: 1_000))
    }

    private mutating func step(_ id: Int) -> String? {
        let key = Int32.random(in: 0..<5, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<10:
            if let violation = acquire(Caller(id: id, key: key)) { return violation }
        case 10..<14:
            guard let index = holders.indices.randomElement(using: &random) else { return nil }
            if let violation = expect(machine.release(holders.remove(at: index).slot)) { return violation }
        case 14..<16:
            guard let place = ring.indices.randomElement(using: &random),
                let index = ring[place].line.indices.randomElement(using: &random)
            else { return nil }
            let leaving = ring[place].line.remove(at: index)
            ring.removeAll(where: \.line.isEmpty)
            guard let ticket = tickets[leaving], machine.giveUp(ticket, .cancelled) == leaving else {
                return "a waiter could not leave its line"
            }
        case 16..<18:
            guard let id = late.randomElement(using: &random), let ticket = tickets[id] else { return nil }
            if machine.giveUp(ticket, .cancelled) != nil { return "a granted caller was cancelled" }
            if fault == .losesPermitsOfLateCancels { holders.removeAll { $0.id == id } }
        case 18:
            limit = Int.random(in: 0...4, using: &random)
            if let violation = expect(machine.setLimit(limit)) { return violation }
        default:
            let expected = ring.first { $0.key == key }?.line ?? []
            ring.removeAll { $0.key == key }
            if machine.removeAll(for: fault == .ignoresKeys ? 0 : key) != expected { return "the wrong waiters were removed" }
        }
        return check()
    }

    private mutating func acquire(_ caller: Caller) -> String? {
        let mayPass = ring.isEmpty && holders.count < limit
        let passesLine = fault == .letsNewcomersPass && holders.count < limit + 1
        if passesLine { _ = machine.setLimit(limit + 1) }
        defer { if passesLine { _ = machine.setLimit(limit) } }
        let key = fault == .ignoresKeys ? 0 : caller.key
        switch machine.acquire(caller.id, for: key, Patience(now: .zero)) {
        case .granted(let slot):
            guard mayPass else { return "a newcomer overtook \(ring.count) keys" }
            holders.append((caller.id, slot))
        case .queued(let ticket, evicted: nil):
            guard !mayPass else { return "a caller waits beside a free permit" }
            tickets[caller.id] = ticket
            if let place = ring.firstIndex(where: { $0.key == caller.key }) {
                ring[place].line.append(caller.id)
            } else {
                ring.append((caller.key, [caller.id]))
            }
        default:
            return "a caller was refused or evicted beside a free place"
        }
        return nil
    }

    private mutating func finish() -> String? {
        limit = 2
        if let violation = expect(machine.setLimit(2)) { return violation }
        while let holder = holders.popLast() {
            if let violation = expect(machine.release(holder.slot)) { return violation }
        }
        return ring.isEmpty ? check() : "somebody waits for ever"
    }

    /// The free permits go to the key at the head of the ring, which then goes to its end.
    private mutating func expect(_ grants: [Machine.Grant]) -> String? {
        var expected: [Int] = []
        var free = limit - holders.count
        while free > 0, !ring.isEmpty {
            var head = ring.removeFirst()
            expected.append(head.line.removeFirst())
            if !head.line.isEmpty { ring.append(head) }
            free -= 1
        }
        guard grants.map(\.waiter) == expected else { return "granted \(grants.map(\.waiter)) instead of \(expected)" }
        for grant in grants {
            holders.append((grant.waiter, grant.slot))
            late.append(grant.waiter)
        }
        return nil
    }

    private func check() -> String? {
        if machine.active != holders.count { return "\(machine.active) permits are out, \(holders.count) are held" }
        if machine.waiting != ring.reduce(0, { $0 + $1.line.count }) { return "the number of waiters is wrong" }
        if machine.waitingKeys != ring.count { return "\(machine.waitingKeys) keys wait instead of \(ring.count)" }
        return nil
    }
}
