import InterlockConcurrency

/// What became of a caller that asked a machine under proof for its one permit.
enum LineOutcome: Equatable {
    case granted
    case queued(evicted: Int?, granted: [Int])
    case refused
}

/// A machine with one permit, as the proofs of its line see it. Callers are numbers; so are the keys between which it is fair.
protocol LineMachine {
    init(_ queue: QueueConfiguration)
    mutating func acquire(_ id: Int, for key: Int32, deadline: MonotonicTime?) -> LineOutcome
    /// Gives the permit back; returns who has it now.
    mutating func release(_ id: Int) -> [Int]
    /// Takes a caller out of the line; returns who goes on by it, `nil` when it does not wait.
    mutating func giveUp(_ id: Int) -> [Int]?
    mutating func setQueueDepth(_ depth: Int)
    var waiting: Int { get }
    /// Whether the newest first means the newest of all from the moment the line was full.
    static var servesNewestAtOnce: Bool { get }
}

extension LineMachine {
    static var servesNewestAtOnce: Bool { true }
}

struct MutexLine: LineMachine {
    private var machine: AsyncMutexStateMachine<Int>
    private var tickets: [Int: AsyncMutexStateMachine<Int>.Ticket] = [:]

    init(_ queue: QueueConfiguration) { machine = AsyncMutexStateMachine(queue: queue) }

    mutating func acquire(_ id: Int, for key: Int32, deadline: MonotonicTime?) -> LineOutcome {
        switch machine.lock(id, by: key, Patience(now: .zero, deadline: deadline)) {
        case .granted: return .granted
        case .refused: return .refused
        case .queued(let ticket, let evicted):
            tickets[id] = ticket
            return .queued(evicted: evicted, granted: [])
        }
    }

    mutating func release(_ id: Int) -> [Int] {
        if case .handedOver(let next) = machine.unlock() { [next] } else { [] }
    }

    mutating func giveUp(_ id: Int) -> [Int]? {
        tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { _ in [] }
    }

    mutating func setQueueDepth(_ depth: Int) { machine.setQueueDepth(depth) }
    var waiting: Int { machine.waiting }
}

struct SemaphoreLine: LineMachine {
    private var machine: AsyncSemaphoreStateMachine<Int>
    private var tickets: [Int: AsyncSemaphoreStateMachine<Int>.Ticket] = [:]

    init(_ queue: QueueConfiguration) { machine = AsyncSemaphoreStateMachine(permits: 1, queue: queue) }

    mutating func acquire(_ id: Int, for key: Int32, deadline: MonotonicTime?) -> LineOutcome {
        switch machine.acquire(id, 1, priority: .normal, for: key, Patience(now: .zero, deadline: deadline)) {
        case .granted: return .granted
        case .refused: return .refused
        case .queued(let ticket, let evicted, let granted):
            tickets[id] = ticket
            return .queued(evicted: evicted, granted: granted)
        }
    }

    mutating func release(_ id: Int) -> [Int] { machine.release(1)?.granted ?? [] }

    mutating func giveUp(_ id: Int) -> [Int]? {
        tickets[id].flatMap { machine.giveUp($0, .cancelled) }?.effects.granted
    }

    mutating func setQueueDepth(_ depth: Int) { machine.setQueueDepth(depth) }
    var waiting: Int { machine.waiting }
}

/// All callers want the same key.
struct KeyedMutexLine: LineMachine {
    private var machine: KeyedMutexStateMachine<Int>
    private var tickets: [Int: KeyedMutexStateMachine<Int>.Ticket] = [:]

    init(_ queue: QueueConfiguration) { machine = KeyedMutexStateMachine(queue: queue) }

    mutating func acquire(_ id: Int, for key: Int32, deadline: MonotonicTime?) -> LineOutcome {
        switch machine.lock(id, [Int32(7)], by: key, Patience(now: .zero, deadline: deadline)) {
        case .granted(let ticket):
            tickets[id] = ticket
            return .granted
        case .refused: return .refused
        case .queued(let ticket, let evicted, let granted):
            tickets[id] = ticket
            return .queued(evicted: evicted, granted: granted)
        }
    }

    mutating func release(_ id: Int) -> [Int] { tickets[id].map { machine.unlock($0).granted } ?? [] }

    mutating func giveUp(_ id: Int) -> [Int]? {
        tickets[id].flatMap { machine.giveUp($0, .cancelled) }?.effects.granted
    }

    mutating func setQueueDepth(_ depth: Int) { machine.setQueueDepth(depth) }
    var waiting: Int { machine.waiting }
    /// Who is next in line for the key stays so.
    static var servesNewestAtOnce: Bool { false }
}

struct ResourcePoolLine: LineMachine {
    private typealias Machine = ResourcePoolStateMachine<Int, Int>

    private var machine: Machine
    private var tickets: [Int: Machine.Ticket] = [:]
    private var lease = 0

    init(_ queue: QueueConfiguration) { machine = Machine(.init(maximum: 1, idleLifetime: nil, validateAfter: nil, queue: queue)) }

    mutating func acquire(_ id: Int, for key: Int32, deadline: MonotonicTime?) -> LineOutcome {
        switch machine.acquire(id, at: SourcePlace(file: "test", line: 1), for: key, Patience(now: .zero, deadline: deadline)) {
        case .granted(let granted):
            lease = granted.lease
            return .granted
        case .refused: return .refused
        case .queued(let ticket, let evicted):
            tickets[id] = ticket
            return .queued(evicted: evicted, granted: [])
        }
    }

    mutating func release(_ id: Int) -> [Int] { told(machine.giveBack(lease, 1, isUsable: true, now: .zero)) }

    mutating func giveUp(_ id: Int) -> [Int]? {
        tickets[id].flatMap { machine.giveUp($0, .cancelled, now: .zero) }.map { told($0.effects) }
    }

    private mutating func told(_ effects: Machine.Effects) -> [Int] {
        for (_, granted) in effects.granted { lease = granted.lease }
        return effects.granted.map(\.waiter)
    }

    mutating func setQueueDepth(_ depth: Int) { machine.setQueueDepth(depth) }
    var waiting: Int { machine.waiting }
}

/// The one permit is the one thread.
struct WorkerPoolLine: LineMachine {
    private typealias Machine = WorkerPoolStateMachine<Int, Int, Int>

    private var machine: Machine
    private var tickets: [Int: Machine.Ticket] = [:]

    init(_ queue: QueueConfiguration) {
        machine = Machine(threads: 1, queue: queue)
        _ = machine.startAll()
    }

    mutating func acquire(_ id: Int, for key: Int32, deadline: MonotonicTime?) -> LineOutcome {
        switch machine.submit(id, for: key, Patience(now: .zero, deadline: deadline)) {
        case .refused: return .refused
        case .queued(let ticket, let effect, let evicted):
            if effect == .wake(worker: 0) { return next() == [id] && evicted == nil ? .granted : .refused }
            tickets[id] = ticket
            return .queued(evicted: evicted, granted: [])
        }
    }

    mutating func release(_ id: Int) -> [Int] { next() }

    mutating func giveUp(_ id: Int) -> [Int]? {
        tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { _ in [] }
    }

    /// The worker asks for work.
    private mutating func next() -> [Int] {
        if case .run(.call(let id)) = machine.next(worker: 0, now: .zero).step { [id] } else { [] }
    }

    mutating func setQueueDepth(_ depth: Int) { machine.setQueueDepth(depth) }
    var waiting: Int { machine.queuedCalls }
}
