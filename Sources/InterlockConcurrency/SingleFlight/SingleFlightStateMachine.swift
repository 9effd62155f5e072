/// Which work is under way for which key, and who waits for it.
///
/// Whoever waits, also who began the work, holds one of the places that the queue's configuration grants, in the line of
/// that work. All of a line are served at once, so its policy never decides who goes first, only who leaves.
package struct SingleFlightStateMachine<Key: Hashable & Sendable, W> {
    /// Who holds a place, and for which work.
    package struct Seat {
        let waiter: W
        let key: Key
        let flight: Int
    }

    package struct Ticket: Sendable, Hashable {
        let key: Key
        let flight: Int
        let place: WaitingLines<Seat>.Ticket
    }

    package enum Joining {
        /// Nobody was at it: start the work, and land it under this number.
        case leads(Ticket, flight: Int, evicted: Departure?)
        case follows(Ticket, evicted: Departure?)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    /// A waiter has left.
    package struct Departure {
        package let waiter: W
        /// The work nobody waits for any more, to be cancelled.
        package let abandoned: Int?
    }

    package struct Flight: Sendable {
        let number: Int
        /// Where those who wait for it stand.
        let line: Int32
    }

    private var seats: WaitingLines<Seat>
    private var flights: [Key: Flight] = [:]
    /// Flights that were forgotten by key and still have waiters.
    private var forgotten: [Int: Flight] = [:]
    private var nextNumber = 0
    private var freeLines: [Int32] = []
    private var lineCount: Int32 = 0
    /// As many as may wait, where nothing is set.
    private let maxRunning: Int?
    private var closing = Closing<W>()
    /// From one end of a piece of work to the next.
    private var pace = QueuePace()
    /// Pieces of work that have begun and not ended, with those nobody waits for any more.
    package private(set) var running = 0
    package private(set) var peakRunning = 0
    package private(set) var timedOut = 0
    package private(set) var led = 0
    package private(set) var shared = 0
    private(set) var counters = WaitCounters()

    package init(queue: QueueConfiguration, maxRunning: Int? = nil) {
        seats = WaitingLines(queue)
        self.maxRunning = maxRunning.map { max(1, $0) }
    }

    package var waiting: Int { seats.count }
    package var queueDepth: Int { seats.depth }
    package var underWay: Int { flights.count + forgotten.count }

    /// When trying again makes sense, for who finds no place: when what runs has ended, at the pace of late.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(running, now: now) }

    /// Joins the work for a key, or begins it.
    package mutating func join(_ key: Key, _ waiter: W, _ patience: Patience) -> Joining {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if !closing.isOpen { return refuse(.shutDown, patience) }
        if let code = patience.refusal { return refuse(code, patience) }
        let current = flights[key]
        // Work that was abandoned and does not heed it still runs and keeps its place until it ends: nobody who leaves would free it.
        if current == nil, running >= max(1, maxRunning ?? queueDepth) { return refuse(.queueFull, patience) }
        let flight = current ?? Flight(number: nextNumber + 1, line: freeLines.last ?? lineCount)
        let seat = Seat(waiter: waiter, key: key, flight: flight.number)
        guard let (place, unseated) = seats.join(seat, key: flight.line, deadline: patience.deadline) else { return refuse(.queueFull, patience) }
        counters.peakWaiting = max(counters.peakWaiting, waiting)
        let ticket = Ticket(key: key, flight: flight.number, place: place)
        if current == nil { begin(flight, key, now: patience.now) } else { shared += 1 }
        var evicted: Departure?
        if let unseated {
            counters.countRefusal(.queueFull)
            evicted = departure(unseated)
        }
        return current == nil ? .leads(ticket, flight: flight.number, evicted: evicted) : .follows(ticket, evicted: evicted)
    }

    /// The work has ended: everybody who waits for it gets its result; `drained` has waited for that alone.
    package mutating func land(_ key: Key, flight number: Int, now: MonotonicTime) -> (waiters: [W], drained: [W]) {
        running -= 1
        precondition(running >= 0, "more work has ended than was begun")
        pace.countGrant(now: now)
        let waiters = take(key, flight: number)
        counters.granted += waiters.count
        return (waiters, closing.drained(isIdle: running == 0))
    }

    /// The time of the work is over, and nobody waits for it any longer; it still runs until it ends. Returns who waited.
    package mutating func timeOut(_ key: Key, flight number: Int) -> [W] {
        let waiters = take(key, flight: number)
        if !waiters.isEmpty { timedOut += 1 }
        counters.expired += waiters.count
        return waiters
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setQueueDepth(_ depth: Int) {
        seats.setDepth(depth)
    }

    /// Refuses newcomers; who waits still gets its result.
    package mutating func startDraining() -> [W] {
        closing.close()
        return closing.drained(isIdle: running == 0)
    }

    /// Refuses newcomers and all who wait. Returns them, and the work nobody waits for by it, to be cancelled.
    package mutating func shutDown() -> (refused: [W], abandoned: [Int], drained: [W]) {
        closing.close()
        let abandoned = (flights.values.map(\.number) + forgotten.keys).sorted()
        for flight in flights.values { freeLines.append(flight.line) }
        for flight in forgotten.values { freeLines.append(flight.line) }
        flights = [:]
        forgotten = [:]
        let refused = seats.removeAll().map(\.waiter)
        counters.refused += refused.count
        return (refused, abandoned, closing.drained(isIdle: running == 0))
    }

    /// Waits for the moment when no work runs; `nil` when it is now.
    package mutating func watchIdle(_ watcher: W) -> WaiterQueue<W>.Ticket? {
        closing.watch(watcher, isIdle: running == 0)
    }

    package mutating func unwatchIdle(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        closing.unwatch(ticket)
    }

    /// A waiter leaves; `nil` when its result has come. The last one takes the work with it.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> Departure? {
        guard let seat = seats.remove(ticket.place) else { return nil }
        counters.countGivenUp(reason)
        return departure(seat)
    }

    /// Lets newcomers begin anew; who waits keeps waiting for the work under way. Returns whether there was any.
    package mutating func forget(_ key: Key) -> Bool {
        guard let flight = flights.removeValue(forKey: key) else { return false }
        forgotten[flight.number] = flight
        return true
    }

    package mutating func forgetAll() {
        for flight in flights.values { forgotten[flight.number] = flight }
        flights = [:]
    }

    /// Somebody has waited for a result until it came.
    package mutating func recordWait(_ duration: Duration) {
        counters.waits.record(duration)
    }

    /// A piece of work took so long.
    package mutating func recordRun(_ duration: Duration) {
        counters.runs.record(duration)
    }

    /// Whether anybody waits for a piece of work.
    package func isWaitedFor(_ key: Key, flight number: Int) -> Bool {
        flights[key]?.number == number || forgotten[number] != nil
    }

    /// The work of a key begins, and those who wait for it stand in a line of its own.
    private mutating func begin(_ flight: Flight, _ key: Key, now: MonotonicTime) {
        nextNumber = flight.number
        if freeLines.popLast() == nil { lineCount += 1 }
        flights[key] = flight
        if running == 0 { pace.start(now: now) }
        led += 1
        running += 1
        peakRunning = max(peakRunning, running)
    }

    /// What follows from somebody's having lost a place: work that nobody waits for any more is given up.
    private mutating func departure(_ seat: Seat) -> Departure {
        let isCurrent = flights[seat.key]?.number == seat.flight
        guard let flight = isCurrent ? flights[seat.key] : forgotten[seat.flight] else {
            preconditionFailure("somebody waited for work that is not under way")
        }
        guard seats.count(of: flight.line) == 0 else { return Departure(waiter: seat.waiter, abandoned: nil) }
        if isCurrent { flights[seat.key] = nil } else { forgotten[seat.flight] = nil }
        freeLines.append(flight.line)
        return Departure(waiter: seat.waiter, abandoned: seat.flight)
    }

    /// Everybody who waits for a piece of work, which nobody can join from then on.
    private mutating func take(_ key: Key, flight number: Int) -> [W] {
        let flight: Flight
        if let current = flights[key], current.number == number {
            flight = current
            flights[key] = nil
        } else if let old = forgotten.removeValue(forKey: number) {
            flight = old
        } else {
            return []  // abandoned, or its time was over: nobody waits
        }
        freeLines.append(flight.line)
        return seats.removeAll(of: flight.line).map(\.waiter)
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Joining {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }
}

extension SingleFlightStateMachine: Sendable where W: Sendable {}
extension SingleFlightStateMachine.Seat: Sendable where W: Sendable {}
