/// Who holds which keys and who stands in line for them. Keys are numbers of a ``KeyTable``.
///
/// A request takes its place in the line of every key it names in one transition, and holds the keys when it stands at
/// the head of all these lines. So two requests that share keys are in the same order in all the lines they share: the
/// oldest request of all is at the head of each of its lines, some request can always go on, and nobody overtakes.
package struct KeyedMutexStateMachine<W> {
    package typealias Line = Int32

    /// One request, and how many of its keys it must still wait for.
    package struct Request {
        var waiter: W?
        var missing = 0
        var firstPlace: LinkedSlab<Place>.Ticket?
    }

    /// The place of a request in the line of one key.
    package struct Place {
        let line: Line
        let request: LinkedSlab<Request>.Ticket
        /// The place of the same request in the line of its next key.
        let sibling: LinkedSlab<Place>.Ticket?
    }

    package typealias Ticket = LinkedSlab<Request>.Ticket

    package typealias Effects = Settlement<W>

    package enum Acquisition {
        case granted(Ticket)
        case queued(Ticket)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    package private(set) var waiting = 0
    private(set) var counters = WaitCounters()
    private var lines: [LinkedSlab<Place>.List] = []
    private var places = LinkedSlab<Place>()
    private var requests = LinkedSlab<Request>()
    private var allRequests = LinkedSlab<Request>.List()
    private var closing = Closing<W>()
    private var pace = QueuePace()
    private let queueDepth: Int

    package init(queueDepth: Int) {
        self.queueDepth = max(0, queueDepth)
    }

    /// Requests that hold their keys.
    package var holders: Int { allRequests.count - waiting }

    /// Takes keys that nobody holds or waits for; `nil` when there is one that somebody does.
    package mutating func tryLock(_ keys: some Sequence<Line>) -> Ticket? {
        guard closing.isOpen, keys.allSatisfy(isFree) else { return nil }
        counters.granted += 1
        return join(keys).ticket
    }

    /// Takes the keys or joins all their lines. A key that is named twice counts once.
    package mutating func lock(_ waiter: W, _ keys: some Sequence<Line>, _ patience: Patience) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if !closing.isOpen { return refuse(.shutDown, patience) }
        let (ticket, missing) = join(keys)
        if missing == 0 {
            counters.granted += 1
            return .granted(ticket)
        }
        if let code = patience.refusal ?? (waiting >= queueDepth ? .queueFull : nil) {
            // Its places were the last in their lines, so leaving them lets nobody else go.
            _ = leave(ticket)
            return refuse(code, patience)
        }
        requests.update(ticket) { $0.waiter = waiter }
        if waiting == 0 { pace.start(now: patience.now) }
        waiting += 1
        counters.peakWaiting = max(counters.peakWaiting, waiting)
        return .queued(ticket)
    }

    /// Leaves the keys of a request that holds them.
    package mutating func unlock(_ ticket: Ticket) -> Effects {
        precondition(requests[ticket]?.missing == 0, "keys were left that nobody held")
        return settle(granted: leave(ticket))
    }

    /// Takes a request out of all its lines; `nil` when it holds its keys by now. Those it stood before may go.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> (waiter: W, effects: Effects)? {
        guard let request = requests[ticket], request.missing > 0, let waiter = request.waiter else { return nil }
        waiting -= 1
        counters.countGivenUp(reason)
        return (waiter, settle(granted: leave(ticket)))
    }

    /// Refuses newcomers from now on; who waits still gets its turn.
    package mutating func startDraining() -> Effects {
        closing.close()
        return settle()
    }

    /// Refuses newcomers and all who wait.
    package mutating func shutDown() -> Effects {
        closing.close()
        var refused: [W] = []
        // The newest first, so that nobody behind it gets a turn by its leaving.
        for ticket in allTickets.reversed() {
            guard let request = requests[ticket], request.missing > 0, let waiter = request.waiter else { continue }
            waiting -= 1
            _ = leave(ticket)
            refused.append(waiter)
        }
        refused.reverse()
        counters.refused += refused.count
        var effects = settle()
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

    private func isFree(_ line: Line) -> Bool {
        Int(line) >= lines.count || lines[Int(line)].isEmpty
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

    /// Every request, oldest first.
    private var allTickets: [Ticket] {
        var tickets: [Ticket] = []
        tickets.reserveCapacity(allRequests.count)
        var next = requests.first(of: allRequests)
        while let ticket = next {
            tickets.append(ticket)
            next = requests.next(after: ticket)
        }
        return tickets
    }

    private mutating func settle(granted: [W] = []) -> Effects {
        Effects(granted: granted, drained: closing.drained(isIdle: allRequests.isEmpty))
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Acquisition {
        counters.countRefusal(code)
        let retryAfter = code == .queueFull ? pace.timeToDrain(waiting, now: patience.now) : nil
        return .refused(code, retryAfter: retryAfter)
    }

    /// Appends a request to the lines of its keys.
    private mutating func join(_ keys: some Sequence<Line>) -> (ticket: Ticket, missing: Int) {
        let ticket = requests.append(Request(), to: &allRequests)
        var missing = 0
        var place: LinkedSlab<Place>.Ticket?
        for line in keys {
            let index = Int(line)
            while lines.count <= index { lines.append(.init()) }
            // The same key again: this request came last to its line a moment ago.
            if let last = places.last(of: lines[index]), places[last]?.request == ticket { continue }
            if !lines[index].isEmpty { missing += 1 }
            place = places.append(Place(line: line, request: ticket, sibling: place), to: &lines[index])
        }
        requests.update(ticket) { request in
            request.missing = missing
            request.firstPlace = place
        }
        return (ticket, missing)
    }

    /// Takes a request out of the lines of its keys and returns those that hold all of theirs now.
    private mutating func leave(_ ticket: Ticket) -> [W] {
        var granted: [W] = []
        var next = requests.remove(ticket, from: &allRequests)?.firstPlace
        while let place = next {
            guard let left = places[place] else { preconditionFailure("a request has lost its place in a line") }
            let index = Int(left.line)
            let wasHead = places.first(of: lines[index]) == place
            _ = places.remove(place, from: &lines[index])
            if wasHead, let head = places.first(of: lines[index]).flatMap({ places[$0] }), let waiter = step(head.request) {
                granted.append(waiter)
            }
            next = left.sibling
        }
        return granted
    }

    /// A request has come to the head of one more line. Returns its waiter when it was the last it needed.
    private mutating func step(_ ticket: Ticket) -> W? {
        let (isReady, waiter) = requests.update(ticket) { request -> (Bool, W?) in
            request.missing -= 1
            return (request.missing == 0, request.waiter)
        }
        guard isReady else { return nil }
        waiting -= 1
        counters.granted += 1
        counters.waited += 1
        return waiter
    }
}

extension KeyedMutexStateMachine: Sendable where W: Sendable {}
extension KeyedMutexStateMachine.Request: Sendable where W: Sendable {}
extension KeyedMutexStateMachine.Place: Sendable where W: Sendable {}
