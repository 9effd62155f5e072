/// Who holds permits and who stands in which line for them: one line per key, served in turn. Keys are numbers of a ``KeyTable``.
///
/// The keys that wait form a ring. A free permit goes to the first in line of the key at the head, which then moves to
/// the end of the ring. A key that starts to wait joins at the end, so whatever the others have queued, it is served
/// after at most one grant of each of them.
package struct FairLimiterStateMachine<W> {
    package typealias Key = Int32

    package struct Waiting {
        let waiter: W
        let key: Key
    }

    /// The line of one key; in the ring while somebody stands in it.
    package struct Line {
        var waiters = LinkedSlab<Waiting>.List()
        var ringPlace: LinkedSlab<Key>.Ticket?
    }

    package typealias Ticket = LinkedSlab<Waiting>.Ticket
    package typealias Slot = PermitTable.Slot
    package typealias Grant = (waiter: W, slot: Slot)

    package enum Acquisition {
        case granted(Slot)
        /// Joined its line; `evicted` had to leave the longest one to make room.
        case queued(Ticket, evicted: W?)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    package private(set) var limit: Int
    package private(set) var peakActive = 0
    package private(set) var waiting = 0
    private(set) var counters = WaitCounters()
    private var permits = PermitTable()
    private var isShutDown = false
    private var waiters = LinkedSlab<Waiting>()
    private var lines: [Line] = []
    private var places = LinkedSlab<Key>()
    private var ring = LinkedSlab<Key>.List()
    private var pace = QueuePace()
    private let queueDepth: Int

    package init(limit: Int, queueDepth: Int) {
        self.limit = max(0, limit)
        self.queueDepth = max(0, queueDepth)
    }

    /// Permits that are out.
    package var active: Int { permits.count }

    /// Keys that have somebody waiting.
    package var waitingKeys: Int { ring.count }

    package func waiting(for key: Key) -> Int {
        Int(key) < lines.count ? lines[Int(key)].waiters.count : 0
    }

    /// Takes a permit if one is free and nobody waits, of any key.
    package mutating func tryAcquire() -> Slot? {
        guard waiting == 0, !isShutDown, permits.count < limit else { return nil }
        return grant()
    }

    /// Takes a permit or joins the line of `key`.
    ///
    /// When the queue is full, the longest line pays: the newcomer is refused if its own line holds at least an even
    /// share of the places, otherwise the last of the longest line gives up its place.
    package mutating func acquire(_ waiter: W, for key: Key, _ patience: Patience) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if isShutDown { return refuse(.shutDown, patience) }
        if let slot = tryAcquire() { return .granted(slot) }
        if let code = patience.refusal { return refuse(code, patience) }
        var evicted: W?
        if waiting >= queueDepth {
            guard let victim = evictFromLongestLine(newcomer: key) else { return refuse(.queueFull, patience) }
            evicted = victim
        }
        if waiting == 0, evicted == nil { pace.start(now: patience.now) }
        return .queued(append(waiter, to: key), evicted: evicted)
    }

    /// Takes a permit back and grants what it can; the permit must be out.
    package mutating func release(_ slot: Slot) -> [Grant] {
        precondition(permits.giveBack(slot), "a permit was released twice")
        return waiting == 0 ? [] : grantAvailable()
    }

    /// Takes a waiter out of its line; `nil` when it has its permit by now.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> W? {
        guard let waiter = remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return waiter
    }

    /// Takes the whole line of a key out.
    package mutating func removeAll(for key: Key) -> [W] {
        let removed = takeLine(of: key)
        counters.cancelled += removed.count
        return removed
    }

    package mutating func setLimit(_ newLimit: Int) -> [Grant] {
        limit = max(0, newLimit)
        return grantAvailable()
    }

    /// Refuses newcomers from now on, and returns all who waited.
    package mutating func shutDown() -> [W] {
        isShutDown = true
        var removed: [W] = []
        while let key = firstKey { removed += takeLine(of: key) }
        counters.refused += removed.count
        return removed
    }

    /// Somebody who stood in line is inside now.
    package mutating func recordWait(_ duration: Duration) {
        counters.waits.record(duration)
    }

    private mutating func grant() -> Slot {
        counters.granted += 1
        let slot = permits.take()
        peakActive = max(peakActive, permits.count)
        return slot
    }

    /// The key whose turn is next.
    private var firstKey: Key? { places.first(of: ring).flatMap { places[$0] } }

    private mutating func grantAvailable() -> [Grant] {
        var grants: [Grant] = []
        while permits.count < limit, let key = firstKey {
            places.rotate(&ring)
            guard let first = waiters.first(of: lines[Int(key)].waiters), let waiter = remove(first) else {
                preconditionFailure("a key without waiters is in the ring")
            }
            counters.waited += 1
            pace.countGrant()
            grants.append((waiter, grant()))
        }
        return grants
    }

    private mutating func append(_ waiter: W, to key: Key) -> Ticket {
        let index = Int(key)
        while lines.count <= index { lines.append(Line()) }
        if lines[index].ringPlace == nil { lines[index].ringPlace = places.append(key, to: &ring) }
        let ticket = waiters.append(Waiting(waiter: waiter, key: key), to: &lines[index].waiters)
        waiting += 1
        counters.peakWaiting = max(counters.peakWaiting, waiting)
        return ticket
    }

    private mutating func remove(_ ticket: Ticket) -> W? {
        guard let key = waiters[ticket]?.key else { return nil }
        let removed = waiters.remove(ticket, from: &lines[Int(key)].waiters)
        waiting -= 1
        if lines[Int(key)].waiters.isEmpty { leaveRing(key) }
        return removed?.waiter
    }

    private mutating func takeLine(of key: Key) -> [W] {
        guard waiting(for: key) > 0 else { return [] }
        let removed = waiters.removeAll(from: &lines[Int(key)].waiters).map(\.waiter)
        waiting -= removed.count
        leaveRing(key)
        return removed
    }

    private mutating func leaveRing(_ key: Key) {
        if let place = lines[Int(key)].ringPlace { _ = places.remove(place, from: &ring) }
        lines[Int(key)].ringPlace = nil
    }

    private mutating func evictFromLongestLine(newcomer key: Key) -> W? {
        guard waiting > 0, waiting(for: key) * ring.count < waiting else { return nil }
        var longest: (key: Key, count: Int)?
        var cursor = places.first(of: ring)
        while let place = cursor, let candidate = places[place] {
            let count = waiting(for: candidate)
            if count > longest?.count ?? 0 { longest = (candidate, count) }
            cursor = places.next(after: place)
        }
        // Taking from a line that is only one longer would merely exchange one key's waiter for another's.
        guard let longest, longest.count > waiting(for: key) + 1,
            let last = waiters.last(of: lines[Int(longest.key)].waiters)
        else { return nil }
        counters.countRefusal(.queueFull)
        return remove(last)
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Acquisition {
        counters.countRefusal(code)
        let retryAfter = code == .queueFull ? pace.timeToDrain(waiting, now: patience.now) : nil
        return .refused(code, retryAfter: retryAfter)
    }
}

extension FairLimiterStateMachine: Sendable where W: Sendable {}
extension FairLimiterStateMachine.Waiting: Sendable where W: Sendable {}
extension FairLimiterStateMachine.Line: Sendable where W: Sendable {}
extension FairLimiterStateMachine.Acquisition: Sendable where W: Sendable {}
