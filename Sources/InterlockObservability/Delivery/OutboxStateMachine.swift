import InterlockConcurrency

/// What waits to be sent, what is being sent, and when to send next. One batch is on its way at a time.
struct OutboxStateMachine<Item> {
    enum Step {
        /// Send these, then say how it went.
        case deliver([Item])
        /// There is nothing to do before this time.
        case wait(until: MonotonicTime)
        /// All is sent and nothing will come.
        case stop
    }

    private enum Phase {
        case open, draining, closed
    }

    private let capacity: Int
    private let batchSize: Int
    private let interval: Duration
    private var queue: RingBuffer<Item>
    private var phase = Phase.open
    /// Since when the first of the queue waits, as far as the sender has noticed.
    private var waitingSince: MonotonicTime?
    private var mustFlush = false
    private var inFlight = 0
    private var offered = 0
    private var delivered = 0
    private var dropped = 0
    private var lost = 0

    init(capacity: Int, batchSize: Int, interval: Duration) {
        self.capacity = capacity
        self.batchSize = batchSize
        self.interval = interval
        queue = RingBuffer(capacity: capacity)
    }

    var snapshot: OutboxSnapshot {
        OutboxSnapshot(offered: offered, waiting: queue.count, inFlight: inFlight, delivered: delivered, dropped: dropped, lost: lost)
    }

    /// Takes a thing in; says whether it was taken and whether the sender must be woken.
    mutating func offer(_ item: Item) -> (isAccepted: Bool, wakes: Bool) {
        offered += 1
        guard phase == .open, queue.count < capacity else {
            dropped += 1
            return (false, false)
        }
        queue.append(item)
        return (true, queue.count == 1 || queue.count == batchSize)
    }

    /// What waits now is to be sent without waiting for more.
    mutating func flush() { mustFlush = !queue.isEmpty }

    /// Takes nothing more; what waits is to be sent at once.
    mutating func drain() {
        if phase == .open { phase = .draining }
    }

    mutating func next(now: MonotonicTime) -> Step {
        precondition(inFlight == 0, "the last batch has not come back")
        guard !queue.isEmpty else {
            (mustFlush, waitingSince) = (false, nil)
            return phase == .open ? .wait(until: .distantFuture) : .stop
        }
        let since = waitingSince ?? now
        waitingSince = since
        guard mustFlush || phase != .open || queue.count >= batchSize || now - since >= interval else { return .wait(until: since + interval) }
        var batch: [Item] = []
        while batch.count < batchSize, let item = queue.popFirst() { batch.append(item) }
        inFlight = batch.count
        waitingSince = queue.isEmpty ? nil : now
        if queue.isEmpty { mustFlush = false }
        return .deliver(batch)
    }

    /// The batch has come back.
    mutating func settle(isDelivered: Bool) {
        if isDelivered { delivered += inFlight } else { lost += inFlight }
        inFlight = 0
    }

    /// Gives up everything and stays closed; returns how much waited or was on its way.
    mutating func close() -> Int {
        let rest = queue.count + inFlight
        phase = .closed
        lost += rest
        inFlight = 0
        queue.removeAll()
        return rest
    }
}
