/// Which work is under way for which key, and who waits for it.
package struct SingleFlightStateMachine<Key: Hashable & Sendable, W> {
    package struct Ticket: Sendable, Hashable {
        let key: Key
        let flight: Int
        let place: LinkedSlab<W>.Ticket
    }

    package enum Joining {
        /// Nobody was at it: start the work, and land it under this number.
        case leads(Ticket, flight: Int)
        case follows(Ticket)
        case refused(AcquireError.Code)
    }

    /// A waiter has left.
    package struct Departure {
        package let waiter: W
        /// The work nobody waits for any more, to be cancelled.
        package let abandoned: Int?
    }

    package struct Flight {
        let number: Int
        var list = LinkedSlab<W>.List()
    }

    private var slab = LinkedSlab<W>()
    private var flights: [Key: Flight] = [:]
    /// Flights that were forgotten by key and still have waiters.
    private var forgotten: [Int: Flight] = [:]
    private var nextNumber = 0
    private let maxWaiting: Int
    private let maxRunning: Int
    private var closing = Closing<W>()
    package private(set) var waiting = 0
    /// Pieces of work that have begun and not ended, with those nobody waits for any more.
    package private(set) var running = 0
    package private(set) var peakRunning = 0
    package private(set) var timedOut = 0
    package private(set) var led = 0
    package private(set) var shared = 0
    private(set) var counters = WaitCounters()

    package init(maxWaiting: Int, maxRunning: Int? = nil) {
        self.maxWaiting = maxWaiting
        self.maxRunning = max(1, maxRunning ?? maxWaiting)
    }

    package var underWay: Int { flights.count + forgotten.count }

    /// Joins the work for a key, or begins it.
    package mutating func join(_ key: Key, _ waiter: W, _ patience: Patience) -> Joining {
        if patience.isCancelled { return refuse(.cancelled) }
        if !closing.isOpen { return refuse(.shutDown) }
        if let code = patience.refusal { return refuse(code) }
        if waiting >= maxWaiting { return refuse(.queueFull) }
        // Work that was abandoned and does not heed it still runs: it keeps its place until it ends.
        if flights[key] == nil, running >= maxRunning { return refuse(.queueFull) }
        waiting += 1
        counters.peakWaiting = max(counters.peakWaiting, waiting)
        if var flight = flights[key] {
            let place = slab.append(waiter, to: &flight.list)
            flights[key] = flight
            shared += 1
            return .follows(Ticket(key: key, flight: flight.number, place: place))
        }
        nextNumber += 1
        led += 1
        running += 1
        peakRunning = max(peakRunning, running)
        var flight = Flight(number: nextNumber)
        let place = slab.append(waiter, to: &flight.list)
        flights[key] = flight
        return .leads(Ticket(key: key, flight: nextNumber, place: place), flight: nextNumber)
    }

    /// The work has ended: everybody who waits for it gets its result; `drained` has waited for that alone.
    package mutating func land(_ key: Key, flight number: Int) -> (waiters: [W], drained: [W]) {
        running -= 1
        precondition(running >= 0, "more work has ended than was begun")
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

    /// Refuses newcomers; who waits still gets its result.
    package mutating func startDraining() -> [W] {
        closing.close()
        return closing.drained(isIdle: running == 0)
    }

    /// Refuses newcomers and all who wait. Returns them, and the work nobody waits for by it, to be cancelled.
    package mutating func shutDown() -> (refused: [W], abandoned: [Int], drained: [W]) {
        closing.close()
        var refused: [W] = []
        var abandoned: [Int] = []
        for var flight in (Array(flights.values) + forgotten.values).sorted(by: { $0.number < $1.number }) {
            refused += slab.removeAll(from: &flight.list)
            abandoned.append(flight.number)
        }
        flights = [:]
        forgotten = [:]
        waiting -= refused.count
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

    /// Everybody who waits for a piece of work, which nobody can join from then on.
    private mutating func take(_ key: Key, flight number: Int) -> [W] {
        var flight: Flight
        if let current = flights[key], current.number == number {
            flight = current
            flights[key] = nil
        } else if let old = forgotten.removeValue(forKey: number) {
            flight = old
        } else {
            return []  // abandoned, or its time was over: nobody waits
        }
        let waiters = slab.removeAll(from: &flight.list)
        waiting -= waiters.count
        return waiters
    }

    /// A waiter leaves; `nil` when its result has come. The last one takes the work with it.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> Departure? {
        let isCurrent = flights[ticket.key]?.number == ticket.flight
        guard var flight = isCurrent ? flights[ticket.key] : forgotten[ticket.flight],
            let waiter = slab.remove(ticket.place, from: &flight.list)
        else { return nil }
        waiting -= 1
        counters.countGivenUp(reason)
        let remaining = flight.list.isEmpty ? nil : flight
        if isCurrent { flights[ticket.key] = remaining } else { forgotten[ticket.flight] = remaining }
        return Departure(waiter: waiter, abandoned: remaining == nil ? ticket.flight : nil)
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

    private mutating func refuse(_ code: AcquireError.Code) -> Joining {
        counters.countRefusal(code)
        return .refused(code)
    }
}

extension SingleFlightStateMachine: Sendable where W: Sendable {}
extension SingleFlightStateMachine.Flight: Sendable where W: Sendable {}
