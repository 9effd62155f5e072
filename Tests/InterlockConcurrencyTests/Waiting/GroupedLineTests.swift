import InterlockConcurrency
import InterlockSimulation
import Testing

/// Lines of keys that belong to groups, as sessions do to tenants: the groups have their turns first.
@Suite("Lines within lines: groups in turn, and the keys of each among themselves")
struct GroupedLineTests {
    private struct Unexpected: Error {}

    /// A waiter whose name says its group and its key: "a1…" is of group a and its key 1.
    private static func place(_ name: String) -> (key: Int32, group: Int32) {
        let bytes = Array(name.utf8)
        let group = Int32(bytes[0] - UInt8(ascii: "a"))
        return (group * 10 + Int32(bytes[1] - UInt8(ascii: "0")), group)
    }

    /// Who had to leave when somebody joins; `name` itself when it was refused.
    private func leaver(_ lines: inout WaitingLines<String>, _ name: String, deadline: Int? = nil) -> String? {
        let (key, group) = Self.place(name)
        guard let joined = lines.join(name, key: key, of: group, deadline: deadline.map { .zero + .seconds($0) }) else { return name }
        return joined.evicted
    }

    private func rest(of lines: inout WaitingLines<String>) -> [String] {
        var order: [String] = []
        while let next = lines.next, lines.popNext() == next { order.append(next) }
        return order
    }

    @Test("a group of many keys gets no more turns than one of a single key, and its keys take turns in them")
    func turns() {
        var lines = WaitingLines<String>(.init(depth: 20))
        for name in ["a1", "a1'", "a2", "a3", "b1", "b1'", "b1''"] { #expect(leaver(&lines, name) == nil) }
        #expect(lines.keyCount == 4)
        #expect(rest(of: &lines) == ["a1", "b1", "a2", "b1'", "a3", "b1''", "a1'"])
        #expect(lines.isEmpty && lines.keyCount == 0)
    }

    @Test("a full line takes a place from the group with most, and there from the longest line, as the policy says")
    func shares() {
        var newest = WaitingLines<String>(.init(depth: 5))
        for name in ["a1", "a2", "a2'", "a2''", "b1"] { #expect(leaver(&newest, name) == nil) }
        #expect(leaver(&newest, "b2") == "a2''", "group b has less than its share")
        #expect(leaver(&newest, "b3") == "b3", "it would merely exchange one for another")
        #expect(leaver(&newest, "a3") == "a2'", "its group has its share, but another key of that has more than one")
        #expect(leaver(&newest, "a3'") == "a3'", "now all keys of its group have one")
        #expect(leaver(&newest, "c1") == "a1", "of lines as long as each other that which has been so for longest")
        #expect(rest(of: &newest) == ["a2", "b1", "c1", "a3", "b2"])

        // Also where one group has all places.
        var alone = WaitingLines<String>(.init(depth: 3))
        for name in ["a1", "a2", "a3"] { #expect(leaver(&alone, name) == nil) }
        #expect(leaver(&alone, "b1") == "a1" && leaver(&alone, "b2") == "b2")
        #expect(rest(of: &alone) == ["a2", "b1", "a3"])

        var oldest = WaitingLines<String>(.init(depth: 2, whenFull: .rejectOldest))
        for name in ["a1", "b1"] { #expect(leaver(&oldest, name) == nil) }
        #expect(leaver(&oldest, "c1") == "a1", "every group has one: who has waited longest goes")
        #expect(leaver(&oldest, "b2") == "b1", "of its own group")

        var soonest = WaitingLines<String>(.init(depth: 2, whenFull: .rejectEarliestDeadline))
        #expect(leaver(&soonest, "a1", deadline: 5) == nil)
        #expect(leaver(&soonest, "b1", deadline: 3) == nil)
        #expect(leaver(&soonest, "c1", deadline: 2) == "c1")
        #expect(leaver(&soonest, "c1", deadline: 4) == "b1")
    }

    /// Random waiters, turns and departures of three groups. While a group waits no other may have two turns, and while a key
    /// waits no other of its group; everybody leaves once.
    ///
    /// - Parameter namesGroups: With `false` all are of one group.
    private func violation(seed: UInt64, _ policy: QueueConfiguration.FullPolicy, namesGroups: Bool = true) -> String? {
        var random = SeededRandom(seed: seed)
        var lines = WaitingLines<Int>(.init(depth: 8, whenFull: policy))
        var waiting: [(id: Int, key: Int32, group: Int32, ticket: WaitingLines<Int>.Ticket)] = []
        /// Who had turns since a group, or a key, began to wait or had one itself.
        var passedBy: [Int32: Set<Int32>] = [:]
        var keysPassedBy: [Int32: Set<Int32>] = [:]
        /// Who does not wait has no claim.
        func forgetThoseGone() {
            for group in passedBy.keys where !waiting.contains(where: { $0.group == group }) { passedBy[group] = [] }
            for key in keysPassedBy.keys where !waiting.contains(where: { $0.key == key }) { keysPassedBy[key] = [] }
        }
        for id in 0..<200 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<4:
                let group = Int32.random(in: 0..<3, using: &random)
                let key = group * 10 + Int32.random(in: 0..<3, using: &random)
                let deadline = Bool.random(using: &random) ? MonotonicTime.zero + .seconds(Int.random(in: 1...9, using: &random)) : nil
                let isFull = lines.count >= 8
                guard let (ticket, evicted) = lines.join(id, key: key, of: namesGroups ? group : 0, deadline: deadline) else {
                    if !isFull { return "event \(id): refused beside a free place" }
                    continue
                }
                if isFull != (evicted != nil) { return "event \(id): \(lines.count) wait where 8 may" }
                if let evicted {
                    guard let index = waiting.firstIndex(where: { $0.id == evicted }) else { return "event \(id): \(evicted) left twice" }
                    waiting.remove(at: index)
                    forgetThoseGone()
                }
                waiting.append((id, key, group, ticket))
            case 4..<7:
                let popped = lines.popNext()
                guard let popped else {
                    if !waiting.isEmpty { return "event \(id): nobody has the next turn" }
                    continue
                }
                guard let index = waiting.firstIndex(where: { $0.id == popped }) else { return "event \(id): \(popped) left twice" }
                let served = waiting.remove(at: index)
                for other in Set(waiting.map(\.group)) where other != served.group {
                    if !passedBy[other, default: []].insert(served.group).inserted { return "event \(id): group \(served.group) twice before \(other)" }
                }
                for other in Set(waiting.filter { $0.group == served.group }.map(\.key)) where other != served.key {
                    if !keysPassedBy[other, default: []].insert(served.key).inserted { return "event \(id): key \(served.key) twice before \(other)" }
                }
                (passedBy[served.group], keysPassedBy[served.key]) = ([], [])
            default:
                guard let index = waiting.indices.randomElement(using: &random) else { continue }
                let leaving = waiting.remove(at: index)
                if lines.remove(leaving.ticket) != leaving.id || lines.remove(leaving.ticket) != nil { return "event \(id): it could not leave once" }
            }
            forgetThoseGone()
            if lines.count != waiting.count { return "event \(id): \(lines.count) wait instead of \(waiting.count)" }
        }
        while let next = lines.popNext() { waiting.removeAll { $0.id == next } }
        return waiting.isEmpty ? nil : "at the end: somebody waits for ever"
    }

    @Test("nobody has two turns while another waits, in any order of events; the proof notices when groups are not looked at", arguments: LineTests.policies)
    func randomOrder(policy: QueueConfiguration.FullPolicy) {
        for seed in 0..<1_000 as Range<UInt64> { #expect(violation(seed: seed, policy) == nil) }
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, policy, namesGroups: false) == nil })
    }
}
