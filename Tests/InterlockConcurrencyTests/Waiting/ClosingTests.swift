import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("Draining and shutting down")
struct ClosingTests {
    /// Drives a machine through one random sequence and compares it with the rule: one inside, the others in order, nobody
    /// new once it has closed, everybody told exactly once, and who waits for idleness told in the very transition that
    /// brings it. Returns what was wrong.
    private static func violation(of machine: some ClosingMachine, seed: UInt64) -> String? {
        var machine = machine
        var random = SeededRandom(seed: seed)
        var holder: Int?
        var line: [Int] = []
        var watchers: [Int] = []
        var late: [Int] = []
        var isOpen = true

        func differs(_ told: Told, refused: [Int] = []) -> String? {
            var expected = Told(refused: refused)
            if holder == nil, !line.isEmpty {
                holder = line.removeFirst()
                late.append(holder!)
                expected.granted = [holder!]
            }
            if !isOpen, holder == nil, line.isEmpty {
                expected.drained = watchers
                late += watchers
                watchers = []
            }
            return told == expected ? nil : "seed \(seed): told \(told) instead of \(expected)"
        }

        for id in 0..<60 {
            var difference: String?
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8:
                let expected: Bool? = !isOpen ? nil : holder == nil ? true : line.count < 4 ? false : nil
                let answer = machine.acquire(id)
                guard answer == expected else { return "seed \(seed): \(id) was answered \(String(describing: answer))" }
                if answer == true { holder = id } else if answer == false { line.append(id) }
            case 8..<13:
                guard let leaving = holder else { continue }
                holder = nil
                difference = differs(machine.release(leaving))
            case 13..<15:
                guard let index = line.indices.randomElement(using: &random) else { continue }
                guard let told = machine.giveUp(line.remove(at: index)) else { return "seed \(seed): a waiter could not leave" }
                difference = differs(told)
            case 15:
                isOpen = false
                difference = differs(machine.startDraining())
            case 16 where id > 30:
                isOpen = false
                let refused = line
                line = []
                difference = differs(machine.shutDown(), refused: refused)
            case 17:
                guard !isOpen else { continue }
                let mustWait = machine.watchIdle(id)
                if mustWait != (holder != nil) { return "seed \(seed): idleness was \(mustWait ? "not " : "")seen although \(String(describing: holder)) is inside" }
                if mustWait { watchers.append(id) }
            case 18:
                guard let index = watchers.indices.randomElement(using: &random) else { continue }
                if !machine.unwatchIdle(watchers.remove(at: index)) { return "seed \(seed): a watcher could not leave" }
            default:
                guard let told = late.randomElement(using: &random) else { continue }
                if machine.giveUp(told) != nil || machine.unwatchIdle(told) { return "seed \(seed): \(told) was told twice" }
            }
            if let difference { return difference }
        }
        while let leaving = holder {
            holder = nil
            if let difference = differs(machine.release(leaving)) { return difference }
        }
        return line.isEmpty && (watchers.isEmpty || isOpen) ? nil : "seed \(seed): somebody waits for ever"
    }

    @Test("keeps its promises in any order of events", arguments: ["mutex", "keyed mutex", "limiter", "semaphore", "file lock"])
    func randomOrder(name: String) throws {
        let machines: [String: @Sendable (UInt64) -> String?] = [
            "mutex": { Self.violation(of: ClosingMutex(), seed: $0) }, "keyed mutex": { Self.violation(of: ClosingKeyedMutex(), seed: $0) },
            "limiter": { Self.violation(of: ClosingLimiter(), seed: $0) }, "semaphore": { Self.violation(of: ClosingSemaphore(), seed: $0) },
            "file lock": { Self.violation(of: ClosingFileLock(), seed: $0) },
        ]
        let violation = try #require(machines[name])
        for seed in 0..<3_000 as Range<UInt64> { #expect(violation(seed) == nil) }
    }

    @Test("the proof notices each guard that is taken out, within 100 rounds", arguments: FaultyClosing.Fault.allCases)
    func negativeControl(fault: FaultyClosing.Fault) {
        #expect(Proofs.failsWithin100Seeds { Self.violation(of: FaultyClosing(fault), seed: $0) == nil })
    }

    /// A mutex or a keyed mutex, by what they have in common.
    struct Lock: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable (@Sendable () async throws -> Void) async throws -> Void
        /// Asks with a deadline that has passed.
        let tryLate: @Sendable () async throws -> Void
        let drain: @Sendable (MonotonicTime?) async -> Bool
        let shutDown: @Sendable () -> Void
        let waiting: @Sendable () -> Int
        let refused: @Sendable () -> Int
        let runs: @Sendable () -> DurationHistogram

        static func mutex(_ clock: any SchedulingClock) -> Lock {
            let mutex = AsyncMutex(measuresRuns: true, clock: clock)
            return Lock(
                testDescription: "mutex", run: { body in try await mutex.withLock { try await body() } },
                tryLate: { try await mutex.withLock(deadline: .zero) {} }, drain: { await mutex.drain(deadline: $0) },
                shutDown: { mutex.shutDown() }, waiting: { mutex.snapshot.waiting },
                refused: { mutex.snapshot.refused }, runs: { mutex.snapshot.runs })
        }

        static func keyed(_ clock: any SchedulingClock) -> Lock {
            let mutex = KeyedMutex<String>(measuresRuns: true, clock: clock)
            return Lock(
                testDescription: "keyed mutex", run: { body in try await mutex.withLocks(for: ["a", "b"]) { try await body() } },
                tryLate: { try await mutex.withLock(for: "a", deadline: .zero) {} }, drain: { await mutex.drain(deadline: $0) },
                shutDown: { mutex.shutDown() }, waiting: { mutex.snapshot.waiting },
                refused: { mutex.snapshot.refused }, runs: { mutex.snapshot.runs })
        }
    }

    @Test("a lock that drains lets those in line have their turn and refuses newcomers", .timeLimit(.minutes(5)), arguments: [Lock.mutex, Lock.keyed])
    func drain(make: @Sendable (any SchedulingClock) -> Lock) async throws {
        let lock = make(SystemClock.shared)
        let holder = try await Holder.enter { section in try await lock.run { try await section() } }
        let entered = Shared(false)
        async let waiter: Void = lock.run { entered.set(true) }
        try await until { lock.waiting() == 1 }
        async let drained = lock.drain(nil)
        // Too late to join the line before the drain has begun, and refused from then on.
        while try await acquireFailure({ try await lock.tryLate() }) != .shutDown { await Task.yield() }
        try await holder.leave()
        try await waiter
        #expect(await drained)
        #expect(entered.value)
        #expect(try await acquireFailure { try await lock.run {} } == .shutDown)
        #expect(await lock.drain(nil), "what is idle has been drained")
    }

    @Test("a lock that shuts down refuses those in line and leaves its holder alone", .timeLimit(.minutes(5)), arguments: [Lock.mutex, Lock.keyed])
    func shutDown(make: @Sendable (any SchedulingClock) -> Lock) async throws {
        let lock = make(SystemClock.shared)
        let holder = try await Holder.enter { section in try await lock.run { try await section() } }
        let waiters = (0..<3).map { _ in Task { try await lock.run {} } }  // awaited below
        try await until { lock.waiting() == 3 }
        lock.shutDown()
        for waiter in waiters { #expect(try await acquireFailure { try await waiter.value } == .shutDown) }
        #expect(lock.refused() == 3)
        async let drained = lock.drain(nil)
        try await holder.leave()
        #expect(await drained)
    }

    @Test("a drain ends at its deadline or with its task, and the lock goes on draining", .timeLimit(.minutes(5)), arguments: [Lock.mutex, Lock.keyed])
    func patience(make: @Sendable (any SchedulingClock) -> Lock) async throws {
        let clock = ManualClock()
        let lock = make(clock)
        let holder = try await Holder.enter { section in try await lock.run { try await section() } }
        let late = Task { await lock.drain(.zero + .seconds(1)) }  // awaited below
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(1))
        #expect(await late.value == false)
        let cancelled = Task { await lock.drain(nil) }  // awaited below
        cancelled.cancel()
        #expect(await cancelled.value == false)
        #expect(try await acquireFailure { try await lock.run {} } == .shutDown)
        clock.advance(by: .seconds(2))
        try await holder.leave()
        #expect(await lock.drain(nil))
        #expect(lock.runs().count == 1)
        #expect(lock.runs().longest == .seconds(3))
    }
}
