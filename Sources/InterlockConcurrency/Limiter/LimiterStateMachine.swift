/// Who holds permits and who stands in line for them.
///
/// Permits pass to the first in line in the transition that frees them. A caller that needs several waits at the head
/// until that many are free, and nobody behind it goes first, so it does not starve. A caller that needs more than the
/// limit counts as needing exactly the limit: it runs alone.
package struct LimiterStateMachine<W> {
    package struct Waiting {
        let waiter: W
        let weight: Int
    }

    package typealias Ticket = WaitingLines<Waiting>.Ticket

    package typealias Effects = Settlement<W>

    package enum Acquisition {
        case granted
        /// Joined the line; `evicted` had to leave it, as the queue's policy says. Whom that let go on is in `granted`,
        /// the newcomer perhaps among them: a heavy caller that leaves may have held up lighter ones.
        case queued(Ticket, evicted: W?, granted: [W])
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    package private(set) var limit: Int
    package private(set) var active = 0
    package private(set) var peakActive = 0
    private(set) var counters = WaitCounters()
    private var queue: WaitingLines<Waiting>
    private var closing = Closing<W>()
    private var pace = QueuePace()

    package init(limit: Int, queue: QueueConfiguration) {
        self.limit = max(0, limit)
        self.queue = WaitingLines(queue)
    }

    package var waiting: Int { queue.count }
    package var queueDepth: Int { queue.depth }
    /// The queue has been full and not been empty since, and its policy serves the newest first meanwhile.
    package var servesNewestFirst: Bool { queue.servesNewestFirst }

    /// When trying again makes sense, for who has to leave the queue.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(queue.count, now: now) }

    /// Takes `weight` permits if they are free and nobody waits who would go first.
    package mutating func tryAcquire(weight: Int) -> Bool {
        // While the newest goes first nobody stands before a newcomer.
        guard queue.isEmpty || servesNewestFirst, closing.isOpen, fits(weight) else { return false }
        grant(weight)
        return true
    }

    /// Takes `weight` permits or joins the line.
    ///
    /// - Parameter mayExceedDepth: Whether it may also join a full queue, of which it makes nobody leave: for callers that are
    ///   bounded by other means.
    package mutating func acquire(
        _ waiter: W, weight: Int, _ patience: Patience, mayExceedDepth: Bool = false
    ) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if !closing.isOpen { return refuse(.shutDown, patience) }
        if tryAcquire(weight: weight) { return .granted }
        if let code = patience.refusal { return refuse(code, patience) }
        let isFirst = queue.isEmpty
        let waiting = Waiting(waiter: waiter, weight: weight)
        guard let (ticket, evicted) = queue.join(waiting, deadline: patience.deadline, mayExceedDepth: mayExceedDepth) else {
            return refuse(.queueFull, patience)
        }
        if isFirst { pace.start(now: patience.now) }
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        guard let evicted else { return .queued(ticket, evicted: nil, granted: []) }
        counters.countRefusal(.queueFull)
        return .queued(ticket, evicted: evicted.waiter, granted: settle().granted)
    }

    /// Gives permits back; `nil` when there is nobody to tell.
    package mutating func release(weight: Int) -> Effects? {
        active -= weight
        precondition(active >= 0, "more permits were given back than were taken")
        if queue.isEmpty, closing.isOpen { return nil }
        return settle()
    }

    /// Takes a waiter out of the line; `nil` when it has its permits by now. What was blocked behind it may go.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> (waiter: W, effects: Effects)? {
        guard let waiting = queue.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return (waiting.waiter, settle())
    }

    package mutating func setLimit(_ newLimit: Int) -> Effects {
        limit = max(0, newLimit)
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

    /// Takes everybody out of the queue.
    package mutating func clearQueue() -> (removed: [W], effects: Effects) {
        let removed = queue.removeAll().map(\.waiter)
        counters.cancelled += removed.count
        return (removed, settle())
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

    /// Waits for the moment when nothing is active and nobody waits; `nil` when it is now.
    package mutating func watchIdle(_ waiter: W) -> WaiterQueue<W>.Ticket? {
        closing.watch(waiter, isIdle: isIdle)
    }

    package mutating func unwatchIdle(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        closing.unwatch(ticket)
    }

    private var isIdle: Bool { active == 0 && queue.isEmpty }

    private func fits(_ weight: Int) -> Bool {
        // A subtraction, since weights may be as large as the type.
        limit > 0 && min(weight, limit) <= limit - active
    }

    private mutating func grant(_ weight: Int) {
        active += weight
        peakActive = max(peakActive, active)
        counters.granted += 1
    }

    private mutating func settle() -> Effects {
        var effects = Effects()
        while let next = queue.next, fits(next.weight) {
            _ = queue.popNext()
            grant(next.weight)
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

extension LimiterStateMachine: Sendable where W: Sendable {}
extension LimiterStateMachine.Waiting: Sendable where W: Sendable {}
