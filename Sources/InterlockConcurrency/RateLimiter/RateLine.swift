/// The callers of a rate limiter that have an instant reserved and wait for it: a bounded set, since each keeps its own timer.
struct RateLine: Sendable {
    typealias Cell = Waiter<AcquireError?>
    typealias Ticket = WaiterQueue<Cell>.Ticket

    enum Joining {
        case queued(Ticket)
        case queueFull
        case shutDown
    }

    private var waiters = WaiterQueue<Cell>()
    private var closing = Closing<Cell>()
    let depth: Int
    private(set) var turnedAway = 0
    private(set) var cancelled = 0
    private(set) var waits = DurationHistogram()

    init(depth: Int) {
        self.depth = max(0, depth)
    }

    var count: Int { waiters.count }
    var isOpen: Bool { closing.isOpen }

    /// Waits, unless too many do or the limiter takes nobody new.
    mutating func join(_ waiter: Cell) -> Joining {
        guard closing.isOpen else {
            turnedAway += 1
            return .shutDown
        }
        guard waiters.count < depth else {
            turnedAway += 1
            return .queueFull
        }
        return .queued(waiters.append(waiter))
    }

    /// The instant of a waiter has come; `nil` when it has left.
    mutating func arrive(_ ticket: Ticket, waited: Duration) -> (waiter: Cell, drained: [Cell])? {
        guard let waiter = waiters.remove(ticket) else { return nil }
        waits.record(waited)
        return (waiter, closing.drained(isIdle: waiters.isEmpty))
    }

    /// A waiter was cancelled; `nil` when it has been told by now.
    mutating func leave(_ ticket: Ticket) -> (waiter: Cell, drained: [Cell])? {
        guard let waiter = waiters.remove(ticket) else { return nil }
        cancelled += 1
        return (waiter, closing.drained(isIdle: waiters.isEmpty))
    }

    /// Takes nobody new.
    mutating func close() {
        closing.close()
    }

    /// Takes nobody new, and returns all who wait and all who watch.
    mutating func shutDown() -> (refused: [Cell], drained: [Cell]) {
        closing.close()
        let refused = waiters.removeAll()
        turnedAway += refused.count
        return (refused, closing.drained(isIdle: true))
    }

    /// Waits for the moment when nobody waits; `nil` when it is now.
    mutating func watch(_ watcher: Cell) -> Ticket? {
        closing.watch(watcher, isIdle: waiters.isEmpty)
    }

    mutating func unwatch(_ ticket: Ticket) -> Cell? {
        closing.unwatch(ticket)
    }
}
