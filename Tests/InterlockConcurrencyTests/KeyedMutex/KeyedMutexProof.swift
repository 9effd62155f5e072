import InterlockConcurrency
import InterlockSimulation

/// Random events on a keyed mutex, held against its rule: a request takes its places in the lines of all its keys in one step,
/// and holds the keys when no older request that is still there wants one of them.
///
/// Where nobody says who asks the rule says everything, and each answer must be its. Where askers take turns, what is left of it
/// is that no two hold one key, that somebody always goes on, that an asker's own requests for a key come in order unless the
/// newest go first, that everybody is told, and that nothing is left over.
enum KeyedMutexProof {
    struct Settings: Sendable {
        var queue: QueueConfiguration
        var askers: Int32
        var events: [KeyedMutexEvent]

        /// One random sequence for a seed.
        init(seed: UInt64, _ policy: QueueConfiguration.FullPolicy, askers: Int32, count: Int = 100) {
            var random = SeededRandom(seed: seed)
            queue = QueueConfiguration(depth: Int.random(in: 0...8, using: &random), whenFull: policy)
            self.askers = askers
            events = (0..<count).map { _ in .random(using: &random, askers: askers) }
        }

        /// Whether the rule says who goes on, and who makes place.
        var isExact: Bool { askers == 1 && queue.whenFull != .newestFirstUnderOverload }
    }

    /// A sequence that breaks the rule, and how.
    struct Finding: Equatable {
        let events: [KeyedMutexEvent]
        let message: String
    }

    private struct Request {
        let id: Int
        let keys: Set<Int>
        let asker: Int32
        let due: MonotonicTime?
        var holds: Bool
    }

    /// What is broken first; `nil` when nothing is.
    static func violation(_ settings: Settings, fault: KeyedMutexSubject.Fault? = nil) -> String? {
        var subject = KeyedMutexSubject(settings.queue, fault: fault)
        /// Those that hold keys or wait, oldest first.
        var requests: [Request] = []
        var depth = settings.queue.depth

        func waiting() -> [Request] { requests.filter { !$0.holds } }

        /// Who holds its keys by the rule and does not yet.
        func due() -> Set<Int> {
            var wanted: Set<Int> = []
            var due: Set<Int> = []
            for request in requests {
                if !request.holds, wanted.isDisjoint(with: request.keys) { due.insert(request.id) }
                wanted.formUnion(request.keys)
            }
            return due
        }

        /// Who makes place for a newcomer by the policy; the newcomer itself for `nil`.
        func leaver(_ deadline: MonotonicTime?) -> Int? {
            switch settings.queue.whenFull {
            case .rejectNewest: return nil
            case .rejectOldest, .newestFirstUnderOverload: return waiting().first?.id
            case .rejectEarliestDeadline:
                return waiting().reduce((nil, deadline ?? .distantFuture)) { found, request in
                    guard let due = request.due, due < found.1 else { return found }
                    return (request.id, due)
                }.0
            }
        }

        /// Lets in whom the mutex let in, if it may.
        func letIn(_ ids: Set<Int>) -> String? {
            if settings.isExact, ids != due() { return "\(ids.sorted()) were let in instead of \(due().sorted())" }
            for id in ids {
                guard let index = requests.firstIndex(where: { $0.id == id && !$0.holds }) else { return "\(id) was let in and did not wait" }
                let request = requests[index]
                let others = requests.filter { $0.id != id && !$0.keys.isDisjoint(with: request.keys) }
                if let other = others.first(where: \.holds) { return "\(id) was let in beside \(other.id)" }
                let older = others.first { $0.id < id && $0.asker == request.asker && !ids.contains($0.id) }
                if let older, settings.queue.whenFull != .newestFirstUnderOverload { return "\(id) overtook \(older.id) of the same asker" }
                requests[index].holds = true
            }
            return nil
        }

        func lock(_ id: Int, _ keys: [Int], _ asker: Int32, _ deadline: Int?) -> String? {
            let due = deadline.map { MonotonicTime.zero + .seconds($0) }
            let answer = subject.lock(id, keys, by: asker, due: due)
            let newcomer = Request(id: id, keys: Set(keys), asker: asker, due: due, holds: false)
            let isFree = requests.allSatisfy { $0.keys.isDisjoint(with: newcomer.keys) }
            if answer.own == .granted {
                // An asker may take a free key for which another's requests wait behind their own.
                let isHeld = requests.contains { $0.holds && !$0.keys.isDisjoint(with: newcomer.keys) }
                if isHeld || settings.isExact && !isFree { return "\(id) was let in at once" }
                requests.append(newcomer)
                requests[requests.count - 1].holds = true
                return nil
            }
            if isFree { return "\(id) was not let in, and nobody wants its keys" }
            let isFull = waiting().count >= depth
            guard answer.own == .queued else { return isFull && (!settings.isExact || leaver(due) == nil) ? nil : "\(id) was refused" }
            if settings.isExact, answer.evicted != (isFull ? leaver(due) : nil) { return "\(answer.evicted ?? -1) made place for \(id)" }
            if isFull != (answer.evicted != nil) { return "\(id) joined \(waiting().count) of \(depth), and \(answer.evicted ?? -1) left" }
            if let evicted = answer.evicted {
                guard let index = requests.firstIndex(where: { $0.id == evicted && !$0.holds }) else { return "\(evicted) made place and did not wait" }
                requests.remove(at: index)
            }
            requests.append(newcomer)
            return letIn(answer.granted)
        }

        func step(_ event: KeyedMutexEvent, _ id: Int) -> String? {
            switch event {
            case .lock(let keys, let asker, let deadline): return lock(id, keys, asker, deadline)
            case .tryLock(let keys):
                let isFree = requests.allSatisfy { $0.keys.isDisjoint(with: keys) }
                guard subject.tryLock(id, keys).own == .granted else { return isFree ? "free keys were not to be had" : nil }
                if !isFree { return "keys were had that somebody holds or waits for" }
                requests.append(Request(id: id, keys: Set(keys), asker: 0, due: nil, holds: true))
                return nil
            case .unlock(let pick):
                let holders = requests.filter(\.holds)
                guard !holders.isEmpty else { return nil }
                let leaving = holders[pick % holders.count].id
                requests.removeAll { $0.id == leaving }
                return letIn(subject.unlock(leaving).granted)
            case .cancel(let pick):
                let waiting = waiting()
                guard !waiting.isEmpty else { return nil }
                let leaving = waiting[pick % waiting.count].id
                let answer = subject.cancel(leaving)
                if answer.own == .refused { return "\(leaving) could not leave" }
                requests.removeAll { $0.id == leaving }
                return letIn(answer.granted)
            case .cancelLate(let pick):
                let holders = requests.filter(\.holds)
                guard !holders.isEmpty else { return nil }
                let late = holders[pick % holders.count].id
                return subject.cancel(late).own == .refused ? nil : "\(late) was cancelled and holds its keys"
            case .setDepth(let new):
                depth = new
                subject.setDepth(new)
                return nil
            }
        }

        func check() -> String? {
            if subject.waiting != waiting().count { return "\(subject.waiting) wait instead of \(waiting().count)" }
            if subject.holders != requests.count - waiting().count { return "\(subject.holders) hold keys instead of \(requests.count - waiting().count)" }
            let keys = requests.reduce(into: Set<Int>()) { $0.formUnion($1.keys) }
            if subject.keysInUse != keys.count { return "\(subject.keysInUse) keys are kept, \(keys.count) are wanted" }
            return !requests.isEmpty && requests.allSatisfy { !$0.holds } ? "\(requests.count) wait for each other" : nil
        }

        for (id, event) in settings.events.enumerated() {
            if let violation = step(event, id) ?? check() { return "event \(id), \(event): \(violation)" }
        }
        while !requests.isEmpty {
            if let violation = step(.unlock(0), settings.events.count) ?? check() { return "at the end: \(violation)" }
        }
        return nil
    }

    /// The same with the fewest events that still show it.
    static func shrunkViolation(_ settings: Settings, fault: KeyedMutexSubject.Fault? = nil) -> Finding? {
        guard violation(settings, fault: fault) != nil else { return nil }
        var least = settings
        least.events = shrunkSequence(settings.events) { events in
            var fewer = settings
            fewer.events = events
            return violation(fewer, fault: fault) != nil
        }
        return violation(least, fault: fault).map { Finding(events: least.events, message: $0) }
    }
}
