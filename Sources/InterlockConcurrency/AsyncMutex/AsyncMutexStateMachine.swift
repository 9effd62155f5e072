/// Who holds an asynchronous lock and who stands in line for it.
///
/// The lock is never free while somebody waits: leaving makes the first waiter the holder in the same transition, so
/// nobody who comes later can slip in between.
package struct AsyncMutexStateMachine<W> {
    package typealias Ticket = WaiterQueue<W>.Ticket

    package enum Acquisition {
        case granted
        case queued(Ticket)
        case refused(AcquireError.Code)
    }

    package private(set) var isHeld = false
    private var queue = WaiterQueue<W>()
    private let queueDepth: Int
    private(set) var counters = WaitCounters()

    package init(queueDepth: Int) {
        self.queueDepth = queueDepth
    }

    package var waiting: Int { queue.count }

    /// Takes the lock if it is free.
    package mutating func tryLock() -> Bool {
        guard !isHeld else { return false }
        isHeld = true
        counters.granted += 1
        return true
    }

    /// Takes the lock or joins the line.
    package mutating func lock(_ waiter: @autoclosure () -> W, _ patience: Patience) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled) }
        if tryLock() { return .granted }
        if let code = patience.refusal { return refuse(code) }
        if queue.count >= queueDepth { return refuse(.queueFull) }
        let ticket = queue.append(waiter())
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        return .queued(ticket)
    }

    /// Leaves the lock. Returns the next holder, to be told so.
    package mutating func unlock() -> W? {
        precondition(isHeld, "a lock was left that nobody held")
        guard let next = queue.popFirst() else {
            isHeld = false
            return nil
        }
        counters.granted += 1
        counters.waited += 1
        return next
    }

    /// Takes a waiter out of the line; `nil` when it holds the lock by now.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> W? {
        guard let waiter = queue.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return waiter
    }

    /// Somebody who stood in line is inside now.
    package mutating func recordWait(_ duration: Duration) {
        counters.waits.record(duration)
    }

    private mutating func refuse(_ code: AcquireError.Code) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code)
    }
}

extension AsyncMutexStateMachine: Sendable where W: Sendable {}
