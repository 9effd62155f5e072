import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The line before a primitive: its bound, its policy, and its keys in turn")
struct LineTests {
    static let policies: [QueueConfiguration.FullPolicy] = [.rejectNewest, .rejectOldest, .rejectEarliestDeadline, .newestFirstUnderOverload]

    /// Compares the machine with the model, and finds each guard that is taken out.
    private func prove<Machine: LineMachine>(_: Machine.Type, _ policy: QueueConfiguration.FullPolicy) {
        typealias Model = LineModel<Machine>
        for seed in 0..<200 as Range<UInt64> {
            #expect(Model.violation(seed: seed, policy, keys: 4) == nil)
            #expect(Model.violation(seed: seed, policy, keys: 1) == nil)
        }
        for fault in Model.Fault.allCases where fault != .ignoresPolicy || policy != .rejectNewest {
            #expect(Proofs.failsWithin100Seeds { Model.violation(seed: $0, policy, keys: 4, fault: fault) == nil }, "\(fault)")
        }
    }

    @Test("of an AsyncMutex", arguments: policies)
    func mutex(policy: QueueConfiguration.FullPolicy) { prove(MutexLine.self, policy) }

    @Test("of an AsyncSemaphore", arguments: policies)
    func semaphore(policy: QueueConfiguration.FullPolicy) { prove(SemaphoreLine.self, policy) }

    @Test("of a KeyedMutex, for one key", arguments: policies)
    func keyedMutex(policy: QueueConfiguration.FullPolicy) { prove(KeyedMutexLine.self, policy) }

    @Test("of a ResourcePool", arguments: policies)
    func resourcePool(policy: QueueConfiguration.FullPolicy) { prove(ResourcePoolLine.self, policy) }

    @Test("of a WorkerPool", arguments: policies)
    func workerPool(policy: QueueConfiguration.FullPolicy) { prove(WorkerPoolLine.self, policy) }

    /// Who had to leave when somebody joins; `name` itself when it was refused.
    private func leaver(_ lines: inout WaitingLines<String>, _ name: String, _ key: Int32, deadline: Int? = nil) -> String? {
        guard let joined = lines.join(name, key: key, deadline: deadline.map { .zero + .seconds($0) }) else { return name }
        return joined.evicted
    }

    private func rest(of lines: inout WaitingLines<String>) -> [String] {
        var order: [String] = []
        while let next = lines.popNext() { order.append(next) }
        return order
    }

    @Test("serves keys in turn, and those without a key as one of them")
    func inTurn() {
        var lines = WaitingLines<String>(.init(depth: 10))
        for (name, key) in [("a1", 1), ("a2", 1), ("a3", 1), ("x1", 0), ("b1", 2), ("x2", 0)] { #expect(leaver(&lines, name, Int32(key)) == nil) }
        #expect(rest(of: &lines) == ["a1", "x1", "b1", "a2", "x2", "a3"])
    }

    @Test("gives a place of the longest line to a key with less than its share, and lets equals settle it by the policy")
    func shares() {
        var newest = WaitingLines<String>(.init(depth: 3))
        for name in ["a1", "a2", "a3"] { #expect(leaver(&newest, name, 1) == nil) }
        #expect(leaver(&newest, "b1", 2) == "a3")
        #expect(leaver(&newest, "b2", 2) == "b2", "it would merely exchange one for another")
        #expect(leaver(&newest, "c1", 3) == "a2")
        #expect(leaver(&newest, "d1", 4) == "d1", "everybody has one place")
        #expect(rest(of: &newest) == ["a1", "b1", "c1"])

        var oldest = WaitingLines<String>(.init(depth: 3, whenFull: .rejectOldest))
        for name in ["a1", "a2", "a3"] { #expect(leaver(&oldest, name, 1) == nil) }
        #expect(leaver(&oldest, "b1", 2) == "a1")
        #expect(leaver(&oldest, "b2", 2) == "b1", "of its own key")
        #expect(leaver(&oldest, "a4", 1) == "a2", "of its own key")
        #expect(rest(of: &oldest) == ["a3", "b2", "a4"])

        var soonest = WaitingLines<String>(.init(depth: 3, whenFull: .rejectEarliestDeadline))
        #expect(leaver(&soonest, "a5", 1, deadline: 5) == nil)
        #expect(leaver(&soonest, "a never", 1) == nil)
        #expect(leaver(&soonest, "a never too", 1) == nil)
        #expect(leaver(&soonest, "b1", 2, deadline: 1) == "a5", "its key has less than its share")
        #expect(leaver(&soonest, "c9", 3, deadline: 9) == "a never too", "the newest of a line without deadlines")
        #expect(leaver(&soonest, "d9", 4, deadline: 9) == "b1", "of everybody, since each has one place")
        #expect(leaver(&soonest, "e3", 5, deadline: 3) == "e3")
        #expect(rest(of: &soonest) == ["a never", "c9", "d9"])
    }

    @Test("keeps the turn of a key whose only caller is replaced by its next")
    func keepsTurn() {
        var lines = WaitingLines<String>(.init(depth: 2, whenFull: .rejectOldest))
        for (name, key) in [("a1", 1), ("b1", 2)] { #expect(leaver(&lines, name, Int32(key)) == nil) }
        #expect(leaver(&lines, "a2", 1) == "a1")
        #expect(leaver(&lines, "a3", 1) == "a2")
        #expect(rest(of: &lines) == ["a3", "b1"])
    }

    @Test("traps when a key waits in two groups at a time")
    func twoGroups() async {
        await #expect(processExitsWith: .failure) {
            var lines = WaitingLines<String>(.init(depth: 9))
            _ = lines.join("a", key: 1, of: 1, deadline: nil)
            _ = lines.join("b", key: 1, of: 2, deadline: nil)
        }
    }

    @Test("serves the newest of each key first from the moment it was full until it is empty")
    func newestFirst() {
        var lines = WaitingLines<String>(.init(depth: 4, whenFull: .newestFirstUnderOverload))
        for (name, key) in [("a1", 1), ("a2", 1), ("b1", 2), ("b2", 2)] { #expect(leaver(&lines, name, Int32(key)) == nil) }
        #expect(!lines.servesNewestFirst)
        #expect(leaver(&lines, "a3", 1) == "a1")
        #expect(lines.servesNewestFirst)
        #expect(rest(of: &lines) == ["a3", "b2", "a2", "b1"])
        #expect(!lines.servesNewestFirst)
        for name in ["a4", "a5"] { #expect(leaver(&lines, name, 1) == nil) }
        #expect(rest(of: &lines) == ["a4", "a5"])
    }

    @Test("takes a new depth at once and leaves who waits already")
    func resize() throws {
        var lines = WaitingLines<String>(.init(depth: 3, whenFull: .rejectOldest))
        var tickets: [WaitingLines<String>.Ticket] = []
        for name in ["a", "b", "c"] {
            let joined = lines.join(name, deadline: nil)
            tickets.append(try #require(joined?.ticket))
        }
        lines.setDepth(1)
        #expect(lines.count == 3)
        #expect(leaver(&lines, "d", 0) == "a")
        #expect(lines.count == 3)
        #expect(lines.remove(tickets[0]) == nil)
        #expect(lines.remove(tickets[1]) == "b")
        lines.setDepth(-5)
        #expect(lines.depth == 0)
        lines.setDepth(9)
        #expect(leaver(&lines, "e", 0) == nil)
        #expect(rest(of: &lines) == ["c", "d", "e"])
    }
}
