/// Who holds an asynchronous lock and who stands in line for it.
///
/// The lock is never free while somebody waits: leaving makes whose turn is next the holder in the same transition, so
/// nobody who comes later can slip in between.
package struct AsyncMutexStateMachine<W> {
    package typealias Ticket = WaitingLines<W>.Ticket

    package enum Acquisition {
        case granted
        /// Joined the line; `evicted` had to leave it, as its policy says.
        case queued(Ticket, evicted: W?)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    /// What becomes of a lock that its holder leaves.
    package enum Departure {
        case free
        /// Whose turn is next holds it now, and is to be told so.
        case handedOver(W)
        /// Nobody will hold it again; they waited for that.
        case drained([W])
    }

    package private(set) var isHeld = false
    private var queue: WaitingLines<W>
    private var closing = Closing<W>()
    private var pace = QueuePace()
    private(set) var counters = WaitCounters()

    package init(queue: QueueConfiguration) {
        self.queue = WaitingLines(queue)
    }

    package var waiting: Int { queue.count }
    package var queueDepth: Int { queue.depth }

    /// When trying again makes sense, for who has to leave the line.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(queue.count, now: now) }

    /// Takes the lock if it is free.
    package mutating func tryLock() -> Bool {
        guard !isHeld, closing.isOpen else { return false }
        isHeld = true
        counters.granted += 1
        return true
    }

    /// Takes the lock or joins the line of `key`.
    package mutating func lock(
        _ waiter: @autoclosure () -> W, by key: Int32 = WaitingLines<W>.noKey, _ patience: Patience
    ) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if !closing.isOpen { return refuse(.shutDown, patience) }
        if tryLock() { return .granted }
        if let code = patience.refusal { return refuse(code, patience) }
        let isFirst = queue.isEmpty
        guard let (ticket, evicted) = queue.join(waiter(), key: key, deadline: patience.deadline) else { return refuse(.queueFull, patience) }
        if isFirst { pace.start(now: patience.now) }
        if evicted != nil { counters.countRefusal(.queueFull) }
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        return .queued(ticket, evicted: evicted)
    }

    /// Leaves the lock, to whose turn is next if somebody waits.
    package mutating func unlock() -> Departure {
        precondition(isHeld, "a lock was left that nobody held")
        guard let next = queue.popNext() else {
            isHeld = false
            return closing.isOpen ? .free : .drained(closing.drained(isIdle: true))
        }
        counters.granted += 1
        counters.waited += 1
        return .handedOver(next)
    }

    /// Takes a waiter out of the line; `nil` when it holds the lock by now.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> W? {
        guard let waiter = queue.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return waiter
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setQueueDepth(_ depth: Int) {
        queue.setDepth(depth)
    }

    /// Refuses newcomers from now on; who waits still gets its turn.
    package mutating func startDraining() {
        closing.close()
    }

    /// Refuses newcomers from now on, and returns all who wait, to be refused.
    package mutating func shutDown() -> [W] {
        closing.close()
        let refused = queue.removeAll()
        counters.refused += refused.count
        return refused
    }

    /// Waits for the moment when nobody holds the lock; `nil` when it is now. Nobody waits then.
    package mutating func watchIdle(_ waiter: W) -> WaiterQueue<W>.Ticket? {
        closing.watch(waiter, isIdle: !isHeld)
    }

    package mutating func unwatchIdle(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        closing.unwatch(ticket)
    }

    /// Somebody who stood in line is inside now.
    package mutating func recordWait(since start: MonotonicTime, now: MonotonicTime) {
        counters.waits.record(now - start)
        pace.countGrant(now: now)
    }

    /// The lock was held for so long.
    package mutating func recordRun(_ duration: Duration) {
        counters.runs.record(duration)
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }
}

extension AsyncMutexStateMachine: Sendable where W: Sendable {}
