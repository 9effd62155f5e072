/// Who holds which keys and who stands in line for them. Keys are numbers of a ``KeyTable``.
///
/// A request takes its place in the line of every key it wants in one transition, and holds the keys when it stands at the
/// head of all these lines. So two requests that share keys are in the same order in all the lines they share: some
/// request can always go on, and nobody overtakes.
///
/// Whoever asks has at most one request that waits in the line of a key. The others stand at a gate before it, in a line
/// for this key and this asker. When the one before holds its keys the next joins the line of the key at its end, so those
/// who ask for a key get it in turn; when the one before has given up, the next takes over its places if it wants no
/// others. A request for several keys stands at as many gates, which are joined in one step as well. Where nobody says
/// who asks, one line stands behind another, and the order is that of coming.
package struct KeyedMutexStateMachine<W> {
    package typealias Line = Int32

    package typealias Ticket = SlabTicket

    /// Where the requests of one asker for one key stand, of which the first is in the line of the key.
    struct Gate: Hashable, Sendable {
        let asker: Int32
        let key: Line
    }

    /// What there is to know of a request while it waits.
    struct Wait {
        let waiter: W
        let asker: Int32
        /// Each once.
        let keys: [Line]
        let place: WaitingLines<Ticket>.Ticket
        var gates = ClaimLines.Claim()

        var isThroughGates: Bool { gates.missing == 0 }
    }

    /// A request: its places in the lines of its keys, all at the head when it does not wait.
    struct Request {
        var claim: ClaimLines.Claim
        var wait: Wait?
    }

    package typealias Effects = Settlement<W>

    package enum Acquisition {
        case granted(Ticket)
        /// Joined the lines; `evicted` had to leave them, as the queue's policy says. Whom that let go on is in `granted`,
        /// the newcomer perhaps among them.
        case queued(Ticket, evicted: W?, granted: [W])
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    private(set) var counters = WaitCounters()
    /// Those who wait, by who asks: the bound and its policy. The order in which they go on is that of the lines below.
    private var queue: WaitingLines<Ticket>
    private var locks = ClaimLines()
    private var gates = ClaimLines()
    private var gateNumbers = KeyTable<Gate>()
    /// How many stand at gates before the line of a key and are not in it.
    private var held: [Int32] = []
    private var requests = LinkedSlab<Request>()
    private var allRequests = LinkedSlab<Request>.List()
    private var closing = Closing<W>()
    private var pace = QueuePace()

    package init(queue: QueueConfiguration) {
        self.queue = WaitingLines(queue)
    }

    package var waiting: Int { queue.count }
    package var queueDepth: Int { queue.depth }

    /// Requests that hold their keys.
    package var holders: Int { allRequests.count - waiting }

    /// When trying again makes sense, for who has to leave the lines.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(waiting, now: now) }

    /// Takes keys that nobody holds or waits for; `nil` when there is one that somebody does.
    package mutating func tryLock(_ keys: some Sequence<Line>) -> Ticket? {
        guard closing.isOpen, keys.allSatisfy({ locks.isFree($0) && !isHeldBack($0) }) else { return nil }
        return take(keys)
    }

    /// Takes the keys or joins all their lines. A key that is named twice counts once.
    package mutating func lock(
        _ waiter: W, _ keys: some Sequence<Line>, by asker: Int32 = WaitingLines<W>.noKey, _ patience: Patience
    ) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if !closing.isOpen { return refuse(.shutDown, patience) }
        var seen: Set<Line> = []
        let keys = keys.filter { seen.insert($0).inserted }
        // At the gates only its own stand before it.
        if keys.allSatisfy({ locks.isFree($0) && !(isHeldBack($0) && gateNumbers.contains(Gate(asker: asker, key: $0))) }) {
            return .granted(take(keys))
        }
        if let code = patience.refusal { return refuse(code, patience) }
        let isFirst = queue.isEmpty
        let ticket = requests.append(Request(claim: .init()), to: &allRequests)
        guard let (place, evicted) = queue.join(ticket, key: asker, deadline: patience.deadline) else {
            _ = requests.remove(ticket, from: &allRequests)
            return refuse(.queueFull, patience)
        }
        if isFirst { pace.start(now: patience.now) }
        counters.peakWaiting = max(counters.peakWaiting, waiting)
        var granted: [W] = []
        // First: of one asker for the same keys, the newcomer takes over the places of who leaves for it.
        wait(ticket, Wait(waiter: waiter, asker: asker, keys: keys, place: place), &granted)
        let leaver = evicted.flatMap { withdraw($0, &granted) }
        if leaver != nil { counters.countRefusal(.queueFull) }
        return .queued(ticket, evicted: leaver, granted: granted)
    }

    /// Leaves the keys of a request that holds them.
    package mutating func unlock(_ ticket: Ticket) -> Effects {
        guard let request = requests[ticket], request.wait == nil else { preconditionFailure("keys were left that nobody held") }
        _ = requests.remove(ticket, from: &allRequests)
        var granted: [W] = []
        step(locks.leave(request.claim), &granted)
        return settle(granted)
    }

    /// Takes a request out of all its lines; `nil` when it holds its keys by now. Those it stood before may go.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> (waiter: W, effects: Effects)? {
        guard let wait = requests[ticket]?.wait, queue.remove(wait.place) != nil else { return nil }
        var granted: [W] = []
        guard let waiter = withdraw(ticket, &granted) else { return nil }
        counters.countGivenUp(reason)
        return (waiter, settle(granted))
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setQueueDepth(_ depth: Int) {
        queue.setDepth(depth)
    }

    /// Refuses newcomers from now on; who waits still gets its turn.
    package mutating func startDraining() -> Effects {
        closing.close()
        return settle([])
    }

    /// Refuses newcomers and all who wait.
    package mutating func shutDown() -> Effects {
        closing.close()
        var refused: [W] = []
        for ticket in waitingTickets {
            guard let request = requests.remove(ticket, from: &allRequests), let wait = request.wait else { continue }
            // Nobody goes on by this, since all who wait leave.
            _ = locks.leave(request.claim)
            refused.append(wait.waiter)
        }
        _ = queue.removeAll()
        gates = ClaimLines()
        gateNumbers = KeyTable()
        held = []
        counters.refused += refused.count
        var effects = settle([])
        effects.refused = refused
        return effects
    }

    /// Waits for the moment when nobody holds a key; `nil` when it is now. Nobody waits then.
    package mutating func watchIdle(_ waiter: W) -> WaiterQueue<W>.Ticket? {
        closing.watch(waiter, isIdle: allRequests.isEmpty)
    }

    package mutating func unwatchIdle(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        closing.unwatch(ticket)
    }

    /// Somebody who stood in line is inside now.
    package mutating func recordWait(since start: MonotonicTime, now: MonotonicTime) {
        counters.waits.record(now - start)
        pace.countGrant(now: now)
    }

    /// Keys were held for so long.
    package mutating func recordRun(_ duration: Duration) {
        counters.runs.record(duration)
    }

    /// Every request that waits, oldest first.
    private var waitingTickets: [Ticket] {
        var tickets: [Ticket] = []
        tickets.reserveCapacity(waiting)
        var next = requests.first(of: allRequests)
        while let ticket = next {
            if requests[ticket]?.wait != nil { tickets.append(ticket) }
            next = requests.next(after: ticket)
        }
        return tickets
    }

    /// Whether somebody stands at a gate before the line of a key, and is not in it.
    private func isHeldBack(_ key: Line) -> Bool {
        Int(key) < held.count && held[Int(key)] > 0
    }

    private mutating func settle(_ granted: [W]) -> Effects {
        Effects(granted: granted, drained: closing.drained(isIdle: allRequests.isEmpty))
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }

    /// Holds keys that are free.
    private mutating func take(_ keys: some Sequence<Line>) -> Ticket {
        counters.granted += 1
        let ticket = requests.append(Request(claim: .init()), to: &allRequests)
        let claim = locks.join(ticket, keys)
        requests.update(ticket) { $0.claim = claim }
        return ticket
    }

    /// A request joins its gates, and goes through them if it is the first at all of them.
    private mutating func wait(_ ticket: Ticket, _ wait: Wait, _ granted: inout [W]) {
        let numbers = wait.keys.map { gateNumbers.retain(Gate(asker: wait.asker, key: $0)) }
        var wait = wait
        wait.gates = queue.servesNewestFirst ? joinGatesFirst(ticket, numbers) : gates.join(ticket, numbers)
        let isThrough = wait.isThroughGates
        requests.update(ticket) { $0.wait = wait }
        for key in wait.keys { hold(key, 1) }
        if isThrough { enter(ticket, &granted) }
    }

    /// Before all others at the gates but those that are through them.
    private mutating func joinGatesFirst(_ ticket: Ticket, _ numbers: [Int32]) -> ClaimLines.Claim {
        let places = numbers.map { number in
            let head = gates.head(of: number)
            let headStays = head.flatMap { requests[$0]?.wait?.isThroughGates } ?? false
            if let head, !headStays { requests.update(head) { $0.wait?.gates.missing += 1 } }
            return (line: number, headStays: headStays)
        }
        return gates.joinFirst(ticket, places)
    }

    private mutating func hold(_ key: Line, _ difference: Int32) {
        while held.count <= Int(key) { held.append(0) }
        held[Int(key)] += difference
    }

    /// A request is through its gates and joins the lines of its keys: in the places of one that is about to leave, if it
    /// wants no others, and else at their ends.
    private mutating func enter(_ ticket: Ticket, behind other: (keys: [Line], claim: ClaimLines.Claim)? = nil, _ granted: inout [W]) {
        guard let keys = requests[ticket]?.wait?.keys else { preconditionFailure("a request that does not wait came through a gate") }
        for key in keys { hold(key, -1) }
        let claim: ClaimLines.Claim
        if let other, keys.allSatisfy({ other.keys.contains($0) }) {
            claim = locks.join(ticket, keys, behind: other.claim)
        } else {
            claim = locks.join(ticket, keys)
        }
        requests.update(ticket) { $0.claim = claim }
        if claim.missing == 0 { grant(ticket, &granted) }
    }

    /// Requests have come to the head of one more line each. Those for which it was the last hold their keys now.
    private mutating func step(_ heads: [Ticket], _ granted: inout [W]) {
        for ticket in heads {
            let missing = requests.update(ticket) { request in
                request.claim.missing -= 1
                return request.claim.missing
            }
            if missing == 0 { grant(ticket, &granted) }
        }
    }

    private mutating func grant(_ ticket: Ticket, _ granted: inout [W]) {
        guard let wait = requests.update(ticket, { $0.wait.take() }), queue.serve(wait.place) != nil else {
            preconditionFailure("keys were given to a request that does not wait")
        }
        counters.granted += 1
        counters.waited += 1
        granted.append(wait.waiter)
        leaveGates(wait, &granted)
    }

    /// Leaves the gates to those who stand there next.
    ///
    /// - Parameter claim: Its places in the lines of its keys, if it leaves these too and does not hold the keys.
    private mutating func leaveGates(_ wait: Wait, places claim: ClaimLines.Claim? = nil, _ granted: inout [W]) {
        for key in wait.keys { gateNumbers.release(Gate(asker: wait.asker, key: key)) }
        for ticket in gates.leave(wait.gates) {
            let missing = requests.update(ticket) { request in
                request.wait?.gates.missing -= 1
                return request.wait?.gates.missing
            }
            if missing == 0 { enter(ticket, behind: claim.map { (wait.keys, $0) }, &granted) }
        }
    }

    /// Takes a request that has left the queue out of all its lines, and returns whom to tell. Those it stood before go on.
    private mutating func withdraw(_ ticket: Ticket, _ granted: inout [W]) -> W? {
        guard let request = requests.remove(ticket, from: &allRequests), let wait = request.wait else { return nil }
        if wait.isThroughGates {
            leaveGates(wait, places: request.claim, &granted)
            step(locks.leave(request.claim), &granted)
        } else {
            for key in wait.keys { hold(key, -1) }
            leaveGates(wait, &granted)
        }
        return wait.waiter
    }
}

extension KeyedMutexStateMachine: Sendable where W: Sendable {}
extension KeyedMutexStateMachine.Request: Sendable where W: Sendable {}
extension KeyedMutexStateMachine.Wait: Sendable where W: Sendable {}
