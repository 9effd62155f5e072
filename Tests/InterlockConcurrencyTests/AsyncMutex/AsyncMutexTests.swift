import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A mutex")
struct AsyncMutexTests {
    @Test("loses no update, whoever runs when; without it some are lost within 100 rounds", .timeLimit(.minutes(5)))
    func exclusion() async throws {
        for _ in 0..<100 {
            let mutex = AsyncMutex()
            let lost = try await Proofs.lostUpdates { section in try await mutex.withLock { await section() } }
            #expect(lost == 0)
            #expect(!mutex.snapshot.isHeld)
        }
        let isNoticed = try await Proofs.failsWithin100Rounds {
            try await Proofs.lostUpdates { section in await section() } == 0
        }
        #expect(isNoticed)
    }

    @Test("lets in first who came first", .timeLimit(.minutes(5)))
    func order() async throws {
        let mutex = AsyncMutex()
        let holder = try await Holder.enter { section in try await mutex.withLock { try await section() } }
        let log = Shared<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask { try await mutex.withLock { log.update { $0.append(number) } } }
                try await until { mutex.snapshot.waiting == number + 1 }
            }
            try await holder.leave()
            try await group.waitForAll()
        }
        #expect(log.value == Array(0..<50))
        #expect(mutex.snapshot.peakWaiting == 50)
        #expect(mutex.snapshot.contended == 50)
    }

    /// A holder that leaves and asks again at once, while another stands in line. Returns who entered, in order.
    private func overtaking(
        waiting: @escaping @Sendable () -> Int,
        lock: @escaping @Sendable (@Sendable () async throws -> Void) async throws -> Void
    ) async throws -> [String] {
        let log = Shared<[String]>([])
        let isInside = Gate()
        async let greedy: Void = {
            try await lock { try await isInside.wait() }
            try await lock { log.update { $0.append("newcomer") } }
        }()
        try await isInside.waitForWaiters(1)
        async let patient: Void = lock { log.update { $0.append("waiter") } }
        try await until { waiting() == 1 }
        isInside.open()
        _ = try await (greedy, patient)
        return log.value
    }

    @Test("is handed to who waits, so that a newcomer cannot overtake; a lock that frees first is overtaken within 100 rounds", .timeLimit(.minutes(5)))
    func handOver() async throws {
        for _ in 0..<100 {
            let mutex = AsyncMutex()
            let order = try await overtaking(waiting: { mutex.snapshot.waiting }) { body in try await mutex.withLock { try await body() } }
            #expect(order == ["waiter", "newcomer"])
        }
        let isNoticed = try await Proofs.failsWithin100Rounds {
            let lock = FreeFirstLock()
            let order = try await overtaking(waiting: { lock.waiting }) { body in try await lock.withLock { try await body() } }
            return order == ["waiter", "newcomer"]
        }
        #expect(isNoticed)
    }

    @Test("is left when the section throws, and gives its value back, also one that may not be sent", .timeLimit(.minutes(5)))
    func bodies() async throws {
        final class NotSendable { var value = 3 }
        struct Failure: Error {}
        let mutex = AsyncMutex()
        await #expect(throws: Failure.self) { try await mutex.withLock { throw Failure() } }
        let object = try await mutex.withLock { NotSendable() }
        #expect(object.value == 3)
        #expect(await mutex.tryWithLock { 7 } == 7)
        #expect(!mutex.snapshot.isHeld)
    }

    @Test("is not waited for by the try form", .timeLimit(.minutes(5)))
    func tryForm() async throws {
        let mutex = AsyncMutex()
        let holder = try await Holder.enter { section in try await mutex.withLock { try await section() } }
        #expect(await mutex.tryWithLock { 7 } == nil)
        try await holder.leave()
    }

    @Test("lets a waiter go at its deadline, by the clock it was given, and takes its timer back otherwise", .timeLimit(.minutes(5)))
    func deadline() async throws {
        let clock = ManualClock()
        let mutex = AsyncMutex(name: "ledger", clock: clock)
        let holder = try await Holder.enter { section in try await mutex.withLock { try await section() } }
        let late = Task { try await mutex.withLock(deadline: .zero + .seconds(1)) {} }  // awaited below
        let patient = Task { try await mutex.withLock(deadline: .zero + .seconds(9)) {} }  // awaited below
        try await clock.waitForPending(2)
        clock.advance(by: .seconds(1))
        let error = await #expect(throws: AcquireError.self) { try await late.value }
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.message.contains("ledger") == true)
        #expect(mutex.snapshot.expired == 1)
        try await holder.leave()
        try await patient.value
        #expect(clock.pendingCount == 0)
        let tooLate = try await acquireFailure { try await mutex.withLock(deadline: .zero) {} }
        #expect(tooLate == nil, "a free lock is taken also after the deadline")
    }

    @Test("refuses who comes when its line is full", .timeLimit(.minutes(5)))
    func full() async throws {
        let mutex = AsyncMutex(queue: .init(depth: 1))
        let holder = try await Holder.enter { section in try await mutex.withLock { try await section() } }
        async let waiter: Void = mutex.withLock {}
        try await until { mutex.snapshot.waiting == 1 }
        #expect(try await acquireFailure { try await mutex.withLock {} } == .queueFull)
        try await holder.leave()
        try await waiter
        #expect(mutex.snapshot.refused == 1)
    }

    @Test("lets a cancelled waiter go and the others keep their places", .timeLimit(.minutes(5)))
    func cancel() async throws {
        let mutex = AsyncMutex()
        let holder = try await Holder.enter { section in try await mutex.withLock { try await section() } }
        let log = Shared<[Int]>([])
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<3 {
            tasks.append(Task { try await mutex.withLock { log.update { $0.append(number) } } })  // awaited below
            try await until { mutex.snapshot.waiting == number + 1 }
        }
        tasks[1].cancel()
        #expect(try await acquireFailure { try await tasks[1].value } == .cancelled)
        try await holder.leave()
        try await tasks[0].value
        try await tasks[2].value
        #expect(log.value == [0, 2])
    }

    @Test("never queues a task that was cancelled before it asked", .timeLimit(.minutes(5)))
    func cancelledBefore() async throws {
        let mutex = AsyncMutex()
        let holder = try await Holder.enter { section in try await mutex.withLock { try await section() } }
        let task = Task {  // awaited below
            withUnsafeCurrentTask { $0?.cancel() }
            try await mutex.withLock {}
        }
        #expect(try await acquireFailure { try await task.value } == .cancelled)
        #expect(mutex.snapshot.peakWaiting == 0)
        try await holder.leave()
    }

    @Test("neither loses nor doubles itself when cancellations race with hand-overs", .timeLimit(.minutes(5)))
    func cancelRaces() async throws {
        let mutex = AsyncMutex()
        let inside = Shared(0)
        let entered = Shared(0)
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let tasks = (0..<20).map { _ in
                Task {  // awaited below
                    try await mutex.withLock {
                        #expect(inside.update { $0 += 1; return $0 } == 1)
                        await Task.yield()
                        inside.update { $0 -= 1 }
                        entered.update { $0 += 1 }
                    }
                }
            }
            for task in tasks.shuffled(using: &random).prefix(10) {
                if Bool.random(using: &random) { await Task.yield() }
                task.cancel()
            }
            for task in tasks { _ = await task.result }
            #expect(!mutex.snapshot.isHeld)
            #expect(mutex.snapshot.waiting == 0)
        }
        let snapshot = mutex.snapshot
        #expect(snapshot.acquisitions == entered.value)
        #expect(snapshot.acquisitions + snapshot.cancelled == 60 * 20)
    }
}
