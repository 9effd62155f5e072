import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A keyed mutex that is fair between those who ask")
struct KeyedMutexFairnessTests {
    private typealias Machine = KeyedMutexStateMachine<String>

    private struct Unexpected: Error {}

    @discardableResult
    private func queued(_ machine: inout Machine, _ name: String, _ keys: [Int32], by asker: Int32) throws -> Machine.Ticket {
        guard case .queued(let ticket, evicted: nil, granted: []) = machine.lock(name, keys, by: asker, Patience(now: .zero)) else { throw Unexpected() }
        return ticket
    }

    /// Lets one after another in until nobody waits; returns their order.
    private func order(_ machine: inout Machine, from first: Machine.Ticket, _ tickets: [String: Machine.Ticket]) -> [String] {
        var order: [String] = []
        var inside = [first]
        while let leaving = inside.popLast() {
            for name in machine.unlock(leaving).granted {
                order.append(name)
                if let ticket = tickets[name] { inside.insert(ticket, at: 0) }
            }
        }
        return order
    }

    @Test("gives a key to those who wait for it in turn, and to each in the order of coming")
    func inTurn() throws {
        var machine = Machine(queue: .init(depth: 100))
        guard let first = machine.tryLock([Int32(1)]) else { throw Unexpected() }
        var tickets: [String: Machine.Ticket] = [:]
        for (name, asker) in [("a1", 1), ("a2", 1), ("a3", 1), ("x1", 0), ("b1", 2), ("x2", 0)] {
            tickets[name] = try queued(&machine, name, [1], by: Int32(asker))
        }
        #expect(order(&machine, from: first, tickets) == ["a1", "x1", "b1", "a2", "x2", "a3"])
        #expect(machine.holders == 0)
    }

    @Test("leaves the turn of an asker to its next call when one gives up")
    func givingUp() throws {
        var machine = Machine(queue: .init(depth: 100))
        guard let first = machine.tryLock([Int32(1)]) else { throw Unexpected() }
        var tickets: [String: Machine.Ticket] = [:]
        for (name, asker) in [("a1", 1), ("a2", 1), ("b1", 2), ("b2", 2)] { tickets[name] = try queued(&machine, name, [1], by: Int32(asker)) }
        #expect(machine.giveUp(tickets["a1"]!, .deadlineExceeded)?.effects.granted == [])
        #expect(order(&machine, from: first, tickets) == ["a2", "b1", "b2"])
    }

    @Test("lets others have a key that is free while an older call of one asker waits for another key, and not its own later calls")
    func freeKeys() throws {
        var machine = Machine(queue: .init(depth: 100))
        guard let one = machine.tryLock([Int32(1)]) else { throw Unexpected() }
        let a1 = try queued(&machine, "a1", [1], by: 1)
        let both = try queued(&machine, "a both", [1, 2], by: 1)
        let a2 = try queued(&machine, "a2", [2], by: 1)
        #expect(machine.tryLock([Int32(2)]) == nil, "without asking who it is, nobody passes")
        guard case .granted(let b) = machine.lock("b", [Int32(2)], by: 2, Patience(now: .zero)) else { throw Unexpected() }
        #expect(machine.unlock(one).granted == ["a1"])
        #expect(machine.unlock(a1).granted == [])
        #expect(machine.unlock(b).granted == ["a both"])
        #expect(machine.unlock(both).granted == ["a2"])
        #expect(machine.unlock(a2).granted == [])
        #expect(machine.tryLock([Int32(1), 2]) != nil)
    }

    @Test("makes place by its policy, and lets those go on whom the leaving one held up")
    func eviction() throws {
        var machine = Machine(queue: .init(depth: 2, whenFull: .rejectOldest))
        guard machine.tryLock([Int32(1)]) != nil else { throw Unexpected() }
        try queued(&machine, "wide", [1, 2], by: 0)
        try queued(&machine, "two", [2], by: 0)
        guard case .queued(_, evicted: "wide", granted: ["two"]) = machine.lock("one", [Int32(1)], by: 0, Patience(now: .zero)) else {
            throw Unexpected()
        }
        #expect(machine.waiting == 1)
        #expect(machine.holders == 2)
    }

    /// What to take out of the machine under proof: it is then driven in a way that it would show without that guard.
    enum Fault: CaseIterable, Sendable {
        /// Keys are taken one by one, each when the one before is held.
        case takesOneByOne
        /// Who had to leave is not told.
        case forgetsEvicted
        /// Whom the leaving one held up is not told.
        case forgetsGranted
    }

    private struct Request {
        let id: Int
        let asker: Int32
        let keys: Set<Int32>
        var wanted: [Int32]
        var tickets: [KeyedMutexStateMachine<Int>.Ticket] = []
        var isWaiting = false
    }

    /// Random events with several keys and askers. Returns what went wrong first.
    private static func violation(seed: UInt64, _ policy: QueueConfiguration.FullPolicy, _ fault: Fault?) -> String? {
        var random = SeededRandom(seed: seed)
        let depth = fault == .takesOneByOne ? .max : Int.random(in: 0...6, using: &random)
        var machine = KeyedMutexStateMachine<Int>(queue: .init(depth: depth, whenFull: policy))
        var requests: [Request] = []

        /// Asks for what the request still wants, until it must wait.
        func advance(_ index: Int) -> String? {
            let id = requests[index].id
            while let index = requests.firstIndex(where: { $0.id == id }), !requests[index].isWaiting, !requests[index].wanted.isEmpty {
                let next = fault == .takesOneByOne ? [requests[index].wanted[0]] : requests[index].wanted
                requests[index].wanted.removeFirst(next.count)
                let deadline = Bool.random(using: &random) ? MonotonicTime.zero + .seconds(Int.random(in: 1...9, using: &random)) : nil
                switch machine.lock(id, next, by: requests[index].asker, Patience(now: .zero, deadline: deadline)) {
                case .granted(let ticket): requests[index].tickets.append(ticket)
                case .refused:
                    if requests.count(where: \.isWaiting) < depth { return "\(id) was refused beside a free place" }
                    requests.remove(at: index)
                case .queued(let ticket, let evicted, let granted):
                    requests[index].tickets.append(ticket)
                    requests[index].isWaiting = true
                    if let evicted, fault != .forgetsEvicted {
                        guard let leaving = requests.firstIndex(where: { $0.id == evicted && $0.isWaiting }) else { return "\(evicted) left and did not wait" }
                        requests.remove(at: leaving)
                    }
                    if fault != .forgetsGranted, let violation = wake(granted) { return violation }
                }
            }
            return nil
        }
        func wake(_ granted: [Int]) -> String? {
            for id in granted {
                guard let index = requests.firstIndex(where: { $0.id == id && $0.isWaiting }) else { return "\(id) was let in and does not wait" }
                requests[index].isWaiting = false
                let isOvertaking = requests[..<index].contains { older in
                    older.isWaiting && older.asker == requests[index].asker && !older.keys.isDisjoint(with: requests[index].keys)
                }
                if isOvertaking, policy != .newestFirstUnderOverload { return "\(id) overtook an older call of its asker" }
                if let violation = advance(index) { return violation }
            }
            return nil
        }
        func check() -> String? {
            if machine.waiting != requests.count(where: \.isWaiting) { return "\(machine.waiting) wait instead of \(requests.count(where: \.isWaiting))" }
            if machine.waiting > depth { return "more wait than may" }
            for (index, request) in requests.enumerated() {
                let others = requests.enumerated().filter { $0.offset != index && !$0.element.keys.isDisjoint(with: request.keys) }
                if request.isWaiting, others.isEmpty { return "\(request.id) waits for nothing" }
                guard !request.isWaiting, let other = others.first(where: { !$0.element.isWaiting })?.element else { continue }
                return "\(request.id) and \(other.id) are inside at once"
            }
            return requests.isEmpty || requests.contains { !$0.isWaiting } ? nil : "all wait for each other"
        }
        func leave(_ index: Int) -> String? {
            let leaving = requests.remove(at: index)
            for ticket in leaving.tickets {
                if let violation = wake(machine.unlock(ticket).granted) { return violation }
            }
            return nil
        }

        for id in 0..<100 {
            var fault: String?
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let keys = Set((0..<Int.random(in: 1...3, using: &random)).map { _ in Int32.random(in: 0..<5, using: &random) })
                requests.append(Request(id: id, asker: Int32.random(in: 0..<3, using: &random), keys: keys, wanted: keys.shuffled(using: &random)))
                fault = advance(requests.count - 1)
            case 6..<8:
                guard let index = requests.indices.filter({ !requests[$0].isWaiting }).randomElement(using: &random) else { continue }
                fault = leave(index)
            default:
                guard let index = requests.indices.filter({ requests[$0].isWaiting }).randomElement(using: &random) else { continue }
                let leaving = requests[index]
                guard let ticket = leaving.tickets.last, let left = machine.giveUp(ticket, .cancelled), left.waiter == leaving.id else {
                    return "seed \(seed), event \(id): \(leaving.id) could not leave"
                }
                requests.remove(at: index)
                fault = wake(left.effects.granted)
                for ticket in leaving.tickets.dropLast() where fault == nil { fault = wake(machine.unlock(ticket).granted) }
            }
            if let fault = fault ?? check() { return "seed \(seed), event \(id): \(fault)" }
        }
        while let index = requests.firstIndex(where: { !$0.isWaiting }) {
            if let fault = leave(index) ?? check() { return "seed \(seed), at the end: \(fault)" }
        }
        return requests.isEmpty && machine.waiting == 0 && machine.holders == 0 ? nil : "seed \(seed): somebody waits for ever"
    }

    @Test(
        "lets nobody in beside another on a key, nobody past an older call of the same asker, and nobody wait for ever, in any order of events",
        arguments: LineTests.policies)
    func randomOrder(policy: QueueConfiguration.FullPolicy) {
        for seed in 0..<1_000 as Range<UInt64> { #expect(Self.violation(seed: seed, policy, nil) == nil) }
        for fault in Fault.allCases where fault != .forgetsGranted || policy != .rejectNewest {
            #expect(Proofs.failsWithin100Seeds { Self.violation(seed: $0, policy, fault) == nil }, "\(fault)")
        }
    }
}
