import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A single flight")
struct SingleFlightTests {
    private typealias Machine = SingleFlightStateMachine<String, Int>

    private struct Unexpected: Error {}
    private struct Broken: Error {}

    @Test("goes through lead, follow, land, give-up and forget")
    func table() throws {
        var machine = Machine(queue: .init(depth: 3))
        let patience = Patience(now: .zero)
        guard case .leads(_, let flight, evicted: nil) = machine.join("a", 1, patience), case .follows(let follower, evicted: nil) = machine.join("a", 2, patience),
            case .leads(let other, let otherFlight, evicted: nil) = machine.join("b", 3, patience),
            case .refused(.queueFull, retryAfter: nil) = machine.join("a", 4, patience)
        else { throw Unexpected() }
        #expect(machine.giveUp(other, .cancelled)?.abandoned == otherFlight)
        #expect(machine.land("b", flight: otherFlight, now: .zero).waiters.isEmpty)
        #expect(machine.giveUp(follower, .cancelled)?.abandoned == nil)
        guard case .follows(let second, evicted: nil) = machine.join("a", 5, patience) else { throw Unexpected() }
        #expect(machine.forget("a") == true)
        #expect(machine.forget("a") == false)
        guard case .leads(_, let anew, evicted: nil) = machine.join("a", 6, patience) else { throw Unexpected() }
        #expect(machine.land("a", flight: flight, now: .zero).waiters == [1, 5])
        #expect(machine.giveUp(second, .cancelled) == nil)
        #expect(machine.land("a", flight: anew, now: .zero).waiters == [6])
        #expect(machine.underWay == 0)
        #expect(machine.waiting == 0)
    }

    /// Random joins, landings and departures. Every waiter must end exactly once, with a flight of its own key.
    private func violation(seed: UInt64, forgetsWhoLeft: Bool = true) -> String? {
        var random = SeededRandom(seed: seed)
        var machine = SingleFlightStateMachine<Int, Int>(queue: .init(depth: .max))
        var flights: [Int: Int] = [:]
        var tickets: [Int: SingleFlightStateMachine<Int, Int>.Ticket] = [:]
        var ended: Set<Int> = []
        for id in 0..<150 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let key = Int.random(in: 0..<3, using: &random)
                switch machine.join(key, id, Patience(now: .zero)) {
                case .leads(let ticket, let flight, _):
                    flights[flight] = key
                    tickets[id] = ticket
                case .follows(let ticket, _): tickets[id] = ticket
                case .refused: return "event \(id): refused"
                }
            case 5, 6:
                guard let flight = flights.keys.sorted().randomElement(using: &random) else { continue }
                for waiter in machine.land(flights.removeValue(forKey: flight)!, flight: flight, now: .zero).waiters where !ended.insert(waiter).inserted {
                    return "event \(id): waiter \(waiter) ended twice"
                }
            case 7, 8:
                guard let leaving = tickets.keys.sorted().randomElement(using: &random) else { continue }
                if let departure = machine.giveUp(tickets[leaving]!, .cancelled) {
                    if !ended.insert(departure.waiter).inserted, forgetsWhoLeft { return "event \(id): waiter \(leaving) left twice" }
                    if !forgetsWhoLeft { ended.remove(departure.waiter) }
                } else if !ended.contains(leaving) {
                    return "event \(id): waiter \(leaving) could not leave"
                }
            default:
                _ = machine.forget(Int.random(in: 0..<3, using: &random))
            }
        }
        for (flight, key) in flights { ended.formUnion(machine.land(key, flight: flight, now: .zero).waiters) }
        if machine.waiting != 0 || machine.underWay != 0 { return "at the end: somebody waits for ever" }
        return ended == Set(tickets.keys) ? nil : "at the end: \(tickets.count - ended.count) never ended"
    }

    @Test("ends every waiter exactly once, in any order of events; the proof notices one that is lost")
    func randomOrder() {
        for seed in 0..<500 as Range<UInt64> { #expect(violation(seed: seed) == nil) }
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, forgetsWhoLeft: false) == nil })
    }

    @Test("does the work once for all who ask meanwhile; without it more often within 100 rounds", .timeLimit(.minutes(5)))
    func once() async throws {
        func timesWorked(_ ask: @escaping @Sendable (@escaping @Sendable () async throws -> Int) async throws -> Int) async throws -> Int {
            let worked = Shared(0)
            let gate = Gate()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        try await ask {
                            worked.update { $0 += 1 }
                            try await gate.wait()
                            return 7
                        }
                    }
                }
                try await gate.waitForWaiters(1)
                for _ in 0..<50 { await Task.yield() }
                gate.open()
                for try await value in group { #expect(value == 7) }
            }
            return worked.value
        }
        for _ in 0..<20 {
            let flight = SingleFlight<String, Int>()
            // A caller that comes after the landing begins anew, so all must have joined before the gate opens.
            let worked = Shared(0)
            let gate = Gate()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        try await flight.value(for: "a") {
                            worked.update { $0 += 1 }
                            try await gate.wait()
                            return 7
                        }
                    }
                }
                try await until { flight.snapshot.waiting == 10 }
                gate.open()
                for try await value in group { #expect(value == 7) }
            }
            #expect(worked.value == 1)
            #expect(flight.snapshot.joined == 9)
            #expect(flight.snapshot.underWay == 0)
        }
        #expect(try await Proofs.failsWithin100Rounds { try await timesWorked { work in try await work() } == 1 })
    }

    @Test("goes on when the caller that began it is cancelled, and ends when the last one is", .timeLimit(.minutes(5)))
    func cancellation() async throws {
        let flight = SingleFlight<String, Int>()
        let gate = Gate()
        let isCancelled = Shared(false)
        let work: @Sendable () async throws -> Int = {
            do { try await gate.wait() } catch {
                isCancelled.set(true)
                throw error
            }
            return 7
        }
        let leader = Task { try await flight.value(for: "a", work) }  // awaited below
        try await gate.waitForWaiters(1)
        let follower = Task { try await flight.value(for: "a", work) }  // awaited below
        try await until { flight.snapshot.waiting == 2 }
        leader.cancel()
        #expect(try await acquireFailure { _ = try await leader.value } == .cancelled)
        #expect(!isCancelled.value)
        follower.cancel()
        #expect(try await acquireFailure { _ = try await follower.value } == .cancelled)
        try await until { isCancelled.value }
        gate.open()
        #expect(try await flight.value(for: "a", work) == 7, "a newcomer does not join what was cancelled")
    }

    @Test("gives all the same error, lets a caller go at its deadline, and begins anew once it is told to forget", .timeLimit(.minutes(5)))
    func ends() async throws {
        let clock = ManualClock()
        let flight = SingleFlight<String, Int>(clock: clock)
        await #expect(throws: Broken.self) { try await flight.value(for: "a") { throw Broken() } }
        let gate = Gate()
        let patient = Task { try await flight.value(for: "a") { try await gate.wait(); return 1 } }  // awaited below
        try await gate.waitForWaiters(1)
        let hasty = Task { try await flight.value(for: "a", deadline: .zero + .seconds(1)) { 2 } }  // awaited below
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(1))
        #expect(try await acquireFailure { _ = try await hasty.value } == .deadlineExceeded)
        #expect(flight.forget("a"))
        #expect(try await flight.value(for: "a") { 3 } == 3)
        gate.open()
        #expect(try await patient.value == 1)
    }

    @Test("measures how long work takes, and how long those waited who got its value", .timeLimit(.minutes(5)))
    func measuring() async throws {
        let clock = ManualClock()
        let flight = SingleFlight<String, Int>(clock: clock)
        let gate = Gate()
        let leader = Task { try await flight.value(for: "a") { try await gate.wait(); return 1 } }  // awaited below
        try await gate.waitForWaiters(1)
        clock.advance(by: .seconds(1))
        let follower = Task { try await flight.value(for: "a") { 2 } }  // awaited below
        try await until { flight.snapshot.waiting == 2 }
        clock.advance(by: .seconds(2))
        gate.open()
        _ = try await (leader.value, follower.value)
        await #expect(throws: Broken.self) { try await flight.value(for: "b") { throw Broken() } }
        #expect(flight.snapshot.waits.count == 2)
        #expect(flight.snapshot.waits.longest == .seconds(3))
        #expect(flight.snapshot.waits.shortest == .seconds(2))
        #expect(flight.snapshot.runs.count == 2)
        #expect(flight.snapshot.runs.longest == .seconds(3))
    }

    @Test("bounds what runs, with what was abandoned and does not heed it, and shows it", .timeLimit(.minutes(5)))
    func running() async throws {
        let clock = ManualClock()
        let flights = SingleFlight<Int, Int>(queue: .init(depth: 1), clock: clock)
        let isOpen = Shared(false)
        defer { isOpen.set(true) }
        let stubborn: @Sendable () async throws -> Int = {
            while !isOpen.value { await Task.yield() }
            return 1
        }
        let first = Task { try await flights.value(for: 0, stubborn) }  // awaited below
        try await until { flights.snapshot.running == 1 }
        first.cancel()
        #expect(try await acquireFailure { _ = try await first.value } == .cancelled)
        #expect(flights.snapshot.underWay == 0)
        #expect(flights.snapshot.running == 1)
        for key in 1..<50 { #expect(try await acquireFailure { _ = try await flights.value(for: key, stubborn) } == .queueFull) }
        #expect(flights.snapshot.peakRunning == 1)
        isOpen.set(true)
        try await until { flights.snapshot.running == 0 }
        #expect(try await flights.value(for: 7) { 7 } == 7)
    }

    @Test("gives up work that is out of time, for all who wait, and what comes late reaches nobody", .timeLimit(.minutes(5)))
    func timeout() async throws {
        let clock = ManualClock()
        let flights = SingleFlight<Int, Int>(clock: clock)
        let isOpen = Shared(false)
        defer { isOpen.set(true) }
        let callers = (0..<2).map { _ in
            Task {  // awaited below
                try await flights.value(for: 0, timeout: .seconds(5)) {
                    while !isOpen.value { await Task.yield() }
                    return 1
                }
            }
        }
        try await until { flights.snapshot.waiting == 2 }
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(5))
        for caller in callers { await #expect(throws: WorkTimeoutError.self) { try await caller.value } }
        #expect(flights.snapshot.timedOut == 1)
        #expect(flights.snapshot.waiting == 0)
        #expect(try await flights.value(for: 0, timeout: .seconds(5)) { 2 } == 2)
        isOpen.set(true)
        #expect(await flights.drain())
        #expect(clock.pendingCount == 0)
        #expect(flights.snapshot.expired == 2)
    }

    @Test("drains until no work runs, and shuts down: cancels the work and sends away who waits", .timeLimit(.minutes(5)))
    func closing() async throws {
        let flights = SingleFlight<Int, Int>(clock: ManualClock())
        let gate = Gate()
        let caller = Task {  // awaited below
            try await flights.value(for: 0) {
                try await gate.wait()
                return 1
            }
        }
        try await gate.waitForWaiters(1)
        let drained = Task { await flights.drain() }  // awaited below
        while try await acquireFailure({ _ = try await flights.value(for: 1, deadline: .zero) { 1 } }) != .shutDown { await Task.yield() }
        flights.shutDown()
        #expect(try await acquireFailure { _ = try await caller.value } == .shutDown)
        #expect(await drained.value)
        #expect(flights.snapshot.running == 0)
        #expect(flights.snapshot.refused >= 2)
    }
}
