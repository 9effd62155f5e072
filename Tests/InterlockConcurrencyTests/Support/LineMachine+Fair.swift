import InterlockConcurrency

struct FairLimiterLine: LineMachine {
    private var machine: FairLimiterStateMachine<Int>
    private var tickets: [Int: FairLimiterStateMachine<Int>.Ticket] = [:]
    private var slot: PermitTable.Slot?

    init(_ queue: QueueConfiguration) { machine = FairLimiterStateMachine(limit: 1, queue: queue) }

    mutating func acquire(_ id: Int, for key: Int32, deadline: MonotonicTime?) -> LineOutcome {
        switch machine.acquire(id, for: key, Patience(now: .zero, deadline: deadline)) {
        case .granted(let granted):
            slot = granted
            return .granted
        case .refused: return .refused
        case .queued(let ticket, let evicted):
            tickets[id] = ticket
            return .queued(evicted: evicted, granted: [])
        }
    }

    mutating func release(_ id: Int) -> [Int] {
        let grants = slot.map { machine.release($0) } ?? []
        slot = grants.first?.slot
        return grants.map(\.waiter)
    }

    mutating func giveUp(_ id: Int) -> [Int]? { tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { _ in [] } }
    mutating func setQueueDepth(_ depth: Int) { machine.setQueueDepth(depth) }
    var waiting: Int { machine.waiting }
}

/// All callers are of one group.
struct GroupLimiterLine: LineMachine {
    private var machine: GroupLimiterStateMachine<Int>
    private let group: GroupNumber
    private var tickets: [Int: GroupLimiterStateMachine<Int>.Ticket] = [:]
    private var slot: PermitTable.Slot?

    init(_ queue: QueueConfiguration) {
        machine = GroupLimiterStateMachine(limit: 1, queue: queue)
        group = machine.openGroup(weight: 3, limit: nil)
    }

    mutating func acquire(_ id: Int, for key: Int32, deadline: MonotonicTime?) -> LineOutcome {
        switch machine.acquire(id, for: key, of: group, Patience(now: .zero, deadline: deadline)) {
        case .granted(let granted):
            slot = granted
            return .granted
        case .refused: return .refused
        case .queued(let ticket, let evicted):
            tickets[id] = ticket
            return .queued(evicted: evicted, granted: [])
        }
    }

    mutating func release(_ id: Int) -> [Int] {
        let grants = slot.map { machine.release($0, of: group) } ?? []
        slot = grants.first?.slot
        return grants.map(\.waiter)
    }

    mutating func giveUp(_ id: Int) -> [Int]? { tickets[id].flatMap { machine.giveUp($0, .cancelled) }.map { _ in [] } }
    mutating func setQueueDepth(_ depth: Int) { machine.setQueueDepth(depth) }
    var waiting: Int { machine.waiting }
}
