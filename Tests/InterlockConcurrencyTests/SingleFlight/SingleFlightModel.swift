import InterlockConcurrency
import InterlockSimulation

/// The places of a single flight written for clearness instead of speed, and the proof that the machine does the same.
struct SingleFlightModel {
    /// Guards to take out of the machine under proof: it is then driven, or listened to, in a way that it would show without them.
    enum Fault: CaseIterable, Sendable {
        /// A full queue refuses the newcomer, whatever the policy.
        case ignoresPolicy
        /// There is room for one more than was said.
        case exceedsDepth
        /// Who had to leave for a newcomer is not told, and waits on.
        case forgetsEvicted
        /// Work that nobody waits for by a newcomer's coming is not given up.
        case forgetsAbandoned
        /// As much runs as wants to.
        case runsEverything
    }

    private struct Caller: Equatable {
        let id: Int
        let deadline: MonotonicTime?
        var due: MonotonicTime { deadline ?? .distantFuture }
    }

    private typealias Machine = SingleFlightStateMachine<Int, Int>

    private let policy: QueueConfiguration.FullPolicy
    private let fault: Fault?
    private var random: SeededRandom
    private var machine: Machine
    private var depth: Int
    private let maxRunning = 5
    /// Who waits for which work, by when its line began.
    private var lines: [(flight: Int, callers: [Caller], since: Int)] = []
    /// Counts the changes of lines; `since` is when a line came to have as many callers as it has.
    private var changes = 0
    /// The work that newcomers of a key join.
    private var current: [Int: Int] = [:]
    /// Work that has not ended, with its key.
    private var running: [Int: Int] = [:]
    private var tickets: [Int: Machine.Ticket] = [:]

    static func violation(seed: UInt64, _ policy: QueueConfiguration.FullPolicy, fault: Fault? = nil) -> String? {
        var model = SingleFlightModel(seed: seed, policy, fault: fault)
        for id in 0..<150 {
            if let violation = model.step(id) ?? model.check() { return "seed \(seed), event \(id): \(violation)" }
        }
        for flight in model.running.keys.sorted() {
            if let violation = model.land(flight) { return "seed \(seed), at the end: \(violation)" }
        }
        return model.machine.waiting == 0 && model.machine.running == 0 ? nil : "seed \(seed): somebody waits for ever"
    }

    private init(seed: UInt64, _ policy: QueueConfiguration.FullPolicy, fault: Fault?) {
        random = SeededRandom(seed: seed)
        self.policy = policy
        self.fault = fault
        depth = Int.random(in: 0...6, using: &random)
        machine = Machine(
            queue: QueueConfiguration(depth: depth, whenFull: fault == .ignoresPolicy ? .rejectNewest : policy),
            maxRunning: fault == .runsEverything ? 1_000 : maxRunning)
        if fault == .exceedsDepth { machine.setQueueDepth(depth + 1) }
    }

    private var waiting: Int { lines.reduce(0) { $0 + $1.callers.count } }

    private mutating func step(_ id: Int) -> String? {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<11:
            let deadline = Bool.random(using: &random) ? MonotonicTime.zero + .seconds(Int.random(in: 1...9, using: &random)) : nil
            return join(Caller(id: id, deadline: deadline), Int.random(in: 0..<4, using: &random))
        case 11..<15:
            return running.keys.sorted().randomElement(using: &random).flatMap { land($0) }
        case 15..<18:
            guard let id = tickets.keys.sorted().randomElement(using: &random) else { return nil }
            return leave(id)
        case 18:
            let key = Int.random(in: 0..<4, using: &random)
            return machine.forget(key) == (current.removeValue(forKey: key) != nil) ? nil : "forgot work that was not there"
        default:
            depth = Int.random(in: 0...6, using: &random)
            machine.setQueueDepth(fault == .exceedsDepth ? depth + 1 : depth)
            return nil
        }
    }

    private mutating func join(_ caller: Caller, _ key: Int) -> String? {
        let joining = machine.join(key, caller.id, Patience(now: .zero, deadline: caller.deadline))
        let joined = current[key]
        var place: (line: Int, index: Int)?
        var isLetIn = joined != nil || running.count < maxRunning
        if isLetIn, waiting >= depth {
            place = leaver(for: caller, joined)
            isLetIn = place != nil
        }
        let ticket: Machine.Ticket
        let flight: Int
        let departure: Machine.Departure?
        switch joining {
        case .refused(let code, _): return isLetIn || code != .queueFull ? "\(caller.id) was refused beside a free place" : nil
        case .follows(let given, let left): (ticket, flight, departure) = (given, joined ?? -1, left)
        case .leads(let given, let number, let left):
            guard joined == nil else { return "\(caller.id) began work that was under way" }
            (ticket, flight, departure) = (given, number, left)
            current[key] = number
            running[number] = key
        }
        guard isLetIn, flight >= 0 else { return "\(caller.id) was let in, where there was no place" }
        tickets[caller.id] = ticket
        changes += 1
        if let line = lines.firstIndex(where: { $0.flight == flight }) {
            lines[line].callers.append(caller)
            lines[line].since = changes
        } else {
            lines.append((flight, [caller], changes))
        }
        let leaver = place.map { take($0.line, $0.index) }
        let told = fault == .forgetsEvicted ? nil : departure?.waiter
        guard told == leaver?.caller.id else { return "\(told ?? -1) had to leave instead of \(leaver?.caller.id ?? -1)" }
        let abandoned = leaver.flatMap { gone in lines.contains { $0.flight == gone.flight } ? nil : gone.flight }
        if let abandoned { forget(abandoned) }
        guard (fault == .forgetsAbandoned ? nil : departure?.abandoned) == abandoned else { return "work that nobody waits for runs on" }
        return nil
    }

    private mutating func land(_ flight: Int) -> String? {
        guard let key = running.removeValue(forKey: flight) else { return nil }
        let line = lines.firstIndex { $0.flight == flight }
        let expected = line.map { lines.remove(at: $0).callers.map(\.id) } ?? []
        if current[key] == flight { current[key] = nil }
        let landed = machine.land(key, flight: flight, now: .zero).waiters
        return landed == expected ? nil : "\(landed) got the result instead of \(expected)"
    }

    private mutating func leave(_ id: Int) -> String? {
        guard let ticket = tickets.removeValue(forKey: id) else { return nil }
        let departure = machine.giveUp(ticket, .cancelled)
        for line in lines.indices {
            guard let index = lines[line].callers.firstIndex(where: { $0.id == id }) else { continue }
            let (flight, _) = take(line, index)
            let isLast = !lines.contains { $0.flight == flight }
            if isLast { forget(flight) }
            return departure?.waiter == id && departure?.abandoned == (isLast ? flight : nil) ? nil : "\(id) could not leave"
        }
        return departure == nil ? nil : "\(id) left after it had been told"
    }

    /// Who leaves for a newcomer, by the rules as they are documented.
    private func leaver(for newcomer: Caller, _ joined: Int?) -> (line: Int, index: Int)? {
        let own = lines.first { $0.flight == joined }?.callers.count ?? 0
        let longest = lines.map(\.callers.count).max() ?? 0
        if own * lines.count < waiting, longest > own + 1,
            let line = lines.indices.filter({ lines[$0].callers.count == longest }).min(by: { lines[$0].since < lines[$1].since }) {
            let callers = lines[line].callers
            switch policy {
            case .rejectNewest: return (line, callers.count - 1)
            case .rejectOldest, .newestFirstUnderOverload: return (line, 0)
            case .rejectEarliestDeadline:
                guard callers.contains(where: { $0.deadline != nil }) else { return (line, callers.count - 1) }
                return (line, callers.indices.reduce(0) { callers[$1].due < callers[$0].due ? $1 : $0 })
            }
        }
        let rivals = lines.indices.filter { own == 0 || lines[$0].flight == joined }
        guard let first = rivals.first else { return nil }
        switch policy {
        case .rejectNewest: return nil
        case .rejectOldest, .newestFirstUnderOverload: return (first, 0)
        case .rejectEarliestDeadline:
            let places = rivals.flatMap { line in lines[line].callers.indices.map { (line: line, index: $0) } }
            func due(_ at: (line: Int, index: Int)) -> MonotonicTime { lines[at.line].callers[at.index].due }
            let soonest = places.reduce(places[0]) { due($1) < due($0) ? $1 : $0 }
            return due(soonest) < newcomer.due ? soonest : nil
        }
    }

    private mutating func take(_ line: Int, _ index: Int) -> (flight: Int, caller: Caller) {
        let taken = (lines[line].flight, lines[line].callers.remove(at: index))
        changes += 1
        lines[line].since = changes
        if lines[line].callers.isEmpty { lines.remove(at: line) }
        return taken
    }

    /// Nobody can join this work any more.
    private mutating func forget(_ flight: Int) {
        if let key = running[flight], current[key] == flight { current[key] = nil }
    }

    private func check() -> String? {
        if machine.waiting != waiting { return "\(machine.waiting) wait instead of \(waiting)" }
        if machine.running != running.count { return "\(machine.running) run instead of \(running.count)" }
        if machine.underWay != lines.count { return "\(machine.underWay) are under way instead of \(lines.count)" }
        return nil
    }
}
