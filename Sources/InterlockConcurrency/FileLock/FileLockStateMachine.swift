/// Who of this process holds a lock on a file, who waits for it, and whether a thread is trying to take it.
///
/// One attempt at a time: it may block for as long as another process holds the lock, and cannot be called off. So it is
/// made for whoever is first in line when it succeeds, and given back at once when nobody is there any more.
package struct FileLockStateMachine<W> {
    package struct Waiting {
        let waiter: W
        /// Whether somebody of this process stood before it.
        let isBehind: Bool
    }

    package typealias Ticket = WaiterQueue<Waiting>.Ticket

    package enum Acquisition {
        /// Joined the line; `attempt` says whether to start an attempt.
        case queued(Ticket, attempt: Bool)
        case refused(AcquireError.Code)
    }

    package enum AttemptEnd {
        /// This waiter holds the lock now; whether it had to wait for another caller or another process.
        case granted(W, hasWaited: Bool)
        /// Nobody waits: give the lock back to the system, then report ``didUnlock()``.
        case unlock
    }

    private enum State {
        case free, attempting, trying, held, unlocking
    }

    private var state = State.free
    /// The running attempt did not succeed at once: another process has the lock.
    private var isBlocked = false
    private var queue = WaiterQueue<Waiting>()
    private let queueDepth: Int
    private(set) var counters = WaitCounters()
    /// Callers who were told that the file could not be locked.
    private(set) var failed = 0

    package init(queueDepth: Int) {
        self.queueDepth = max(1, queueDepth)
    }

    package var isHeld: Bool { state == .held }
    package var waiting: Int { queue.count }

    /// Joins the line.
    package mutating func acquire(_ waiter: W, _ patience: Patience) -> Acquisition {
        if let code = patience.refusal { return refuse(code) }
        if queue.count >= queueDepth { return refuse(.queueFull) }
        let ticket = queue.append(Waiting(waiter: waiter, isBehind: state != .free))
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        return .queued(ticket, attempt: startAttempt())
    }

    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> W? {
        guard let waiting = queue.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return waiting.waiter
    }

    /// Takes the lock's place in this process for an attempt that does not wait; `false` when somebody has it or waits.
    package mutating func beginTry() -> Bool {
        guard state == .free, queue.isEmpty else { return false }
        state = .trying
        return true
    }

    /// The attempt that did not wait has ended. Returns whether to start an attempt for who came meanwhile.
    package mutating func endTry(hasLock: Bool) -> Bool {
        precondition(state == .trying, "an attempt has ended that nobody made")
        state = hasLock ? .held : .free
        if hasLock { counters.granted += 1 }
        return startAttempt()
    }

    /// An attempt that did not wait failed for good. Returns whether to start an attempt for who came meanwhile.
    package mutating func tryFailed() -> Bool {
        failed += 1
        return endTry(hasLock: false)
    }

    /// The attempt did not succeed at once, and goes on on a thread.
    package mutating func attemptBlocks() {
        isBlocked = true
    }

    /// The attempt has the lock.
    package mutating func attemptSucceeded() -> AttemptEnd {
        precondition(state == .attempting, "a lock was taken that nobody tried to take")
        guard let next = queue.popFirst() else {
            state = .unlocking
            return .unlock
        }
        let hasWaited = next.isBehind || isBlocked
        state = .held
        counters.granted += 1
        if hasWaited { counters.waited += 1 }
        return .granted(next.waiter, hasWaited: hasWaited)
    }

    /// The attempt failed for good. Returns everybody in line, to be told so.
    package mutating func attemptFailed() -> [W] {
        precondition(state == .attempting, "an attempt failed that nobody made")
        state = .free
        let told = queue.removeAll().map(\.waiter)
        failed += told.count
        return told
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
        isBlocked = false
        return true
    }

    private mutating func refuse(_ code: AcquireError.Code) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code)
    }
}

extension FileLockStateMachine: Sendable where W: Sendable {}
extension FileLockStateMachine.Waiting: Sendable where W: Sendable {}
