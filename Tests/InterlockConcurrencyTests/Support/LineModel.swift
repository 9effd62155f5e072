import InterlockConcurrency
import InterlockSimulation

/// A bounded line with a policy, fair between keys, written for clearness instead of speed; and the proof that a machine has one.
struct LineModel<Machine: LineMachine> {
    /// What to take out of the machine under proof: it is then driven in a way that it would show without that guard.
    enum Fault: CaseIterable, Sendable {
        /// All keys are one: no fairness between them.
        case ignoresKeys
        /// A full queue refuses the newcomer, whatever the policy.
        case ignoresPolicy
        /// There is room for one more than was said.
        case exceedsDepth
        /// Who had to leave the queue is not told, and waits on.
        case forgetsEvicted
    }

    private struct Caller: Equatable {
        let id: Int
        let deadline: MonotonicTime?
        var due: MonotonicTime { deadline ?? .distantFuture }
    }

    /// `since` is when it came to have as many callers as it has.
    private typealias Line = (key: Int32, callers: [Caller], since: Int)

    private let policy: QueueConfiguration.FullPolicy
    private let fault: Fault?
    private var random: SeededRandom
    private var machine: Machine
    private var depth: Int
    private var holder: Int?
    private var ring: [Line] = []
    private var newestFirst = false
    /// Counts the changes of lines.
    private var changes = 0
    /// By key that waits: who was served since it began to wait or was served itself.
    private var passedBy: [Int32: [Int32]] = [:]

    static func violation(seed: UInt64, _ policy: QueueConfiguration.FullPolicy, keys: Int32, fault: Fault? = nil) -> String? {
        var model = LineModel(seed: seed, policy, fault: fault)
        for id in 0..<150 {
            if let violation = model.step(id, keys: keys) { return "seed \(seed), event \(id): \(violation)" }
        }
        while let holder = model.holder {
            if let violation = model.served(model.machine.release(holder)) { return "seed \(seed), at the end: \(violation)" }
        }
        return model.ring.isEmpty && model.machine.waiting == 0 ? nil : "seed \(seed): somebody waits for ever"
    }

    private init(seed: UInt64, _ policy: QueueConfiguration.FullPolicy, fault: Fault?) {
        random = SeededRandom(seed: seed)
        self.policy = policy
        self.fault = fault
        depth = Int.random(in: 0...6, using: &random)
        machine = Machine(QueueConfiguration(depth: depth, whenFull: fault == .ignoresPolicy ? .rejectNewest : policy))
        if fault == .exceedsDepth { machine.setQueueDepth(depth + 1) }
    }

    private var waiting: Int { ring.reduce(0) { $0 + $1.callers.count } }

    private mutating func step(_ id: Int, keys: Int32) -> String? {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<12:
            let deadline = Bool.random(using: &random) ? MonotonicTime.zero + .seconds(Int.random(in: 1...9, using: &random)) : nil
            if let violation = arrive(Caller(id: id, deadline: deadline), Int32.random(in: 0..<keys, using: &random)) { return violation }
        case 12..<16:
            guard let leaving = holder else { return nil }
            if let violation = served(machine.release(leaving)) { return violation }
        case 16..<19:
            guard let place = ring.indices.randomElement(using: &random),
                let index = ring[place].callers.indices.randomElement(using: &random)
            else { return nil }
            let leaving = take(place, index)
            guard let granted = machine.giveUp(leaving.id) else { return "\(leaving.id) could not leave the line" }
            if !granted.isEmpty { return "\(granted) went on although the permit is out" }
            if machine.giveUp(leaving.id) != nil { return "\(leaving.id) left twice" }
        default:
            depth = Int.random(in: 0...6, using: &random)
            machine.setQueueDepth(fault == .exceedsDepth ? depth + 1 : depth)
        }
        return machine.waiting == waiting ? nil : "\(machine.waiting) wait instead of \(waiting)"
    }

    private mutating func arrive(_ caller: Caller, _ key: Int32) -> String? {
        let outcome = machine.acquire(caller.id, for: fault == .ignoresKeys ? 0 : key, deadline: caller.deadline)
        guard holder != nil else {
            holder = caller.id
            return outcome == .granted ? nil : "a newcomer waits beside a free permit"
        }
        var leaver: (place: Int, index: Int)?
        if waiting >= depth {
            leaver = self.leaver(for: caller, key)
            if leaver == nil { return outcome == .refused ? nil : "\(caller.id) was let into a full line" }
            if policy == .newestFirstUnderOverload { newestFirst = true }
        }
        if let place = ring.firstIndex(where: { $0.key == key }) {
            ring[place].callers.append(caller)
            ring[place].since = nextChange()
        } else {
            ring.append((key, [caller], nextChange()))
            passedBy[key] = []
        }
        // Only now: a key whose only caller is replaced by its next keeps its turn.
        let evicted = leaver.map { take($0.place, $0.index).id }
        guard case .queued(let told, let granted) = outcome, granted.isEmpty else { return "\(caller.id) did not join the line: \(outcome)" }
        let noticed = fault == .forgetsEvicted ? nil : told
        return noticed == evicted ? nil : "\(noticed ?? -1) had to leave instead of \(evicted ?? -1)"
    }

    /// Who leaves for a newcomer, by the rules as they are documented.
    private func leaver(for newcomer: Caller, _ key: Int32) -> (place: Int, index: Int)? {
        let own = ring.first { $0.key == key }?.callers.count ?? 0
        let longest = ring.map(\.callers.count).max() ?? 0
        if own * ring.count < waiting, longest > own + 1,
            let place = ring.indices.filter({ ring[$0].callers.count == longest }).min(by: { ring[$0].since < ring[$1].since }) {
            let callers = ring[place].callers
            let isSomebodyDue = callers.contains { $0.deadline != nil }
            switch policy {
            case .rejectNewest: return (place, callers.count - 1)
            case .rejectOldest, .newestFirstUnderOverload: return (place, 0)
            case .rejectEarliestDeadline: return (place, isSomebodyDue ? earliest(callers)! : callers.count - 1)
            }
        }
        let rivals = ring.indices.filter { own == 0 || ring[$0].key == key }
        guard let first = rivals.first else { return nil }
        switch policy {
        case .rejectNewest: return nil
        case .rejectOldest, .newestFirstUnderOverload: return (first, 0)
        case .rejectEarliestDeadline:
            let places = rivals.flatMap { place in ring[place].callers.indices.map { (place: place, index: $0) } }
            func due(_ at: (place: Int, index: Int)) -> MonotonicTime { ring[at.place].callers[at.index].due }
            let soonest = places.reduce(places[0]) { due($1) < due($0) ? $1 : $0 }
            return due(soonest) < newcomer.due ? soonest : nil
        }
    }

    private mutating func nextChange() -> Int {
        changes += 1
        return changes
    }

    private func earliest(_ callers: [Caller]) -> Int? {
        callers.indices.reduce(callers.indices.first) { best, index in callers[index].due < callers[best!].due ? index : best }
    }

    /// The permit has passed on, to the next of the key at the head of the ring, which then goes to its end.
    private mutating func served(_ granted: [Int]) -> String? {
        holder = nil
        guard !ring.isEmpty else { return granted.isEmpty ? nil : "\(granted) were served and did not wait" }
        if newestFirst, !Machine.servesNewestAtOnce {
            // Only that it is one of those whose turn it may be.
            guard granted.count == 1, let index = ring[0].callers.firstIndex(where: { $0.id == granted[0] }) else { return "\(granted) were served out of turn" }
            return pass(to: index)
        }
        let index = newestFirst ? ring[0].callers.count - 1 : 0
        guard granted == [ring[0].callers[index].id] else { return "\(granted) were served instead of \(ring[0].callers[index].id)" }
        return pass(to: index)
    }

    private mutating func pass(to index: Int) -> String? {
        let key = ring[0].key
        for line in ring where line.key != key { passedBy[line.key]?.append(key) }
        passedBy[key] = []
        if let (starved, others) = passedBy.first(where: { Set($0.value).count < $0.value.count }) {
            return "\(starved) waits while one of \(others) was served twice"
        }
        let head = ring[0]
        holder = take(0, index).id
        if head.callers.count > 1 { ring.append(ring.removeFirst()) }
        return nil
    }

    /// Takes a caller out; a line that is empty leaves the ring.
    private mutating func take(_ place: Int, _ index: Int) -> Caller {
        let caller = ring[place].callers.remove(at: index)
        ring[place].since = nextChange()
        if ring[place].callers.isEmpty { passedBy[ring.remove(at: place).key] = nil }
        if ring.isEmpty { newestFirst = false }
        return caller
    }
}
