/// Who holds permits and who stands in which line for them: one line per key, served in turn. Keys are numbers of a ``KeyTable``.
///
/// The keys that wait form a ring. A free permit goes to the first in line of the key at the head, which then moves to
/// the end of the ring. A key that starts to wait joins at the end, so whatever the others have queued, it is served
/// after at most one grant of each of them.
package struct FairLimiterStateMachine<W> {
    package typealias Key = Int32

    package typealias Ticket = WaitingLines<W>.Ticket
    package typealias Slot = PermitTable.Slot
    package typealias Grant = (waiter: W, slot: Slot)

    package enum Acquisition {
        case granted(Slot)
        /// Joined its line; `evicted` had to leave the queue, as its policy says.
        case queued(Ticket, evicted: W?)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    private enum Phase {
        case running, draining, shutDown
    }

    package private(set) var limit: Int
    package private(set) var peakActive = 0
    private(set) var counters = WaitCounters()
    private var permits = PermitTable()
    private var phase = Phase.running
    private var lines: WaitingLines<W>
    private var pace = QueuePace()

    package init(limit: Int, queue: QueueConfiguration) {
        self.limit = max(0, limit)
        lines = WaitingLines(queue)
    }

    package var waiting: Int { lines.count }
    package var queueDepth: Int { lines.depth }

    /// Permits that are out.
    package var active: Int { permits.count }

    /// Keys that have somebody waiting.
    package var waitingKeys: Int { lines.keyCount }

    /// Whether it takes nobody new, nobody waits, and every permit is back.
    package var isDrained: Bool { phase != .running && waiting == 0 && permits.count == 0 }

    package func waiting(for key: Key) -> Int { lines.count(of: key) }

    /// Takes a permit if one is free and nobody waits, of any key.
    package mutating func tryAcquire() -> Slot? {
        guard waiting == 0, phase == .running, permits.count < limit else { return nil }
        return grant()
    }

    /// Takes a permit or joins the line of `key`.
    ///
    /// When the queue is full, the longest line pays: the newcomer competes with its own line if that holds at least an even
    /// share of the places, otherwise one of the longest line gives up its place. Who it is, the queue's policy says.
    ///
    /// - Parameter group: Whose the key is; groups have their turns first, and give up places first.
    package mutating func acquire(_ waiter: W, for key: Key, of group: Int32 = WaitingLines<W>.noGroup, _ patience: Patience) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if phase != .running { return refuse(.shutDown, patience) }
        if let slot = tryAcquire() { return .granted(slot) }
        if let code = patience.refusal { return refuse(code, patience) }
        let isFirst = lines.isEmpty
        guard let (ticket, evicted) = lines.join(waiter, key: key, of: group, deadline: patience.deadline) else { return refuse(.queueFull, patience) }
        if evicted != nil { counters.countRefusal(.queueFull) }
        if isFirst { pace.start(now: patience.now) }
        counters.peakWaiting = max(counters.peakWaiting, waiting)
        return .queued(ticket, evicted: evicted)
    }

    /// Takes a permit back and grants what it can; the permit must be out.
    package mutating func release(_ slot: Slot) -> [Grant] {
        precondition(permits.giveBack(slot), "a permit was released twice")
        return waiting == 0 ? [] : grantAvailable()
    }

    /// Takes a waiter out of its line; `nil` when it has its permit by now.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> W? {
        guard let waiter = lines.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return waiter
    }

    /// Takes the whole line of a key out.
    package mutating func removeAll(for key: Key) -> [W] {
        let removed = lines.removeAll(of: key)
        counters.cancelled += removed.count
        return removed
    }

    package mutating func setLimit(_ newLimit: Int) -> [Grant] {
        limit = max(0, newLimit)
        return grantAvailable()
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setQueueDepth(_ depth: Int) {
        lines.setDepth(depth)
    }

    /// Refuses newcomers from now on; who waits still gets its turn.
    package mutating func startDraining() {
        if phase == .running { phase = .draining }
    }

    /// Refuses newcomers from now on, and returns all who waited.
    package mutating func shutDown() -> [W] {
        phase = .shutDown
        let removed = lines.removeAll()
        counters.refused += removed.count
        return removed
    }

    /// When trying again makes sense, for who has to leave the queue.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(waiting, now: now) }

    /// A permit was held for so long.
    package mutating func recordRun(_ duration: Duration) {
        counters.runs.record(duration)
    }

    /// Somebody who stood in line is inside now.
    package mutating func recordWait(since start: MonotonicTime, now: MonotonicTime) {
        counters.waits.record(now - start)
        pace.countGrant(now: now)
    }

    private mutating func grant() -> Slot {
        counters.granted += 1
        let slot = permits.take()
        peakActive = max(peakActive, permits.count)
        return slot
    }

    private mutating func grantAvailable() -> [Grant] {
        var grants: [Grant] = []
        while permits.count < limit, let waiter = lines.popNext() {
            counters.waited += 1
            grants.append((waiter, grant()))
        }
        return grants
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }
}

extension FairLimiterStateMachine: Sendable where W: Sendable {}
extension FairLimiterStateMachine.Acquisition: Sendable where W: Sendable {}
