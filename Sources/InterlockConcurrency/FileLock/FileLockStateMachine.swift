/// Who of this process holds a lock on a file, who waits for it, and whether a thread is trying to take it.
///
/// One attempt at a time: it may block for as long as another process holds the lock, and cannot be called off. So it is
/// made for whoever is first in line when it succeeds, and given back at once when nobody is there any more.
package struct FileLockStateMachine<W> {
    package typealias Ticket = WaiterQueue<W>.Ticket

    package enum Acquisition {
        /// Joined the line; `attempt` says whether to start an attempt.
        case queued(Ticket, attempt: Bool)
        case refused(AcquireError.Code)
    }

    package enum AttemptEnd {
        /// This waiter holds the lock now.
        case granted(W)
        /// Nobody waits: give the lock back to the system, then report ``didUnlock()``.
        case unlock
    }

    private enum State {
        case free, attempting, held, unlocking
    }

    private var state = State.free
    private var queue = WaiterQueue<W>()
    private let queueDepth: Int
    private(set) var counters = WaitCounters()

    package init(queueDepth: Int) {
        self.queueDepth = max(1, queueDepth)
    }

    package var isHeld: Bool { state == .held }
    package var waiting: Int { queue.count }

    /// Joins the line.
    package mutating func acquire(_ waiter: W, _ patience: Patience) -> Acquisition {
        if let code = patience.refusal { return refuse(code) }
        if queue.count >= queueDepth { return refuse(.queueFull) }
        let ticket = queue.append(waiter)
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        return .queued(ticket, attempt: startAttempt())
    }

    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> W? {
        guard let waiter = queue.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return waiter
    }

    /// The attempt has the lock.
    package mutating func attemptSucceeded() -> AttemptEnd {
        precondition(state == .attempting, "a lock was taken that nobody tried to take")
        guard let next = queue.popFirst() else {
            state = .unlocking
            return .unlock
        }
        state = .held
        counters.granted += 1
        return .granted(next)
    }

    /// The attempt failed for good. Returns everybody in line, to be told so.
    package mutating func attemptFailed() -> [W] {
        precondition(state == .attempting, "an attempt failed that nobody made")
        state = .free
        return queue.removeAll()
    }

    /// The holder leaves; the lock is to be given back to the system.
    package mutating func release() {
        precondition(state == .held, "a lock was left that nobody held")
        state = .unlocking
    }

    /// The system has the lock back. Returns whether to start an attempt for who waits; other processes may come first.
    package mutating func didUnlock() -> Bool {
        precondition(state == .unlocking, "a lock was given back that nobody had")
        state = .free
        return startAttempt()
    }

    package mutating func recordWait(_ duration: Duration) {
        counters.waits.record(duration)
    }

    private mutating func startAttempt() -> Bool {
        guard state == .free, !queue.isEmpty else { return false }
        state = .attempting
        return true
    }

    private mutating func refuse(_ code: AcquireError.Code) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code)
    }
}

extension FileLockStateMachine: Sendable where W: Sendable {}
