import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A pool of resources")
struct ResourcePoolTests {
    private struct Broken: Error {}
    private struct Unexpected: Error {}

    /// Makes numbers, and knows which are open.
    private final class Maker: Sendable {
        let state = Shared((next: 0, open: Set<Int>(), peak: 0, closedTwice: 0))
        let fails = Shared(false)

        func make() throws -> Int {
            if fails.value { throw Broken() }
            return state.update { state in
                state.next += 1
                state.open.insert(state.next)
                state.peak = max(state.peak, state.open.count)
                return state.next
            }
        }

        func close(_ number: Int) {
            state.update { if $0.open.remove(number) == nil { $0.closedTwice += 1 } }
        }

        var open: Set<Int> { state.value.open }
    }

    private func pool(
        _ configuration: ResourcePoolConfiguration, _ maker: Maker, clock: any SchedulingClock = SystemClock.shared,
        validate: @escaping @Sendable (Int) async -> Bool = { _ in true }, onLeak: @escaping @Sendable (ResourceLeak) -> Void = { _ in }
    ) -> ResourcePool<Int> {
        ResourcePool(
            configuration, name: "numbers", clock: clock, make: { try maker.make() }, close: { maker.close($0) }, validate: validate,
            spoils: { $0 is Broken }, onLeak: onLeak)
    }

    @Test("closes no more than are beyond a smaller maximum while others are on their way out")
    func shrinking() throws {
        var machine = ResourcePoolStateMachine<Int, Int>(.init(maximum: 4))
        let place = SourcePlace(file: "test", line: 1)
        var leases: [Int] = []
        for resource in 1...4 {
            guard case .granted(let granted) = machine.acquire(resource, at: place, Patience(now: .zero)) else { return #expect(Bool(false), "a place is free") }
            machine.didMake(granted.lease, now: .zero)
            leases.append(granted.lease)
        }
        func giveBack(_ resource: Int) -> [Int] { machine.giveBack(leases[resource - 1], resource, isUsable: true, now: .zero).close }
        #expect(giveBack(1) + giveBack(2) == [])
        let resized = machine.resize(minimum: 0, maximum: 2, now: .zero).close
        #expect(resized == [1, 2])
        #expect(giveBack(3) + giveBack(4) == [])
        _ = machine.closed(now: .zero)
        _ = machine.closed(now: .zero)
        #expect(machine.total == 2)
        #expect(machine.idleCount == 2)
    }

    @Test("lends what is ready, the one used last first, and makes one only when none is", .timeLimit(.minutes(5)))
    func reuse() async throws {
        let maker = Maker()
        let pool = pool(.init(maximum: 3), maker)
        let first = try await pool.lease()
        let second = try await pool.lease()
        await first.giveBack()
        await second.giveBack()
        await second.giveBack()
        #expect(try await pool.withResource { $0 } == second.resource)
        await #expect(throws: Broken.self) { try await pool.withResource { _ in throw Broken() } }
        #expect(maker.open == [first.resource], "what an error spoiled is closed")
        #expect(pool.snapshot.made == 2)
        #expect(pool.snapshot.total == 1)
    }

    @Test("is waited for in order, until a deadline, and never has more than its maximum", .timeLimit(.minutes(5)))
    func waiting() async throws {
        let clock = ManualClock()
        let maker = Maker()
        let pool = pool(.init(maximum: 1, queue: .init(depth: 3)), maker, clock: clock)
        let lease = try await pool.lease()
        let log = Shared<[Int]>([])
        let late = Task { try await pool.withResource(deadline: .zero + .seconds(1)) { _ in } }  // awaited below
        try await clock.waitForPending(1)
        let tasks = try await [1, 2].asyncMap { number in
            let task = Task { try await pool.withResource { _ in log.update { $0.append(number) } } }  // awaited below
            try await until { pool.snapshot.waiting == number + 1 }
            return task
        }
        #expect(try await acquireFailure { try await pool.withResource { _ in } } == .queueFull)
        clock.advance(by: .seconds(1))
        #expect(try await acquireFailure { try await late.value } == .deadlineExceeded)
        await lease.giveBack()
        for task in tasks { try await task.value }
        #expect(log.value == [1, 2])
        #expect(maker.state.value.peak == 1)
        #expect(pool.snapshot.waits.count == 2)
        #expect(pool.snapshot.runs.longest == .seconds(1))
    }

    @Test("hands a place on when making fails, so that nobody waits for ever", .timeLimit(.minutes(5)))
    func failures() async throws {
        let maker = Maker()
        let pool = pool(.init(maximum: 1), maker)
        let lease = try await pool.lease()
        let waiters = (0..<3).map { _ in Task { try await pool.withResource { _ in } } }  // awaited below
        try await until { pool.snapshot.waiting == 3 }
        maker.fails.set(true)
        await lease.giveBack(isUsable: false)
        for waiter in waiters { await #expect(throws: Broken.self) { try await waiter.value } }
        #expect(pool.snapshot.total == 0)
        #expect(pool.snapshot.makeFailures == 3)
        maker.fails.set(false)
        try await pool.withResource { _ in }
    }

    @Test("validates what lay unused, and closes what lay too long or grew too old, down to its minimum", .timeLimit(.minutes(5)))
    func lifetimes() async throws {
        let clock = ManualClock()
        let maker = Maker()
        let validated = Shared<[Int]>([])
        let pool = pool(
            .init(minimum: 1, maximum: 3, idleLifetime: .seconds(60), lifetime: .seconds(100), validateAfter: .seconds(10), maintenanceInterval: .seconds(5)),
            maker, clock: clock,
            validate: { number in
                validated.update { $0.append(number) }
                return number != 1
            })
        try await pool.withResource { #expect($0 == 1) }
        clock.advance(by: .seconds(9))
        try await pool.withResource { #expect($0 == 1) }
        clock.advance(by: .seconds(10))
        try await pool.withResource { #expect($0 == 2, "the first did not pass its validation") }
        #expect(validated.value == [1])
        #expect(maker.open == [2])
        let other = try await pool.lease()
        let another = try await pool.lease()
        await other.giveBack()
        await another.giveBack()
        clock.advance(by: .seconds(60))
        let maintenance = Task { await pool.run() }  // cancelled and awaited below
        try await clock.waitForPending(1)
        #expect(maker.open.count == 1, "idle beyond the minimum")
        clock.advance(to: .zero + .seconds(300))
        try await until { clock.pendingCount == 1 && pool.snapshot.idle == 1 && pool.snapshot.made == 4 }
        maintenance.cancel()
        await maintenance.value
        #expect(maker.open.count == 1, "too old, and replaced")
        #expect(await pool.drain())
        #expect(maker.open.isEmpty)
    }

    @Test("reports what was let go of with the line that borrowed it, and closes it before its place is used again", .timeLimit(.minutes(5)))
    func leaks() async throws {
        let clock = ManualClock()
        let maker = Maker()
        let leaks = Shared<[ResourceLeak]>([])
        let pool = pool(.init(maximum: 1), maker, clock: clock, onLeak: { leak in leaks.update { $0.append(leak) } })
        var lease: ResourcePool<Int>.Lease? = try await pool.lease(file: "Tests/Leak.swift", line: 42)
        clock.advance(by: .seconds(3))
        #expect(pool.snapshot.leases.map(\.place) == [SourcePlace(file: "Tests/Leak.swift", line: 42)])
        #expect(pool.snapshot.leases.map(\.heldFor) == [.seconds(3)])
        #expect(lease?.resource == 1)
        lease = nil
        #expect(leaks.value.map(\.place.description) == ["Tests/Leak.swift:42"])
        #expect(leaks.value.map(\.heldFor) == [.seconds(3)])
        #expect(try await pool.withResource { $0 } == 2)
        #expect(maker.open == [2])
        #expect(maker.state.value.peak == 1)
        #expect(pool.snapshot.leaked == 1)
        _ = try await pool.lease()
        #expect(await pool.drain(), "also what leaks is closed in the end")
        #expect(maker.open.isEmpty)
    }

    @Test("is resized while it runs, and shuts down: who waits is refused, what is lent is closed when it comes back", .timeLimit(.minutes(5)))
    func resizeAndShutDown() async throws {
        let maker = Maker()
        let pool = pool(.init(maximum: 1), maker)
        let lease = try await pool.lease()
        async let second = pool.withResource { $0 }
        try await until { pool.snapshot.waiting == 1 }
        await pool.resize(minimum: 0, maximum: 2)
        #expect(try await second == 2)
        let waiterPool = self.pool(.init(maximum: 1), maker)
        let held = try await waiterPool.lease()
        let waiter = Task { try await waiterPool.withResource { _ in } }  // awaited below
        try await until { waiterPool.snapshot.waiting == 1 }
        await waiterPool.shutDown()
        #expect(try await acquireFailure { try await waiter.value } == .shutDown)
        await held.giveBack()
        await pool.shutDown()
        await lease.giveBack()
        #expect(maker.open.isEmpty)
        #expect(await pool.drain())
        #expect(maker.state.value.closedTwice == 0)
    }

    /// Random events on a machine whose shell is played. Returns what went wrong first.
    ///
    /// - Parameter freesEarly: Frees the place of what is to be closed before it is: the guard of the maximum, taken out.
    private func violation(seed: UInt64, freesEarly: Bool = false, losesCancelled: Bool = false) -> String? {
        var random = SeededRandom(seed: seed)
        let maximum = 1 + Int(seed % 3)
        var machine = ResourcePoolStateMachine<Int, Int>(.init(maximum: maximum, idleLifetime: .seconds(5), lifetime: .seconds(12), queue: .init(depth: 50)))
        var open: Set<Int> = []
        var closing: [Int] = []
        var lent: [(lease: Int, resource: Int)] = []
        var line: [Int] = []
        var tickets: [Int: ResourcePoolStateMachine<Int, Int>.Ticket] = [:]
        var now = MonotonicTime.zero
        var next = 0
        var fault: String?
        var (freed, closedSoFar) = (0, 0)
        func take(_ granted: ResourcePoolStateMachine<Int, Int>.Granted) {
            switch granted.grant {
            case .use(let resource, _):
                if !open.contains(resource) { fault = "a closed resource was lent" }
                if lent.contains(where: { $0.resource == resource }) { fault = "a resource was lent twice" }
                lent.append((granted.lease, resource))
                return
            case .replace(let old):
                if open.remove(old) == nil { fault = "a resource was closed twice" }
            case .make: break
            }
            next += 1
            open.insert(next)
            lent.append((granted.lease, next))
            machine.didMake(granted.lease, now: now)
        }
        func perform(_ effects: ResourcePoolStateMachine<Int, Int>.Effects) {
            for (waiter, granted) in effects.granted {
                if line.first != waiter { fault = "waiter \(waiter) went before \(line.first ?? -1)" }
                line.removeAll { $0 == waiter }
                take(granted)
            }
            closing += effects.close
        }
        for id in 0..<200 {
            now += .milliseconds(Int.random(in: 0...900, using: &random))
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                switch machine.acquire(id, at: SourcePlace(file: "test", line: 1), Patience(now: now)) {
                case .granted(let granted): take(granted)
                case .queued(let ticket, _):
                    line.append(id)
                    tickets[id] = ticket
                    if machine.total < maximum { fault = "a caller waits beside a free place" }
                case .refused: if line.count < 50 { fault = "refused beside a free place in the queue" }
                }
            case 4..<7:
                guard let index = lent.indices.randomElement(using: &random) else { continue }
                let leaving = lent.remove(at: index)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: perform(machine.giveBack(leaving.lease, leaving.resource, isUsable: false, now: now))
                case 1: if let effects = machine.abandon(leaving.lease, leaving.resource, now: now)?.effects { perform(effects) }
                default: perform(machine.giveBack(leaving.lease, leaving.resource, isUsable: true, now: now))
                }
            case 7:
                guard let index = line.indices.randomElement(using: &random) else { continue }
                let leaving = line.remove(at: index)
                if losesCancelled { continue }
                guard let (_, effects) = machine.giveUp(tickets[leaving]!, .cancelled, now: now) else { return "event \(id): a waiter could not leave" }
                perform(effects)
            case 8:
                closing += machine.maintain(now: now).close
            default: break
            }
            while freesEarly, freed < closing.count + closedSoFar {
                freed += 1
                perform(machine.closed(now: now))
            }
            if !closing.isEmpty, Bool.random(using: &random) {
                closedSoFar += 1
                if open.remove(closing.removeFirst()) == nil { fault = "a resource was closed twice" }
                if !freesEarly { perform(machine.closed(now: now)) }
            }
            if let fault { return "seed \(seed), event \(id): \(fault)" }
            if open.count > maximum { return "seed \(seed), event \(id): \(open.count) are open" }
            if machine.waiting != line.count { return "seed \(seed), event \(id): \(machine.waiting) wait instead of \(line.count)" }
        }
        return nil
    }

    @Test("keeps its invariants in any order of events; the proof notices a place freed too early and a waiter lost")
    func randomOrder() {
        for seed in 0..<500 as Range<UInt64> { #expect(violation(seed: seed) == nil) }
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, freesEarly: true) == nil })
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, losesCancelled: true) == nil })
    }

    @Test("lends each to one caller at a time under races with cancellation; a plain list lends some twice within 100 rounds", .timeLimit(.minutes(5)))
    func races() async throws {
        let maker = Maker()
        let pool = pool(.init(maximum: 3, queue: .init(depth: 1_000)), maker)
        let inUse = Shared<[Int]>([])
        let doubles = Shared(0)
        for seed in 0..<30 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let tasks = (0..<24).map { index in
                Task {  // awaited below
                    try await pool.withResource { number in
                        if inUse.update({ $0.append(number); return $0.count { $0 == number } }) > 1 { doubles.update { $0 += 1 } }
                        await Task.yield()
                        inUse.update { inUse in inUse.firstIndex(of: number).map { _ = inUse.remove(at: $0) } ?? () }
                        if index % 7 == 0 { throw Broken() }
                    }
                }
            }
            for task in tasks.shuffled(using: &random).prefix(12) {
                if Bool.random(using: &random) { await Task.yield() }
                task.cancel()
            }
            for task in tasks { _ = await task.result }
            #expect(pool.snapshot.leases.isEmpty)
            #expect(pool.snapshot.waiting == 0)
        }
        #expect(doubles.value == 0)
        #expect(maker.state.value.peak <= 3)
        #expect(maker.state.value.closedTwice == 0)
        #expect(await pool.drain())
        #expect(maker.open.isEmpty)
        let isNoticed = try await Proofs.failsWithin100Rounds {
            let free = Shared([1, 2, 3])
            return try await Proofs.peakInside(tasks: 6, entries: 1) { section in
                let first = free.value.first
                await Task.yield()
                guard let first else { return }
                free.update { $0.removeAll { $0 == first } }
                if first == 1 { await section() }
            } <= 1
        }
        #expect(isNoticed)
    }
}

extension Array {
    /// Transforms one element after another.
    fileprivate func asyncMap<R>(_ transform: (Element) async throws -> R) async rethrows -> [R] {
        var result: [R] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
