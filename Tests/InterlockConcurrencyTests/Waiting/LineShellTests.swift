import InterlockConcurrency
import InterlockSimulation
import Testing

/// A primitive with one permit and a short queue, and who asks for it: what is common to all.
struct LineShell: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let run: @Sendable (_ key: String?, _ body: @escaping @Sendable () async throws -> Void) async throws -> Void
    let setQueueDepth: @Sendable (Int) -> Void
    let waiting: @Sendable () -> Int

    static func all(_ queue: QueueConfiguration, clock: any SchedulingClock) throws -> [LineShell] {
        let mutex = AsyncMutex(queue: queue, clock: clock)
        let keyed = KeyedMutex<Int>(queue: queue, clock: clock)
        let semaphore = AsyncSemaphore(permits: 1, queue: queue, clock: clock)
        let pool = ResourcePool<Int>(.init(maximum: 1, queue: queue), clock: clock, make: { 1 }, close: { _ in })
        let folder = try TemporaryFolder()
        let file = FileLock(path: "\(folder.path)/lock", queue: queue, clock: clock)
        let bodies = CallBodies()
        let processes = ProcessWorkerPoolCore(processes: 1, queue: queue, idleLifetime: nil, name: "processes", clock: clock) { BodyRunner(bodies: bodies) }
        return [
            LineShell(
                testDescription: "AsyncMutex",
                run: { key, body in
                    if let key { try await mutex.withLock(by: key) { try await body() } } else { try await mutex.withLock { try await body() } }
                },
                setQueueDepth: { mutex.setQueueDepth($0) }, waiting: { mutex.snapshot.waiting }),
            LineShell(
                testDescription: "KeyedMutex",
                run: { key, body in
                    if let key { try await keyed.withLock(for: 7, by: key) { try await body() } } else { try await keyed.withLock(for: 7) { try await body() } }
                },
                setQueueDepth: { keyed.setQueueDepth($0) }, waiting: { keyed.snapshot.waiting }),
            LineShell(
                testDescription: "AsyncSemaphore",
                run: { key, body in
                    if let key { try await semaphore.withPermits(for: key) { try await body() } } else { try await semaphore.withPermits { try await body() } }
                },
                setQueueDepth: { semaphore.setQueueDepth($0) }, waiting: { semaphore.snapshot.waiting }),
            LineShell(
                testDescription: "ResourcePool",
                run: { key, body in
                    if let key { try await pool.withResource(for: key) { _ in try await body() } } else { try await pool.withResource { _ in try await body() } }
                },
                setQueueDepth: { pool.setQueueDepth($0) }, waiting: { pool.snapshot.waiting }),
            LineShell(
                testDescription: "FileLock",
                run: { [folder] key, body in
                    defer { withExtendedLifetime(folder) {} }
                    if let key { try await file.withLock(by: key) { try await body() } } else { try await file.withLock { try await body() } }
                },
                setQueueDepth: { file.setQueueDepth($0) }, waiting: { file.snapshot.waiting }),
            LineShell(
                testDescription: "ProcessWorkerPool",
                run: { key, body in
                    try await bodies.withBody(body) { input in _ = try await processes.run(input, for: key, deadline: nil, timeout: .seconds(1_000)) }
                },
                setQueueDepth: { processes.setQueueDepth($0) }, waiting: { processes.snapshot.waiting }),
        ]
    }
}

/// What the calls of a pool of processes are to do, each under a number.
private final class CallBodies: Sendable {
    private let bodies = Shared<[[UInt8]: @Sendable () async throws -> Void]>([:])
    private let numbers = Shared<UInt8>(0)

    /// Calls `work` with the number of `body`, which is forgotten afterwards.
    func withBody(_ body: @escaping @Sendable () async throws -> Void, _ work: ([UInt8]) async throws -> Void) async throws {
        let input = numbers.update { number -> [UInt8] in
            number += 1
            return [number]
        }
        bodies.update { $0[input] = body }
        defer { bodies.update { $0[input] = nil } }
        try await work(input)
    }

    func run(_ input: [UInt8]) async throws { try await bodies.value[input]?() }
}

/// Stands for a process: does what the body of a call does.
private struct BodyRunner: PooledProcess {
    let bodies: CallBodies

    func call(_ input: [UInt8]) async throws -> [UInt8] {
        try await bodies.run(input)
        return []
    }

    func kill() {}
    var isReady: Bool { true }
    func empty() {}
    func end() async {}
}

@Suite("Locks, semaphores and pools whose queue has a bound, a policy and keys")
struct LineShellTests {
    private static let count = 6

    /// Sets out for the section, and returns when it waits.
    private func waiter(_ shell: LineShell, _ key: String?, _ done: @escaping @Sendable () -> Void = {}) async throws -> Task<AcquireError.Code?, any Error> {
        let before = shell.waiting()
        let task = Task { try await acquireFailure { try await shell.run(key) { done() } } }  // awaited by the test
        try await until { shell.waiting() > before }
        return task
    }

    @Test("tell whom the policy makes leave, and when to come back", .timeLimit(.minutes(5)), arguments: 0..<count)
    func eviction(index: Int) async throws {
        let clock = ManualClock()
        let shell = try LineShell.all(.init(depth: 1, whenFull: .rejectOldest), clock: clock)[index]
        let holder = try await Holder.enter { section in try await shell.run(nil, section) }
        let oldest = Task { try await shell.run(nil) {} }  // awaited below
        try await until { shell.waiting() == 1 }
        let newcomer = Task { try await acquireFailure { try await shell.run(nil) {} } }  // awaited below
        let error = await #expect(throws: AcquireError.self) { try await oldest.value }
        #expect(error?.code == .queueFull)
        #expect(error?.message.contains("1 waiting") == true)
        try await holder.leave()
        #expect(try await newcomer.value == nil)
        #expect(shell.waiting() == 0)
    }

    @Test("serve keys in turn, and those without a key as one of them", .timeLimit(.minutes(5)), arguments: 0..<count)
    func inTurn(index: Int) async throws {
        let shell = try LineShell.all(.init(depth: 10), clock: SystemClock.shared)[index]
        let holder = try await Holder.enter { section in try await shell.run("z", section) }
        let order = Shared<[String]>([])
        var tasks: [Task<AcquireError.Code?, any Error>] = []
        for (name, key) in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("x1", nil), ("b1", "b"), ("x2", nil)] as [(String, String?)] {
            tasks.append(try await waiter(shell, key) { order.update { $0.append(name) } })
        }
        try await holder.leave()
        for task in tasks { #expect(try await task.value == nil) }
        #expect(order.value == ["a1", "x1", "b1", "a2", "x2", "a3"])
    }

    @Test("take a key that is not even equal to itself for none", .timeLimit(.minutes(5)))
    func strangeKey() async throws {
        let mutex = AsyncMutex()
        let holder = try await Holder.enter { section in try await mutex.withLock(by: Double.nan, section) }
        let waiter = Task { try await mutex.withLock(by: Double.nan) {} }  // awaited below
        try await until { mutex.snapshot.waiting == 1 }
        try await holder.leave()
        try await waiter.value
    }

    @Test("take a new depth at once, and the queue's own deadline", .timeLimit(.minutes(5)), arguments: 0..<count)
    func resize(index: Int) async throws {
        let clock = ManualClock()
        let shell = try LineShell.all(.init(depth: 0, deadline: .seconds(5)), clock: clock)[index]
        let holder = try await Holder.enter { section in try await shell.run(nil, section) }
        #expect(try await acquireFailure { try await shell.run(nil) {} } == .queueFull)
        shell.setQueueDepth(2)
        let timers = clock.pendingCount
        let late = [try await waiter(shell, "a"), try await waiter(shell, nil)]
        // Who waits is counted before its deadline is set.
        try await clock.waitForPending(timers + late.count)
        shell.setQueueDepth(1)
        #expect(shell.waiting() == 2)
        #expect(try await acquireFailure { try await shell.run(nil) {} } == .queueFull)
        clock.advance(by: .seconds(5))
        for task in late { #expect(try await task.value == .deadlineExceeded) }
        try await holder.leave()
    }

    @Test("a WorkerPool serves keys in turn, takes a new depth, and tells whom its policy makes leave", .timeLimit(.minutes(5)))
    func workerPool() async throws {
        let pool = WorkerPool(threads: 1, queue: .init(depth: 0, whenFull: .rejectOldest))
        let barrier = Barrier()
        let first = Task { try await pool.run { barrier.wait() } }  // awaited below
        try await until { barrier.arrivals == 1 }
        #expect(try await acquireFailure { try await pool.run(for: "a") {} } == .queueFull)
        pool.setQueueDepth(5)
        let order = Shared<[String]>([])
        var tasks: [Task<AcquireError.Code?, any Error>] = []
        for (index, name) in ["a1", "a2", "a3", "x1", "b1"].enumerated() {
            let body: @Sendable () -> Void = { order.update { $0.append(name) } }
            tasks.append(
                Task {  // awaited below
                    try await acquireFailure {
                        if name == "x1" { try await pool.run(body) } else { try await pool.run(for: name.prefix(1), timeout: nil) { _ in body() } }
                    }
                })
            try await until { pool.snapshot.queued == index + 1 }
        }
        let newcomer = Task { try await acquireFailure { try await pool.run(for: "c") { order.update { $0.append("c1") } } } }  // awaited below
        #expect(try await tasks[0].value == .queueFull, "the oldest of the key with the longest line")
        barrier.open()
        try await first.value
        for task in tasks.dropFirst() { #expect(try await task.value == nil) }
        #expect(try await newcomer.value == nil)
        #expect(order.value == ["a2", "x1", "b1", "c1", "a3"])
        pool.shutDown()
    }
}
