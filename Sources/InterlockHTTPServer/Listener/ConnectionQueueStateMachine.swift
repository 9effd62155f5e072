import InterlockConcurrency

/// Who of the connections is served, who waits, and who is sent away. Pure: first come, first served.
struct ConnectionQueueStateMachine<Ticket: Hashable> {
    enum Arrival: Equatable {
        case admit, wait, refuse
    }

    private let limit: Int
    private let depth: Int
    private let patience: Duration
    private var served: Set<Ticket> = []
    private var queue: [Ticket: MonotonicTime] = [:]
    /// In order of arrival; tickets that have left the queue are skipped and, when they prevail, swept out.
    private var order: [Ticket] = []
    private var firstIndex = 0

    init(limit: Int, depth: Int, patience: Duration) {
        self.limit = limit
        self.depth = depth
        self.patience = patience
    }

    var servedCount: Int { served.count }
    var waitingCount: Int { queue.count }

    mutating func arrive(_ ticket: Ticket, now: MonotonicTime) -> Arrival {
        if served.count < limit && queue.isEmpty {
            served.insert(ticket)
            return .admit
        }
        guard queue.count < depth else { return .refuse }
        queue[ticket] = now + patience
        order.append(ticket)
        return .wait
    }

    /// A connection has ended, in whatever state it was. Returns the one that takes its place.
    mutating func leave(_ ticket: Ticket) -> Ticket? {
        if queue.removeValue(forKey: ticket) != nil {
            compact()
            return nil
        }
        guard served.remove(ticket) != nil else { return nil }
        return admitNext()
    }

    /// Takes out those whose patience has run out.
    mutating func expire(now: MonotonicTime) -> [Ticket] {
        takeOut { $0 <= now }
    }

    /// Takes out all who wait.
    mutating func refuseAll() -> [Ticket] {
        takeOut { _ in true }
    }

    private mutating func takeOut(_ isDue: (MonotonicTime) -> Bool) -> [Ticket] {
        var taken: [Ticket] = []
        for ticket in order[firstIndex...] {
            guard let deadline = queue[ticket] else { continue }
            guard isDue(deadline) else { break }
            queue[ticket] = nil
            taken.append(ticket)
        }
        compact()
        return taken
    }

    private mutating func admitNext() -> Ticket? {
        while firstIndex < order.count {
            let ticket = order[firstIndex]
            firstIndex += 1
            if queue.removeValue(forKey: ticket) != nil {
                served.insert(ticket)
                compact()
                return ticket
            }
        }
        compact()
        return nil
    }

    private mutating func compact() {
        guard order.count - firstIndex > 2 * queue.count + 16 || firstIndex > 64 else { return }
        order = order[firstIndex...].filter { queue[$0] != nil }
        firstIndex = 0
    }
}
