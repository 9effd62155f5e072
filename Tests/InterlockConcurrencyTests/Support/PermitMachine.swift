import InterlockConcurrency

/// What a state machine that gives out permits in order of arrival looks like to the proof of its invariants.
protocol PermitMachine {
    /// Takes permits at once; `false` when it cannot.
    mutating func tryAcquire(_ id: Int, weight: Int) -> Bool
    /// Takes permits at once (`true`) or joins the line (`false`).
    mutating func acquire(_ id: Int, weight: Int) -> Bool
    /// Gives permits back; returns who has been granted.
    mutating func release(_ id: Int, weight: Int) -> [Int]
    /// Cancels, perhaps too late. Returns who has been granted, or `nil` when it was too late.
    mutating func giveUp(_ id: Int) -> [Int]?
    mutating func setLimit(_ limit: Int) -> [Int]
    var active: Int { get }
    var waiting: Int { get }
}

struct LimiterUnderProof: PermitMachine {
    private var machine: LimiterStateMachine<Int>
    private var tickets: [Int: LimiterStateMachine<Int>.Ticket] = [:]

    init(limit: Int) {
        machine = LimiterStateMachine(limit: limit, queue: .init(depth: .max))
    }

    var active: Int { machine.active }
    var waiting: Int { machine.waiting }

    mutating func tryAcquire(_ id: Int, weight: Int) -> Bool { machine.tryAcquire(weight: weight) }

    mutating func acquire(_ id: Int, weight: Int) -> Bool {
        guard case .queued(let ticket, evicted: nil, granted: _) = machine.acquire(id, weight: weight, Patience(now: .zero)) else { return true }
        tickets[id] = ticket
        return false
    }

    mutating func release(_ id: Int, weight: Int) -> [Int] { machine.release(weight: weight)?.granted ?? [] }

    mutating func giveUp(_ id: Int) -> [Int]? {
        tickets[id].flatMap { machine.giveUp($0, .cancelled) }?.effects.granted
    }

    mutating func setLimit(_ limit: Int) -> [Int] { machine.setLimit(limit).granted }
}

extension AsyncMutexStateMachine.Departure {
    /// Who holds the lock next.
    var next: W? {
        if case .handedOver(let next) = self { next } else { nil }
    }
}

struct MutexUnderProof: PermitMachine {
    private var machine = AsyncMutexStateMachine<Int>(queue: .init(depth: .max))
    private var tickets: [Int: AsyncMutexStateMachine<Int>.Ticket] = [:]

    var active: Int { machine.isHeld ? 1 : 0 }
    var waiting: Int { machine.waiting }

    mutating func tryAcquire(_ id: Int, weight: Int) -> Bool { machine.tryLock() }

    mutating func acquire(_ id: Int, weight: Int) -> Bool {
        guard case .queued(let ticket, evicted: nil) = machine.lock(id, Patience(now: .zero)) else { return true }
        tickets[id] = ticket
        return false
    }

    mutating func release(_ id: Int, weight: Int) -> [Int] { machine.unlock().next.map { [$0] } ?? [] }

    mutating func giveUp(_ id: Int) -> [Int]? {
        tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { _ in [] }
    }

    mutating func setLimit(_ limit: Int) -> [Int] { [] }
}

/// A limiter with one of its guards taken out: the negative control of the proof.
struct FaultyLimiter: PermitMachine {
    enum Fault: CaseIterable, Sendable {
        /// Frees the permit first and leaves the taking to whom it wakes, so that a newcomer may come between.
        case freesFirst
        /// Cancels also who has been granted meanwhile, whose permit is then nobody's.
        case cancelsTheGranted
        /// Does not look at the line after its head has left it.
        case forgetsTheLineOnCancel
        /// Serves the line from its end.
        case servesTheLast
        /// Lets a light newcomer past a heavy waiter.
        case letsLightOnesPass
        /// Does not look at the line when the limit is raised.
        case forgetsTheLineOnResize
    }

    let fault: Fault
    private var limit: Int
    private(set) var active = 0
    private var line: [(id: Int, weight: Int)] = []
    private var weights: [Int: Int] = [:]

    init(limit: Int, fault: Fault) {
        self.limit = limit
        self.fault = fault
    }

    var waiting: Int { line.count }

    mutating func tryAcquire(_ id: Int, weight: Int) -> Bool {
        guard line.isEmpty || fault == .letsLightOnesPass || fault == .freesFirst, fits(weight) else { return false }
        active += weight
        weights[id] = weight
        return true
    }

    mutating func acquire(_ id: Int, weight: Int) -> Bool {
        if tryAcquire(id, weight: weight) { return true }
        line.append((id, weight))
        return false
    }

    mutating func release(_ id: Int, weight: Int) -> [Int] {
        active -= weight
        return fault == .freesFirst ? [] : settle()
    }

    mutating func giveUp(_ id: Int) -> [Int]? {
        if let index = line.firstIndex(where: { $0.id == id }) {
            line.remove(at: index)
            return fault == .forgetsTheLineOnCancel ? [] : settle()
        }
        return fault == .cancelsTheGranted && weights[id] != nil ? [] : nil
    }

    mutating func setLimit(_ limit: Int) -> [Int] {
        self.limit = limit
        return fault == .forgetsTheLineOnResize ? [] : settle()
    }

    private func fits(_ weight: Int) -> Bool { limit > 0 && active + min(weight, limit) <= limit }

    private mutating func settle() -> [Int] {
        var granted: [Int] = []
        while let next = fault == .servesTheLast ? line.last : line.first, fits(next.weight) {
            line.removeAll { $0.id == next.id }
            active += next.weight
            weights[next.id] = next.weight
            granted.append(next.id)
        }
        return granted
    }
}
