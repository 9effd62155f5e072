/// Who holds how many permits of a semaphore, and who stands in which line for them.
///
/// Permits pass to the next in line in the transition that frees them. A caller that needs several holds its line, and
/// all lower ones, until that many are free, so light callers cannot starve it. One that needs more than there are
/// counts as needing all: it runs alone.
package struct AsyncSemaphoreStateMachine<W> {
    package struct Waiting {
        let waiter: W
        let count: Int
    }

    package typealias Ticket = PriorityLines<Waiting>.Ticket

    package typealias Effects = Settlement<W>

    package enum Acquisition {
        case granted
        /// Joined its line; `evicted` had to leave the full queue for it: one of lower priority or, where there is none, whom
        /// the queue's policy chooses among its equals. Whom that let go on is in `granted`, the newcomer perhaps among them.
        case queued(Ticket, evicted: W?, granted: [W])
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    package private(set) var limit: Int
    package private(set) var active = 0
    package private(set) var peakActive = 0
    private(set) var counters = WaitCounters()
    private var queue: PriorityLines<Waiting>
    private var closing = Closing<W>()
    private var pace = QueuePace()

    package init(permits: Int, queue: QueueConfiguration) {
        self.limit = max(0, permits)
        self.queue = PriorityLines(queue)
    }

    package var waiting: Int { queue.count }
    package var queueDepth: Int { queue.depth }
    /// The queue has been full and not been empty since, and its policy serves the newest first meanwhile.
    package var servesNewestFirst: Bool { queue.servesNewestFirst }

    /// When trying again makes sense, for who has to leave the queue.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(queue.count, now: now) }

    /// Takes permits if they are free and nobody waits who goes first: with a higher priority or, but where the newest go first, with the same.
    package mutating func tryAcquire(_ count: Int, priority: QueuePriority) -> Bool {
        guard closing.isOpen, fits(count) else { return false }
        if let highest = queue.highest, highest > priority || highest == priority && !servesNewestFirst { return false }
        grant(count)
        return true
    }

    /// Takes permits or joins the line of its key among those of its priority.
    package mutating func acquire(
        _ waiter: W, _ count: Int, priority: QueuePriority, for key: Int32 = WaitingLines<W>.noKey, _ patience: Patience
    ) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if !closing.isOpen { return refuse(.shutDown, patience) }
        if tryAcquire(count, priority: priority) { return .granted }
        if let code = patience.refusal { return refuse(code, patience) }
        let isFirst = queue.isEmpty
        let waiting = Waiting(waiter: waiter, count: count)
        guard let (ticket, evicted) = queue.join(waiting, priority: priority, key: key, deadline: patience.deadline) else {
            return refuse(.queueFull, patience)
        }
        if isFirst { pace.start(now: patience.now) }
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        if evicted != nil { counters.countRefusal(.queueFull) }
        // A heavy caller that left may have held up lighter ones, and where the newest go first the newcomer may be next.
        return .queued(ticket, evicted: evicted?.waiter, granted: settle().granted)
    }

    /// Gives permits back; `nil` when there is nobody to tell.
    package mutating func release(_ count: Int) -> Effects? {
        active -= count
        precondition(active >= 0, "more permits were given back than were taken")
        if queue.isEmpty, closing.isOpen { return nil }
        return settle()
    }

    /// Takes a waiter out of its line; `nil` when it has its permits by now. What was blocked behind it may go.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> (waiter: W, effects: Effects)? {
        guard let waiting = queue.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return (waiting.waiter, settle())
    }

    /// Takes everybody out of the lines.
    package mutating func cancelAll() -> (removed: [W], effects: Effects) {
        let removed = queue.removeAll().map(\.waiter)
        counters.cancelled += removed.count
        return (removed, settle())
    }

    package mutating func setPermits(_ permits: Int) -> Effects {
        limit = max(0, permits)
        return settle()
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setQueueDepth(_ depth: Int) {
        queue.setDepth(depth)
    }

    /// Refuses newcomers from now on; who waits still gets its turn.
    package mutating func startDraining() -> Effects {
        closing.close()
        return settle()
    }

    /// Refuses newcomers and all who wait.
    package mutating func shutDown() -> Effects {
        closing.close()
        let refused = queue.removeAll().map(\.waiter)
        counters.refused += refused.count
        var effects = settle()
        effects.refused = refused
        return effects
    }

    /// Waits for the moment when no permit is out and nobody waits; `nil` when it is now.
    package mutating func watchIdle(_ waiter: W) -> WaiterQueue<W>.Ticket? {
        closing.watch(waiter, isIdle: isIdle)
    }

    package mutating func unwatchIdle(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        closing.unwatch(ticket)
    }

    /// Somebody who stood in line is inside now.
    package mutating func recordWait(since start: MonotonicTime, now: MonotonicTime) {
        counters.waits.record(now - start)
        pace.countGrant(now: now)
    }

    /// Permits were held for so long.
    package mutating func recordRun(_ duration: Duration) {
        counters.runs.record(duration)
    }

    private var isIdle: Bool { active == 0 && queue.isEmpty }

    private func fits(_ count: Int) -> Bool {
        // A subtraction, since counts may be as large as the type.
        limit > 0 && min(count, limit) <= limit - active
    }

    private mutating func grant(_ count: Int) {
        active += count
        peakActive = max(peakActive, active)
        counters.granted += 1
    }

    private mutating func settle() -> Effects {
        var effects = Effects()
        while let next = queue.next, fits(next.count) {
            _ = queue.popNext()
            grant(next.count)
            counters.waited += 1
            effects.granted.append(next.waiter)
        }
        effects.drained = closing.drained(isIdle: isIdle)
        return effects
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }
}

extension AsyncSemaphoreStateMachine: Sendable where W: Sendable {}
extension AsyncSemaphoreStateMachine.Waiting: Sendable where W: Sendable {}
