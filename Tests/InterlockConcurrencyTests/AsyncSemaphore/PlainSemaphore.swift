import InterlockConcurrency

/// The semaphore with priorities, keys, weights and a bound written the plain way: one list, searched anew each time. With a
/// fault it is the negative control.
struct PlainSemaphore: BoundedSemaphore {
    enum Fault: CaseIterable, Sendable {
        /// Low before high.
        case lowFirst
        /// A light caller further back goes before a heavy one that does not fit yet.
        case skipsTheHeavy
        /// A newcomer takes free permits past its equals in line.
        case overtakesEquals
        /// Keys do not take turns.
        case ignoresKeys
        /// There is room for one more than was said.
        case exceedsDepth
        /// A higher newcomer is refused by a full queue of lower ones.
        case sparesTheLow
        /// A full queue refuses the newcomer, whatever its policy says.
        case ignoresPolicy
        /// Does not look at the line after somebody has left it.
        case forgetsTheLineOnCancel
        /// Does not look at the line after somebody had to leave it.
        case forgetsTheLineOnEviction
        /// Does not look at the line when permits are added.
        case forgetsTheLineOnResize
        /// Cancelling somebody who has permits takes them out of the world.
        case cancelsTheGranted
    }

    private struct Caller {
        let id: Int
        let count: Int
        let priority: Int
        let key: Int32
        let due: MonotonicTime?
    }

    private let policy: QueueConfiguration.FullPolicy
    private let fault: Fault?
    private var limit: Int
    private var depth: Int
    private(set) var active = 0
    /// Everybody in line, in the order they came.
    private var line: [Caller] = []
    /// By priority: the keys that wait, whose turn is next first.
    private var turns: [Int: [Int32]] = [:]
    /// By priority and key: since which change its line is as long as it is.
    private var since: [Int: [Int32: Int]] = [:]
    private var changes = 0
    private var newestFirst = false
    private var left: [Int: Int] = [:]

    init(permits: Int, queue: QueueConfiguration, fault: Fault? = nil) {
        limit = permits
        depth = queue.depth
        policy = queue.whenFull
        self.fault = fault
    }

    var waiting: Int { line.count }

    mutating func tryAcquire(_ id: Int, _ count: Int, _ priority: Int) -> SemaphoreAnswer {
        guard mayPass(count, priority) else { return SemaphoreAnswer(own: .refused) }
        active += count
        return SemaphoreAnswer(own: .granted)
    }

    mutating func acquire(_ id: Int, _ count: Int, _ priority: Int, _ key: Int32, _ due: MonotonicTime?) -> SemaphoreAnswer {
        if mayPass(count, priority) {
            active += count
            return SemaphoreAnswer(own: .granted)
        }
        let key = fault == .ignoresKeys ? 0 : key
        var answer = SemaphoreAnswer(own: .queued)
        if line.count >= depth + (fault == .exceedsDepth ? 1 : 0) {
            guard let leaver = leaver(priority, key, due) else { return SemaphoreAnswer(own: .refused) }
            answer.evicted = leaver.id
            if leaver.priority == priority, policy == .newestFirstUnderOverload { newestFirst = true }
        }
        line.append(Caller(id: id, count: count, priority: priority, key: key, due: due))
        if turns[priority]?.contains(key) != true { turns[priority, default: []].append(key) }
        lengthChanged(priority, key)
        // Only now: a key whose only caller is replaced by its next keeps its turn.
        if let evicted = answer.evicted { remove(evicted) }
        if answer.evicted == nil || fault != .forgetsTheLineOnEviction { answer.told = settle() }
        return answer
    }

    mutating func release(_ count: Int) -> SemaphoreAnswer {
        active -= count
        return SemaphoreAnswer(told: settle())
    }

    mutating func giveUp(_ id: Int) -> SemaphoreAnswer {
        guard line.contains(where: { $0.id == id }) else {
            if fault == .cancelsTheGranted, left[id] != nil { return SemaphoreAnswer(told: [id]) }
            return SemaphoreAnswer(own: .refused)
        }
        remove(id)
        return SemaphoreAnswer(told: [id] + (fault == .forgetsTheLineOnCancel ? [] : settle()))
    }

    mutating func setPermits(_ permits: Int) -> SemaphoreAnswer {
        limit = permits
        return SemaphoreAnswer(told: fault == .forgetsTheLineOnResize ? [] : settle())
    }

    mutating func setDepth(_ depth: Int) { self.depth = depth }

    mutating func cancelAll() -> SemaphoreAnswer {
        var removed: [Int] = []
        while let next = nextInLine() {
            serve(next)
            removed.append(next.id)
        }
        return SemaphoreAnswer(told: removed)
    }

    private func fits(_ count: Int) -> Bool { limit > 0 && active + min(count, limit) <= limit }

    private func mayPass(_ count: Int, _ priority: Int) -> Bool {
        let isBehind = line.contains { other in
            other.priority > priority || other.priority == priority && !newestFirst && fault != .overtakesEquals
        }
        return !isBehind && fits(count)
    }

    /// Whose turn is next: of the highest priority the key that has the turn, and of that the first, or the newest.
    private func nextInLine(that fits: (Caller) -> Bool = { _ in true }) -> Caller? {
        let priorities = Set(line.map(\.priority))
        guard let priority = fault == .lowFirst ? priorities.min() : priorities.max(), let key = turns[priority]?.first else { return nil }
        let own = line.filter { $0.priority == priority && $0.key == key }
        let first = newestFirst ? own.last : own.first
        if fault == .skipsTheHeavy, let first, !fits(first) { return line.first(where: fits) }
        return first
    }

    private mutating func settle() -> [Int] {
        var told: [Int] = []
        while let next = nextInLine(that: { fits($0.count) }), fits(next.count) {
            serve(next)
            active += next.count
            left[next.id] = next.count
            told.append(next.id)
        }
        return told
    }

    /// Takes one out whose turn it is; its key then is the last to have one.
    private mutating func serve(_ caller: Caller) {
        turns[caller.priority]?.removeAll { $0 == caller.key }
        turns[caller.priority]?.append(caller.key)
        remove(caller.id)
    }

    private mutating func remove(_ id: Int) {
        guard let index = line.firstIndex(where: { $0.id == id }) else { return }
        let gone = line.remove(at: index)
        if !line.contains(where: { $0.priority == gone.priority && $0.key == gone.key }) { turns[gone.priority]?.removeAll { $0 == gone.key } }
        lengthChanged(gone.priority, gone.key)
        if line.isEmpty { newestFirst = false }
    }

    private mutating func lengthChanged(_ priority: Int, _ key: Int32) {
        changes += 1
        since[priority, default: [:]][key] = changes
    }

    /// Who makes place for a newcomer; `nil` when that one is refused.
    private func leaver(_ priority: Int, _ key: Int32, _ due: MonotonicTime?) -> Caller? {
        guard let lowest = line.map(\.priority).min(), lowest <= priority else { return nil }
        let level = line.filter { $0.priority == lowest }
        func own(_ key: Int32) -> [Caller] { level.filter { $0.key == key } }
        let keys = turns[lowest] ?? []
        let most = keys.map { own($0).count }.max() ?? 0
        // Of lines that are equally long the one that has been so for longest.
        let longest = keys.filter { own($0).count == most }.min { since[lowest]?[$0] ?? 0 < since[lowest]?[$1] ?? 0 }.map(own) ?? []
        if lowest < priority { return fault == .sparesTheLow ? nil : longest.last }
        if fault == .ignoresPolicy { return nil }
        // Less than its share, and more than an exchange.
        if own(key).count * keys.count < level.count, most > own(key).count + 1 {
            switch policy {
            case .rejectNewest: return longest.last
            case .rejectOldest, .newestFirstUnderOverload: return longest.first
            case .rejectEarliestDeadline: return soonest(longest, before: .distantFuture) ?? longest.last
            }
        }
        let rivals = own(key).isEmpty ? keys.flatMap(own) : own(key)
        switch policy {
        case .rejectNewest: return nil
        case .rejectOldest, .newestFirstUnderOverload: return rivals.first
        case .rejectEarliestDeadline: return soonest(rivals, before: due ?? .distantFuture)
        }
    }

    private func soonest(_ callers: [Caller], before bound: MonotonicTime) -> Caller? {
        callers.reduce(nil) { found, caller in
            guard let due = caller.due, due < found?.due ?? bound else { return found }
            return caller
        }
    }
}
