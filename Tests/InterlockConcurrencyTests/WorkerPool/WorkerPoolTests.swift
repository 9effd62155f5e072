import InterlockConcurrency
import InterlockSimulation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("A worker pool")
struct WorkerPoolTests {
    /// The name of the thread that asks.
    private static func threadName() -> String {
        var bytes = [CChar](repeating: 0, count: 64)
        #if canImport(Darwin)
        pthread_getname_np(pthread_self(), &bytes, bytes.count)
        #else
        let file = open("/proc/thread-self/comm", O_RDONLY)
        defer { close(file) }
        let count = read(file, &bytes, bytes.count - 1)
        if count > 0 { bytes[count - 1] = 0 }
        #endif
        return bytes.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    @Test("runs work on its own named threads and returns what it returns or throws", .timeLimit(.minutes(5)))
    func runs() async throws {
        struct Failure: Error {}
        let pool = WorkerPool(threads: 2, name: "kitchen")
        #expect(try await pool.run { Self.threadName() }.hasPrefix("kitchen-"))
        await #expect(throws: Failure.self) { try await pool.run { throw Failure() } }
        #expect(await pool.drain())
        #expect(pool.snapshot.completed == 2)
        try await until { pool.aliveThreads == 0 }
    }

    @Test("runs the stretches of asynchronous work on its threads, before and after a suspension, with child tasks", .timeLimit(.minutes(5)))
    func runsAsync() async throws {
        let pool = WorkerPool(threads: 2, name: "kitchen")
        let names = try await pool.runAsync {
            let before = Self.threadName()
            await Task.yield()
            async let child = Self.childThreadName()
            return [before, await child, Self.threadName()]
        }
        #expect(names.allSatisfy { $0.hasPrefix("kitchen-") })
        #expect(!Self.threadName().hasPrefix("kitchen-"))
        #expect(await pool.drain())
        #expect(pool.snapshot.completedSteps >= 3)
        #expect(pool.snapshot.asyncCalls == 0)
    }

    @concurrent
    private static func childThreadName() async -> String { threadName() }

    @Test("changes the number of its threads while they work, and loses nothing that is queued", .timeLimit(.minutes(5)))
    func resizes() async throws {
        let pool = WorkerPool(threads: 1, name: "kitchen")
        let barrier = Barrier()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { try await pool.run { barrier.wait() } } }
            try await until { barrier.arrivals == 1 }
            try await until { pool.snapshot.queued == 2 }
            pool.setThreads(3)
            try await until { barrier.arrivals == 3 }
            #expect(pool.aliveThreads == 3)
            for _ in 0..<9 { group.addTask { try await pool.run {} } }
            try await until { pool.snapshot.queued == 9 }
            pool.setThreads(1)
            #expect(pool.aliveThreads == 3, "whoever is at work ends that first")
            barrier.open()
            try await group.waitForAll()
        }
        try await until { pool.aliveThreads == 1 }
        #expect(pool.snapshot.threads == 1)
        // A caller has its answer before its call is counted.
        try await until { pool.snapshot.completed == 12 }
        #expect(try await pool.run { Self.threadName() } == "kitchen-0")
        pool.setThreads(0)
        #expect(pool.snapshot.threads == 1)
    }

    @MainActor
    @Test("takes asynchronous work off an actor that calls it", .timeLimit(.minutes(5)))
    func fromMainActor() async throws {
        let pool = WorkerPool(threads: 1, name: "kitchen")
        let name = try await pool.runAsync { Self.threadName() }
        #expect(name.hasPrefix("kitchen-"))
    }

    @Test("runs first what came first", .timeLimit(.minutes(5)))
    func order() async throws {
        let pool = WorkerPool(threads: 1)
        let barrier = Barrier()
        let log = Shared<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run { barrier.wait() } }
            try await until { barrier.arrivals == 1 }
            for number in 0..<50 {
                group.addTask { try await pool.run { log.update { $0.append(number) } } }
                try await until { pool.snapshot.queued == number + 1 }
            }
            barrier.open()
            try await group.waitForAll()
        }
        #expect(log.value == Array(0..<50))
        #expect(pool.snapshot.peakQueued == 50)
    }

    @Test("leaves the cooperative pool free: tasks go on while all its threads are blocked", .timeLimit(.minutes(5)))
    func blocking() async throws {
        let pool = WorkerPool(threads: 2)
        let barrier = Barrier()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { try await pool.run { barrier.wait() } } }
            try await until { barrier.arrivals == 2 }
            #expect(pool.snapshot.busy == 2)
            for _ in 0..<100 { await Task.yield() }
            barrier.open()
            try await group.waitForAll()
        }
        #expect(pool.snapshot.busyTime > .zero)
        #expect((0...1).contains(pool.snapshot.utilisation))
    }

    @Test("refuses who comes when the queue is full", .timeLimit(.minutes(5)))
    func full() async throws {
        let pool = WorkerPool(threads: 1, queue: .init(depth: 1), name: "kitchen")
        let barrier = Barrier()
        async let blocked: Void = pool.run { barrier.wait() }
        try await until { barrier.arrivals == 1 }
        async let queued: Void = pool.run {}
        try await until { pool.snapshot.queued == 1 }
        let error = await #expect(throws: AcquireError.self) { try await pool.run {} }
        #expect(error?.code == .queueFull)
        #expect(error?.message.contains("kitchen") == true)
        barrier.open()
        _ = try await (blocked, queued)
        #expect(pool.snapshot.refused == 1)
    }

    @Test("lets a queued call go when it is cancelled or its deadline passes, and never runs it", .timeLimit(.minutes(5)))
    func givingUp() async throws {
        let clock = ManualClock()
        let pool = WorkerPool(threads: 1, clock: clock)
        let barrier = Barrier()
        async let blocked: Void = pool.run { barrier.wait() }
        try await until { barrier.arrivals == 1 }
        let cancelled = Task { try await pool.run { _ = Issue.record("a cancelled call ran") } }  // awaited below
        let late = Task { try await pool.run(deadline: .zero + .seconds(1)) { _ = Issue.record("a late call ran") } }  // awaited below
        try await until { pool.snapshot.queued == 2 }
        try await clock.waitForPending(1)
        cancelled.cancel()
        #expect(try await acquireFailure { try await cancelled.value } == .cancelled)
        clock.advance(by: .seconds(1))
        #expect(try await acquireFailure { try await late.value } == .deadlineExceeded)
        barrier.open()
        try await blocked
        #expect(pool.snapshot.completed + pool.snapshot.busy >= 1)
        #expect(pool.snapshot.cancelled == 1)
        #expect(pool.snapshot.expired == 1)
    }

    @Test("waits for a call that has begun, also when its task is cancelled", .timeLimit(.minutes(5)))
    func cancelledWhileRunning() async throws {
        let pool = WorkerPool(threads: 1)
        let barrier = Barrier()
        let task = Task { try await pool.run { barrier.wait(); return 7 } }  // awaited below
        try await until { barrier.arrivals == 1 }
        task.cancel()
        barrier.open()
        #expect(try await task.value == 7)
    }

    @Test("does not begin an asynchronous call that is cancelled or late when a thread takes it", .timeLimit(.minutes(5)))
    func lateAsync() async throws {
        let clock = ManualClock()
        let pool = WorkerPool(threads: 1, clock: clock)
        let barrier = Barrier()
        async let blocked: Void = pool.run { barrier.wait() }
        try await until { barrier.arrivals == 1 }
        let cancelled = Task { try await pool.runAsync { _ = Issue.record("a cancelled call ran") } }  // awaited below
        let late = Task { try await pool.runAsync(deadline: .zero + .seconds(1)) { _ = Issue.record("a late call ran") } }  // awaited below
        try await until { pool.snapshot.queued == 2 }
        cancelled.cancel()
        clock.advance(by: .seconds(1))
        barrier.open()
        try await blocked
        #expect(try await acquireFailure { try await cancelled.value } == .cancelled)
        #expect(try await acquireFailure { try await late.value } == .deadlineExceeded)
        #expect(pool.snapshot.asyncCalls == 0)
    }

    @Test("drains: what is queued still runs; at the deadline the queue is refused and what runs is left to end", .timeLimit(.minutes(5)))
    func drain() async throws {
        let clock = ManualClock()
        let pool = WorkerPool(threads: 1, clock: clock)
        let barrier = Barrier()
        let running = Task { try await pool.run { barrier.wait(); return 1 } }  // awaited below
        try await until { barrier.arrivals == 1 }
        let queued = Task { try await pool.run { 2 } }  // awaited below
        try await until { pool.snapshot.queued == 1 }
        async let isDrained = pool.drain(deadline: .zero + .seconds(1))
        try await clock.waitForPending(1)
        #expect(try await acquireFailure { try await pool.run {} } == .shutDown)
        clock.advance(by: .seconds(1))
        #expect(await isDrained == false)
        #expect(try await acquireFailure { _ = try await queued.value } == .shutDown)
        barrier.open()
        #expect(try await running.value == 1)
        try await until { pool.aliveThreads == 0 }
    }

    @Test("lets everything end when it is drained without a deadline", .timeLimit(.minutes(5)))
    func drainAll() async throws {
        let pool = WorkerPool(threads: 2)
        let done = Shared(0)
        let gate = Gate()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<20 {
                group.addTask {
                    if index % 2 == 0 {
                        try? await pool.run { done.update { $0 += 1 } }  // a refusal shows in the count below
                    } else {
                        try? await pool.runAsync { try await gate.wait(); done.update { $0 += 1 } }  // as above
                    }
                }
            }
            try? await gate.waitForWaiters(10)  // fails only when the test is cancelled
            async let isDrained = pool.drain()
            gate.open()
            #expect(await isDrained)
            await group.waitForAll()
        }
        #expect(done.value + pool.snapshot.refused == 20)
        #expect(pool.snapshot.refused <= 10)
    }

    @Test("runs what is left of an asynchronous call after shutdown, also through an executor that outlives it", .timeLimit(.minutes(5)))
    func afterShutDown() async throws {
        let pool = WorkerPool(threads: 1, name: "kitchen")
        let executor = pool.executor
        pool.shutDown()
        try await until { pool.aliveThreads == 0 }
        let names = await withTaskExecutorPreference(executor) {
            let before = await Self.childThreadName()
            await Task.yield()
            return [before, await Self.childThreadName()]
        }
        #expect(names == ["kitchen-0", "kitchen-0"])
        try await until { pool.aliveThreads == 0 }
    }

    @Test("ends its threads with its last reference", .timeLimit(.minutes(5)))
    func lifetime() async throws {
        var pool: WorkerPool? = WorkerPool(threads: 3, name: "brief")
        weak let executor: (any TaskExecutor)? = pool?.executor
        #expect(try await pool?.run { 1 } == 1)
        pool = nil
        // The threads hold the executor; it goes when the last of them has ended.
        try await until { executor == nil }
    }

    @Test("runs each call once and loses none when submissions, cancellations and threads race", .timeLimit(.minutes(5)))
    func races() async throws {
        let pool = WorkerPool(threads: 3, queue: .init(depth: 10_000))
        let ran = Shared(0)
        for seed in 0..<40 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let tasks = (0..<50).map { index in
                Task {  // awaited below
                    if index % 2 == 0 { try await pool.run { ran.update { $0 += 1 } } }
                    else { try await pool.runAsync { await Task.yield(); ran.update { $0 += 1 } } }
                }
            }
            for task in tasks.shuffled(using: &random).prefix(15) { task.cancel() }
            for task in tasks { _ = await task.result }
        }
        #expect(ran.value + pool.snapshot.cancelled == 40 * 50)
        #expect(pool.snapshot.queued == 0)
        #expect(await pool.drain())
    }
}
