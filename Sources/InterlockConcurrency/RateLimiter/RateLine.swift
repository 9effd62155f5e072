/// The callers of a rate limiter that have an instant reserved and wait for it: a bounded set, since each keeps its own timer.
struct RateLine<Key: Hashable & Sendable>: Sendable {
    typealias Cell = Waiter<AcquireError?>

    /// Whoever waits, and what comes back when it leaves.
    struct Seat: Sendable {
        let waiter: Cell
        let key: Key
        let cost: Int
    }

    typealias Ticket = WaitingLines<Seat>.Ticket

    enum Joining {
        /// `evicted` had to leave for it.
        case queued(Ticket, evicted: Seat?)
        case queueFull
        case shutDown
    }

    private var seats: WaitingLines<Seat>
    private var lines = KeyTable<Key>()
    private var closing = Closing<Cell>()
    private(set) var turnedAway = 0
    private(set) var cancelled = 0
    private(set) var peakWaiting = 0
    private(set) var waits = DurationHistogram()

    init(_ queue: QueueConfiguration) {
        seats = WaitingLines(queue)
    }

    var count: Int { seats.count }
    var depth: Int { seats.depth }
    var isOpen: Bool { closing.isOpen }

    /// Changes how many may wait; who waits already stays.
    mutating func setDepth(_ depth: Int) {
        seats.setDepth(depth)
    }

    /// Waits, unless the limiter takes nobody new, or too many wait and the policy refuses the newcomer.
    mutating func join(_ seat: Seat, deadline: MonotonicTime?) -> Joining {
        guard closing.isOpen else {
            turnedAway += 1
            return .shutDown
        }
        guard let (ticket, evicted) = seats.join(seat, key: lines.retain(seat.key), deadline: deadline) else {
            lines.release(seat.key)
            turnedAway += 1
            return .queueFull
        }
        if let evicted {
            lines.release(evicted.key)
            turnedAway += 1
        }
        peakWaiting = max(peakWaiting, seats.count)
        return .queued(ticket, evicted: evicted)
    }

    /// The instant of a waiter has come; `nil` when it has left.
    mutating func arrive(_ ticket: Ticket, waited: Duration) -> (waiter: Cell, drained: [Cell])? {
        guard let seat = remove(ticket) else { return nil }
        waits.record(waited)
        return (seat.waiter, closing.drained(isIdle: seats.isEmpty))
    }

    /// A waiter was cancelled; `nil` when it has been told by now.
    ///
    /// - Returns: who it was, and whether nobody of its key has a later instant.
    mutating func leave(_ ticket: Ticket) -> (seat: Seat, wasLast: Bool, drained: [Cell])? {
        let wasLast = seats.isLast(ticket)
        guard let seat = remove(ticket) else { return nil }
        cancelled += 1
        return (seat, wasLast, closing.drained(isIdle: seats.isEmpty))
    }

    /// Takes nobody new.
    mutating func close() {
        closing.close()
    }

    /// Takes nobody new, and returns all who wait and all who watch.
    mutating func shutDown() -> (refused: [Cell], drained: [Cell]) {
        closing.close()
        let refused = seats.removeAll().map(\.waiter)
        lines = KeyTable()
        turnedAway += refused.count
        return (refused, closing.drained(isIdle: true))
    }

    /// Waits for the moment when nobody waits; `nil` when it is now.
    mutating func watch(_ watcher: Cell) -> WaiterQueue<Cell>.Ticket? {
        closing.watch(watcher, isIdle: seats.isEmpty)
    }

    mutating func unwatch(_ ticket: WaiterQueue<Cell>.Ticket) -> Cell? {
        closing.unwatch(ticket)
    }

    private mutating func remove(_ ticket: Ticket) -> Seat? {
        let seat = seats.remove(ticket)
        if let seat { lines.release(seat.key) }
        return seat
    }
}
