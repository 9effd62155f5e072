/// Who holds an asynchronous lock and who stands in line for it.
///
/// The lock is never free while somebody waits: leaving makes the first waiter the holder in the same transition, so
/// nobody who comes later can slip in between.
package struct AsyncMutexStateMachine<W> {
    package typealias Ticket = WaiterQueue<W>.Ticket

    package enum Acquisition {
        case granted
        case queued(Ticket)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    /// What becomes of a lock that its holder leaves.
    package enum Departure {
        case free
        /// The first in line holds it now, and is to be told so.
        case handedOver(W)
        /// Nobody will hold it again; they waited for that.
        case drained([W])
    }

    package private(set) var isHeld = false
    private var queue = WaiterQueue<W>()
    private var closing = Closing<W>()
    private var pace = QueuePace()
    private let queueDepth: Int
    private(set) var counters = WaitCounters()

    package init(queueDepth: Int) {
        self.queueDepth = queueDepth
    }

    package var waiting: Int { queue.count }

    /// Takes the lock if it is free.
    package mutating func tryLock() -> Bool {
        guard !isHeld, closing.isOpen else { return false }
        isHeld = true
        counters.granted += 1
        return true
    }

    /// Takes the lock or joins the line.
    package mutating func lock(_ waiter: @autoclosure () -> W, _ patience: Patience) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if !closing.isOpen { return refuse(.shutDown, patience) }
        if tryLock() { return .granted }
        if let code = patience.refusal { return refuse(code, patience) }
        if queue.count >= queueDepth { return refuse(.queueFull, patience) }
        if queue.isEmpty { pace.start(now: patience.now) }
        let ticket = queue.append(waiter())
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        return .queued(ticket)
    }

    /// Leaves the lock, to the first in line if somebody waits.
    package mutating func unlock() -> Departure {
        precondition(isHeld, "a lock was left that nobody held")
        guard let next = queue.popFirst() else {
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
    package mutating func watchIdle(_ waiter: W) -> Ticket? {
        closing.watch(waiter, isIdle: !isHeld)
    }

    package mutating func unwatchIdle(_ ticket: Ticket) -> W? {
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
        let retryAfter = code == .queueFull ? pace.timeToDrain(queue.count, now: patience.now) : nil
        return .refused(code, retryAfter: retryAfter)
    }
}

extension AsyncMutexStateMachine: Sendable where W: Sendable {}
