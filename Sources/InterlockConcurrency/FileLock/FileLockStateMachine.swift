/// Who of this process holds a lock on a file, who waits for it, and whether a thread is trying to take it.
///
/// One attempt at a time: it may block for as long as another process holds the lock, and cannot be called off. So it is
/// made for whoever's turn it is when it succeeds, and given back at once when nobody is there any more.
package struct FileLockStateMachine<W> {
    package struct Waiting {
        let waiter: W
        /// Whether somebody of this process stood before it.
        let isBehind: Bool
    }

    package typealias Ticket = WaitingLines<Waiting>.Ticket

    package enum Acquisition {
        /// Joined the line; `evicted` had to leave it, as its policy says. `attempt` says whether to start an attempt.
        case queued(Ticket, evicted: W?, attempt: Bool)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    package enum AttemptEnd {
        /// This waiter holds the lock now; whether it had to wait for another caller or another process.
        case granted(W, hasWaited: Bool)
        /// Nobody waits: give the lock back to the system, then report ``didUnlock()``.
        case unlock
    }

    /// What is to be done after a transition that left the lock free.
    package struct Effects {
        /// Whether to start an attempt for who waits.
        package var attempt = false
        /// Who waited for the lock to run empty, and it has.
        package var drained: [W] = []
    }

    private enum State {
        case free, attempting, trying, held, unlocking
    }

    private var state = State.free
    /// The running attempt did not succeed at once: another process has the lock.
    private var isHeldUp = false
    private var heldSince = MonotonicTime.zero
    private var queue: WaitingLines<Waiting>
    private var closing = Closing<W>()
    private var pace = QueuePace()
    private(set) var counters = WaitCounters()
    /// Callers who were told that the file could not be locked.
    private(set) var failed = 0

    package init(queue: QueueConfiguration) {
        self.queue = WaitingLines(queue)
    }

    package var isHeld: Bool { state == .held }
    package var waiting: Int { queue.count }
    package var queueDepth: Int { queue.depth }

    /// Whether a thread waits for another process to let go of the lock.
    package var isBlocked: Bool { state == .attempting && isHeldUp }

    /// When trying again makes sense, for who has to leave the line.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(queue.count, now: now) }

    /// Joins the line; one without places still lets in who finds the lock free.
    package mutating func acquire(_ waiter: W, for key: Int32 = WaitingLines<Waiting>.noKey, _ patience: Patience) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if !closing.isOpen { return refuse(.shutDown, patience) }
        if let code = patience.refusal { return refuse(code, patience) }
        let waiting = Waiting(waiter: waiter, isBehind: state != .free)
        let wasEmpty = queue.isEmpty
        guard let (ticket, evicted) = queue.join(waiting, key: key, deadline: patience.deadline, mayExceedDepth: state == .free) else {
            return refuse(.queueFull, patience)
        }
        if evicted != nil { counters.countRefusal(.queueFull) }
        if wasEmpty { pace.start(now: patience.now) }
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        return .queued(ticket, evicted: evicted?.waiter, attempt: startAttempt())
    }

    /// Takes a waiter out of the line; `nil` when it has the lock by now, or had to leave before.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> (waiter: W, drained: [W])? {
        guard let waiting = queue.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return (waiting.waiter, drained())
    }

    /// Takes the lock's place in this process for an attempt that does not wait; `false` when somebody has it or waits, and
    /// when it is closed.
    package mutating func beginTry() -> Bool {
        guard state == .free, queue.isEmpty, closing.isOpen else { return false }
        state = .trying
        return true
    }

    /// The attempt that did not wait has ended.
    package mutating func endTry(hasLock: Bool, now: MonotonicTime) -> Effects {
        precondition(state == .trying, "an attempt has ended that nobody made")
        guard hasLock else { return becomeFree() }
        hold(now: now)
        return Effects()
    }

    /// An attempt that did not wait failed for good.
    package mutating func tryFailed() -> Effects {
        precondition(state == .trying, "an attempt has failed that nobody made")
        failed += 1
        return becomeFree()
    }

    /// The attempt did not succeed at once, and goes on on a thread. Returns who waited for the lock to run empty, if it has:
    /// a thread that nobody waits for any more is nobody's.
    package mutating func attemptBlocks() -> [W] {
        precondition(state == .attempting, "an attempt blocks that nobody made")
        isHeldUp = true
        return drained()
    }

    /// The attempt has the lock.
    package mutating func attemptSucceeded(now: MonotonicTime) -> AttemptEnd {
        precondition(state == .attempting, "a lock was taken that nobody tried to take")
        guard let next = queue.popNext() else {
            state = .unlocking
            return .unlock
        }
        let hasWaited = next.isBehind || isHeldUp
        hold(now: now)
        if hasWaited { counters.waited += 1 }
        return .granted(next.waiter, hasWaited: hasWaited)
    }

    /// The attempt failed for good. Everybody in line is `refused`, to be told why.
    package mutating func attemptFailed() -> Settlement<W> {
        precondition(state == .attempting, "an attempt failed that nobody made")
        state = .free
        let told = queue.removeAll().map(\.waiter)
        failed += told.count
        return Settlement(refused: told, drained: drained())
    }

    /// The holder leaves; the lock is to be given back to the system.
    package mutating func release(now: MonotonicTime) {
        precondition(state == .held, "a lock was left that nobody held")
        counters.runs.record(now - heldSince)
        state = .unlocking
    }

    /// The system has the lock back. Other processes may come before who waits here.
    package mutating func didUnlock() -> Effects {
        precondition(state == .unlocking, "a lock was given back that nobody had")
        return becomeFree()
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setQueueDepth(_ depth: Int) {
        queue.setDepth(depth)
    }

    /// Refuses newcomers from now on; who waits still gets its turn. Returns who waited for the lock to run empty, if it is.
    package mutating func startDraining() -> [W] {
        closing.close()
        return drained()
    }

    /// Refuses newcomers and all who wait.
    package mutating func shutDown() -> Settlement<W> {
        closing.close()
        let refused = queue.removeAll().map(\.waiter)
        counters.refused += refused.count
        return Settlement(refused: refused, drained: drained())
    }

    /// Waits for the moment when nobody holds the lock or waits for it here; `nil` when it is now.
    package mutating func watchIdle(_ waiter: W) -> WaiterQueue<W>.Ticket? {
        closing.watch(waiter, isIdle: isIdle)
    }

    package mutating func unwatchIdle(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        closing.unwatch(ticket)
    }

    /// Somebody who had to wait is inside now.
    package mutating func recordWait(since start: MonotonicTime, now: MonotonicTime) {
        counters.waits.record(now - start)
        pace.countGrant(now: now)
    }

    private var isIdle: Bool { queue.isEmpty && (state == .free || isBlocked) }

    private mutating func drained() -> [W] { closing.drained(isIdle: isIdle) }

    private mutating func hold(now: MonotonicTime) {
        state = .held
        heldSince = now
        counters.granted += 1
    }

    private mutating func becomeFree() -> Effects {
        state = .free
        return Effects(attempt: startAttempt(), drained: drained())
    }

    private mutating func startAttempt() -> Bool {
        guard state == .free, !queue.isEmpty else { return false }
        state = .attempting
        isHeldUp = false
        return true
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }
}

extension FileLockStateMachine: Sendable where W: Sendable {}
extension FileLockStateMachine.Waiting: Sendable where W: Sendable {}
