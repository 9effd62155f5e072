import InterlockConcurrency

/// What a state machine that can be drained and shut down looks like to the proof of how it closes. Everybody wants one permit, or one key.
protocol ClosingMachine {
    /// Takes a permit at once (`true`), joins the line (`false`), or is refused (`nil`).
    mutating func acquire(_ id: Int) -> Bool?
    mutating func release(_ id: Int) -> Told
    /// Takes a waiter out of the line; `nil` when it was too late.
    mutating func giveUp(_ id: Int) -> Told?
    mutating func startDraining() -> Told
    mutating func shutDown() -> Told
    /// Waits until it is idle; `false` when it is.
    mutating func watchIdle(_ id: Int) -> Bool
    /// Waits no longer; `false` when it was too late.
    mutating func unwatchIdle(_ id: Int) -> Bool
}

/// Who was told what by one transition.
struct Told: Equatable {
    var granted: [Int] = []
    var refused: [Int] = []
    var drained: [Int] = []

    init(granted: [Int] = [], refused: [Int] = [], drained: [Int] = []) {
        (self.granted, self.refused, self.drained) = (granted, refused, drained)
    }

    init(_ settlement: Settlement<Int>?) {
        self.init(granted: settlement?.granted ?? [], refused: settlement?.refused ?? [], drained: settlement?.drained ?? [])
    }
}

struct ClosingMutex: ClosingMachine {
    private var machine = AsyncMutexStateMachine<Int>(queue: .init(depth: 4))
    private var tickets: [Int: AsyncMutexStateMachine<Int>.Ticket] = [:]
    private var watchers: [Int: WaiterQueue<Int>.Ticket] = [:]

    mutating func acquire(_ id: Int) -> Bool? {
        switch machine.lock(id, Patience(now: .zero)) {
        case .granted: return true
        case .refused: return nil
        case .queued(let ticket, _):
            tickets[id] = ticket
            return false
        }
    }

    mutating func release(_ id: Int) -> Told {
        switch machine.unlock() {
        case .free: Told()
        case .handedOver(let next): Told(granted: [next])
        case .drained(let watchers): Told(drained: watchers)
        }
    }

    mutating func giveUp(_ id: Int) -> Told? { tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { _ in Told() } }

    mutating func startDraining() -> Told {
        machine.startDraining()
        return Told()
    }

    mutating func shutDown() -> Told { Told(refused: machine.shutDown()) }

    mutating func watchIdle(_ id: Int) -> Bool {
        watchers[id] = machine.watchIdle(id)
        return watchers[id] != nil
    }

    mutating func unwatchIdle(_ id: Int) -> Bool { watchers[id].flatMap { machine.unwatchIdle($0) } != nil }
}

/// All callers want the same key.
struct ClosingKeyedMutex: ClosingMachine {
    private var machine = KeyedMutexStateMachine<Int>(queue: .init(depth: 4))
    private var tickets: [Int: KeyedMutexStateMachine<Int>.Ticket] = [:]
    private var watchers: [Int: WaiterQueue<Int>.Ticket] = [:]

    mutating func acquire(_ id: Int) -> Bool? {
        switch machine.lock(id, [1, 2], Patience(now: .zero)) {
        case .refused: return nil
        case .granted(let ticket):
            tickets[id] = ticket
            return true
        case .queued(let ticket, _, _):
            tickets[id] = ticket
            return false
        }
    }

    mutating func release(_ id: Int) -> Told { Told(tickets[id].map { machine.unlock($0) }) }
    mutating func giveUp(_ id: Int) -> Told? { tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { Told($0.effects) } }
    mutating func startDraining() -> Told { Told(machine.startDraining()) }
    mutating func shutDown() -> Told { Told(machine.shutDown()) }

    mutating func watchIdle(_ id: Int) -> Bool {
        watchers[id] = machine.watchIdle(id)
        return watchers[id] != nil
    }

    mutating func unwatchIdle(_ id: Int) -> Bool { watchers[id].flatMap { machine.unwatchIdle($0) } != nil }
}

struct ClosingLimiter: ClosingMachine {
    private var machine = LimiterStateMachine<Int>(limit: 1, queue: .init(depth: 4))
    private var tickets: [Int: LimiterStateMachine<Int>.Ticket] = [:]
    private var watchers: [Int: WaiterQueue<Int>.Ticket] = [:]

    mutating func acquire(_ id: Int) -> Bool? {
        switch machine.acquire(id, weight: 1, Patience(now: .zero)) {
        case .granted: return true
        case .refused: return nil
        case .queued(let ticket, _, _):
            tickets[id] = ticket
            return false
        }
    }

    mutating func release(_ id: Int) -> Told { Told(machine.release(weight: 1)) }
    mutating func giveUp(_ id: Int) -> Told? { tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { Told($0.effects) } }
    mutating func startDraining() -> Told { Told(machine.startDraining()) }
    mutating func shutDown() -> Told { Told(machine.shutDown()) }

    mutating func watchIdle(_ id: Int) -> Bool {
        watchers[id] = machine.watchIdle(id)
        return watchers[id] != nil
    }

    mutating func unwatchIdle(_ id: Int) -> Bool { watchers[id].flatMap { machine.unwatchIdle($0) } != nil }
}

struct ClosingSemaphore: ClosingMachine {
    private var machine = AsyncSemaphoreStateMachine<Int>(permits: 1, queue: .init(depth: 4))
    private var tickets: [Int: AsyncSemaphoreStateMachine<Int>.Ticket] = [:]
    private var watchers: [Int: WaiterQueue<Int>.Ticket] = [:]

    mutating func acquire(_ id: Int) -> Bool? {
        switch machine.acquire(id, 1, priority: .normal, Patience(now: .zero)) {
        case .granted: return true
        case .refused: return nil
        case .queued(let ticket, _, _):
            tickets[id] = ticket
            return false
        }
    }

    mutating func release(_ id: Int) -> Told { Told(machine.release(1)) }
    mutating func giveUp(_ id: Int) -> Told? { tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { Told($0.effects) } }
    mutating func startDraining() -> Told { Told(machine.startDraining()) }
    mutating func shutDown() -> Told { Told(machine.shutDown()) }

    mutating func watchIdle(_ id: Int) -> Bool {
        watchers[id] = machine.watchIdle(id)
        return watchers[id] != nil
    }

    mutating func unwatchIdle(_ id: Int) -> Bool { watchers[id].flatMap { machine.unwatchIdle($0) } != nil }
}

/// A mutex with one of its guards taken out: the negative control of the proof.
struct FaultyClosing: ClosingMachine {
    enum Fault: CaseIterable, Sendable {
        /// Lets newcomers in after it has closed.
        case letsNewcomersIn
        /// Tells who waits for idleness as soon as the line is empty, although somebody is inside.
        case ignoresTheHolder
        /// Tells nobody when the last one leaves.
        case forgetsTheWatchers
        /// Leaves who waits in the line when it shuts down.
        case leavesTheLine
    }

    let fault: Fault
    private var holder: Int?
    private var line: [Int] = []
    private var watchers: [Int] = []
    private var isOpen = true

    init(_ fault: Fault) {
        self.fault = fault
    }

    mutating func acquire(_ id: Int) -> Bool? {
        if !isOpen, fault != .letsNewcomersIn { return nil }
        if holder == nil {
            holder = id
            return true
        }
        if line.count >= 4 { return nil }
        line.append(id)
        return false
    }

    mutating func release(_ id: Int) -> Told {
        holder = line.isEmpty ? nil : line.removeFirst()
        return Told(granted: holder.map { [$0] } ?? [], drained: takeWatchers())
    }

    mutating func giveUp(_ id: Int) -> Told? {
        guard let index = line.firstIndex(of: id) else { return nil }
        line.remove(at: index)
        return Told(drained: takeWatchers())
    }

    mutating func startDraining() -> Told {
        isOpen = false
        return Told(drained: takeWatchers())
    }

    mutating func shutDown() -> Told {
        isOpen = false
        if fault == .leavesTheLine { return Told(drained: takeWatchers()) }
        let refused = line
        line = []
        return Told(refused: refused, drained: takeWatchers())
    }

    mutating func watchIdle(_ id: Int) -> Bool {
        if holder == nil { return false }
        watchers.append(id)
        return true
    }

    mutating func unwatchIdle(_ id: Int) -> Bool {
        guard let index = watchers.firstIndex(of: id) else { return false }
        watchers.remove(at: index)
        return true
    }

    private mutating func takeWatchers() -> [Int] {
        guard !isOpen, fault != .forgetsTheWatchers, line.isEmpty, holder == nil || fault == .ignoresTheHolder else { return [] }
        defer { watchers = [] }
        return watchers
    }
}
