import InterlockConcurrency

/// A semaphore with priorities, keys, weights and a bound, as the proof sees it. Callers are numbers.
protocol BoundedSemaphore {
    mutating func tryAcquire(_ id: Int, _ count: Int, _ priority: Int) -> SemaphoreAnswer
    mutating func acquire(_ id: Int, _ count: Int, _ priority: Int, _ key: Int32, _ due: MonotonicTime?) -> SemaphoreAnswer
    mutating func release(_ count: Int) -> SemaphoreAnswer
    mutating func giveUp(_ id: Int) -> SemaphoreAnswer
    mutating func setPermits(_ permits: Int) -> SemaphoreAnswer
    mutating func setDepth(_ depth: Int)
    mutating func cancelAll() -> SemaphoreAnswer
    var active: Int { get }
    var waiting: Int { get }
}

/// The machine of an ``AsyncSemaphore``.
struct MachineSemaphore: BoundedSemaphore {
    private var machine: AsyncSemaphoreStateMachine<Int>
    private var tickets: [Int: AsyncSemaphoreStateMachine<Int>.Ticket] = [:]

    init(permits: Int, queue: QueueConfiguration) { machine = AsyncSemaphoreStateMachine(permits: permits, queue: queue) }

    var active: Int { machine.active }
    var waiting: Int { machine.waiting }

    mutating func tryAcquire(_ id: Int, _ count: Int, _ priority: Int) -> SemaphoreAnswer {
        SemaphoreAnswer(own: machine.tryAcquire(count, priority: .init(rawValue: priority)) ? .granted : .refused)
    }

    mutating func acquire(_ id: Int, _ count: Int, _ priority: Int, _ key: Int32, _ due: MonotonicTime?) -> SemaphoreAnswer {
        switch machine.acquire(id, count, priority: .init(rawValue: priority), for: key, Patience(now: .zero, deadline: due)) {
        case .granted: return SemaphoreAnswer(own: .granted)
        case .refused: return SemaphoreAnswer(own: .refused)
        case .queued(let ticket, let evicted, let granted):
            tickets[id] = ticket
            return SemaphoreAnswer(own: .queued, evicted: evicted, told: granted)
        }
    }

    mutating func release(_ count: Int) -> SemaphoreAnswer { SemaphoreAnswer(told: machine.release(count)?.granted ?? []) }

    mutating func giveUp(_ id: Int) -> SemaphoreAnswer {
        guard let ticket = tickets[id], let left = machine.giveUp(ticket, .cancelled) else { return SemaphoreAnswer(own: .refused) }
        return SemaphoreAnswer(told: [left.waiter] + left.effects.granted)
    }

    mutating func setPermits(_ permits: Int) -> SemaphoreAnswer { SemaphoreAnswer(told: machine.setPermits(permits).granted) }
    mutating func setDepth(_ depth: Int) { machine.setQueueDepth(depth) }

    mutating func cancelAll() -> SemaphoreAnswer {
        let (removed, effects) = machine.cancelAll()
        return SemaphoreAnswer(told: removed + effects.granted)
    }
}
