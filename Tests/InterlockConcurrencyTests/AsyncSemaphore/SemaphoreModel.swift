import InterlockConcurrency
import InterlockSimulation

/// What a semaphore with priorities looks like to the proof of its invariants.
protocol PrioritySemaphore {
    mutating func tryAcquire(_ count: Int, _ priority: Int) -> Bool
    /// Takes permits at once (`true`) or joins a line (`false`).
    mutating func acquire(_ id: Int, _ count: Int, _ priority: Int) -> Bool
    mutating func release(_ count: Int) -> [Int]
    /// Cancels, perhaps too late. Returns who has been granted, or `nil` when it was too late.
    mutating func giveUp(_ id: Int) -> [Int]?
    mutating func setPermits(_ permits: Int) -> [Int]
    mutating func cancelAll() -> [Int]
    var active: Int { get }
    var waiting: Int { get }
}

struct SemaphoreUnderProof: PrioritySemaphore {
    private var machine: AsyncSemaphoreStateMachine<Int>
    private var tickets: [Int: AsyncSemaphoreStateMachine<Int>.Ticket] = [:]

    init(permits: Int) { machine = AsyncSemaphoreStateMachine(permits: permits, queue: .init(depth: .max)) }

    var active: Int { machine.active }
    var waiting: Int { machine.waiting }

    mutating func tryAcquire(_ count: Int, _ priority: Int) -> Bool { machine.tryAcquire(count, priority: .init(rawValue: priority)) }

    mutating func acquire(_ id: Int, _ count: Int, _ priority: Int) -> Bool {
        guard case .queued(let ticket, evicted: nil, granted: []) = machine.acquire(id, count, priority: .init(rawValue: priority), Patience(now: .zero))
        else { return true }
        tickets[id] = ticket
        return false
    }

    mutating func release(_ count: Int) -> [Int] { machine.release(count)?.granted ?? [] }
    mutating func giveUp(_ id: Int) -> [Int]? { tickets[id].flatMap { machine.giveUp($0, .cancelled) }?.effects.granted }
    mutating func setPermits(_ permits: Int) -> [Int] { machine.setPermits(permits).granted }
    mutating func cancelAll() -> [Int] { machine.cancelAll().removed }
}

/// The same semaphore written the slow and obvious way: a list that is sorted anew. With one guard taken out it is the
/// negative control.
struct SimpleSemaphore: PrioritySemaphore {
    enum Fault: CaseIterable, Sendable {
        /// A newcomer takes free permits past its equals in line.
        case overtakesEquals
        /// A light caller further back goes before a heavy one that does not fit yet.
        case skipsTheHeavy
        /// Among equals the last goes first.
        case lastFirst
        /// Low before high.
        case lowFirst
        /// Cancelling somebody who has been granted takes the permits out of the world.
        case cancelsTheGranted
        /// Does not look at the line after its head has left it.
        case forgetsTheLineOnCancel
        /// Does not look at the line when permits are added.
        case forgetsTheLineOnResize
    }

    private let fault: Fault?
    private var limit: Int
    private(set) var active = 0
    private var line: [(id: Int, count: Int, priority: Int)] = []
    private var granted: Set<Int> = []

    init(permits: Int, fault: Fault? = nil) {
        limit = permits
        self.fault = fault
    }

    var waiting: Int { line.count }

    mutating func tryAcquire(_ count: Int, _ priority: Int) -> Bool {
        let isBehind = line.contains { fault == .overtakesEquals ? $0.priority > priority : $0.priority >= priority }
        guard !isBehind, fits(count) else { return false }
        active += count
        return true
    }

    mutating func acquire(_ id: Int, _ count: Int, _ priority: Int) -> Bool {
        if tryAcquire(count, priority) { return true }
        line.append((id, count, priority))
        return false
    }

    mutating func release(_ count: Int) -> [Int] {
        active -= count
        return settle()
    }

    mutating func giveUp(_ id: Int) -> [Int]? {
        guard let index = line.firstIndex(where: { $0.id == id }) else {
            return fault == .cancelsTheGranted && granted.contains(id) ? [] : nil
        }
        line.remove(at: index)
        return fault == .forgetsTheLineOnCancel ? [] : settle()
    }

    mutating func setPermits(_ permits: Int) -> [Int] {
        limit = permits
        return fault == .forgetsTheLineOnResize ? [] : settle()
    }

    mutating func cancelAll() -> [Int] {
        defer { line = [] }
        return line.indices.sorted { (-line[$0].priority, $0) < (-line[$1].priority, $1) }.map { line[$0].id }
    }

    private func fits(_ count: Int) -> Bool { limit > 0 && active + min(count, limit) <= limit }

    private mutating func settle() -> [Int] {
        var result: [Int] = []
        while let next = order().first(where: { fault != .skipsTheHeavy || fits(line[$0].count) }), fits(line[next].count) {
            let leaving = line.remove(at: next)
            active += leaving.count
            granted.insert(leaving.id)
            result.append(leaving.id)
        }
        return result
    }

    private func order() -> [Int] {
        line.indices.sorted { left, right in
            let (a, b) = (line[left].priority, line[right].priority)
            if a != b { return fault == .lowFirst ? a < b : a > b }
            return fault == .lastFirst ? left > right : left < right
        }
    }
}

/// Drives a semaphore and the obvious one with the same random events. Returns where they differ first, or `nil`.
func semaphoreViolation(of subject: some PrioritySemaphore, seed: UInt64, permits: Int) -> String? {
    var random = SeededRandom(seed: seed)
    var subject = subject
    var model = SimpleSemaphore(permits: permits)
    var held: [(id: Int, count: Int)] = []
    var waiting: [Int: Int] = [:]
    var late: [Int] = []
    func take(_ ids: [Int]) {
        for id in ids {
            held.append((id, waiting.removeValue(forKey: id)!))
            late.append(id)
        }
    }
    for id in 0..<150 {
        let count = Int.random(in: 1...3, using: &random)
        let priority = Int.random(in: 0...2, using: &random)
        let (got, expected): ([Int]?, [Int]?)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<3:
            (got, expected) = (subject.tryAcquire(count, priority) ? [] : nil, model.tryAcquire(count, priority) ? [] : nil)
            if expected != nil { held.append((id, count)) }
        case 3..<10:
            (got, expected) = (subject.acquire(id, count, priority) ? [] : nil, model.acquire(id, count, priority) ? [] : nil)
            if expected != nil { held.append((id, count)) } else { waiting[id] = count }
        case 10..<14:
            guard let index = held.indices.randomElement(using: &random) else { continue }
            let leaving = held.remove(at: index)
            (got, expected) = (subject.release(leaving.count), model.release(leaving.count))
            take(expected ?? [])
        case 14..<17:
            guard let id = waiting.keys.sorted().randomElement(using: &random) else { continue }
            waiting[id] = nil
            (got, expected) = (subject.giveUp(id), model.giveUp(id))
            take(expected ?? [])
        case 17:
            guard let id = late.randomElement(using: &random) else { continue }
            (got, expected) = (subject.giveUp(id), nil)
        case 18:
            let permits = Int.random(in: 0...5, using: &random)
            (got, expected) = (subject.setPermits(permits), model.setPermits(permits))
            take(expected ?? [])
        default:
            guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
            (got, expected) = (subject.cancelAll(), model.cancelAll())
            waiting = [:]
        }
        if got != expected {
            return "seed \(seed), event \(id): \(got.map { "\($0)" } ?? "no") instead of \(expected.map { "\($0)" } ?? "no")"
        }
        let inHands = held.reduce(0) { $0 + $1.count }
        if subject.active != inHands { return "seed \(seed), event \(id): \(subject.active) permits are out, \(inHands) are held" }
        if subject.waiting != waiting.count { return "seed \(seed), event \(id): \(subject.waiting) wait instead of \(waiting.count)" }
    }
    return nil
}
