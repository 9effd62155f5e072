import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

@Suite("Interleavings of the toolkit's other primitives, one task cancelled anywhere", .serialized)
struct ToolkitProofTests {
    private struct Broken: Error {}

    /// Explores a body to a bound; and the same with a guard taken out, which must be found.
    func prove(
        _ name: String, timersInterrupt: Bool = false,
        _ body: @escaping @Sendable (ExplorationContext, _ isFaulty: Bool) async throws -> Void
    ) async throws {
        for strategy in [ExplorationStrategy.exhaustive(preemptions: 1), .random] {
            var exploration = Exploration(strategy, schedules: strategy == .random ? 300 : 3_000)
            exploration.realTime = .seconds(10)
            exploration.timersInterrupt = timersInterrupt
            let result = try await explore(exploration) { try await body($0, false) }
            #expect(result.isComplete || result.schedules >= 100, "\(name), \(strategy): only \(result.schedules) schedules were run")
            print("\(name), \(strategy): \(result.isComplete ? "complete, " : "")\(result.schedules) schedules")
        }
        var search = Exploration(.random, schedules: 500)
        search.timersInterrupt = timersInterrupt
        let failure = try await search.run { try await body($0, true) }.failure
        let code = failure?.finding.code
        #expect(code == .expectation || code == .deadlock, "the planted fault of \(name) was not found: \(code.map { "\($0)" } ?? "nothing")")
    }

    @Test("a KeyedMutex of several keys lets nobody in beside another on one key, and nobody stuck; nested locks are", .timeLimit(.minutes(5)))
    func keyedMutex() async throws {
        try await prove("KeyedMutex") { context, isFaulty in
            let mutex = KeyedMutex<Int>(clock: context.clock)
            let inside = Shared<[Int: Int]>([:])
            let violated = Shared(false)
            let tasks = [[1, 2], [2, 3], [3, 1]].map { keys in
                Task(executorPreference: context.executor) {  // awaited below
                    let section: @Sendable () async -> Void = {
                        inside.update { inside in
                            for key in keys {
                                inside[key, default: 0] += 1
                                if inside[key]! > 1 { violated.update { $0 = true } }
                            }
                        }
                        await Task.yield()
                        inside.update { inside in for key in keys { inside[key]! -= 1 } }
                    }
                    if isFaulty {
                        // One after the other: each may hold one and wait for the next one's.
                        try await mutex.withLock(for: keys[0]) {
                            await Task.yield()
                            try await mutex.withLock(for: keys[1]) { await section() }
                        }
                    } else {
                        try await mutex.withLocks(for: keys) { await section() }
                    }
                }
            }
            if !isFaulty { tasks[1].cancel() }
            for task in tasks { _ = await task.result }
            if violated.get() { throw Violation(description: "two were inside with the same key") }
            if mutex.snapshot.keysHeld > 0 { throw Violation(description: "a key is left over") }
        }
    }

    @Test("a RateLimiter keeps its callers apart by its rule, and gives a cancelled one's place in the rate back", .timeLimit(.minutes(5)))
    func rateLimiter() async throws {
        try await prove("RateLimiter") { context, isFaulty in
            let rates = RateLimiter<Int>([RateLimit(1, per: .seconds(1))], clock: context.clock)
            let times = Shared<[MonotonicTime]>([])
            let tasks = (0..<3).map { _ in
                Task(executorPreference: context.executor) {  // awaited below
                    if isFaulty {
                        while !rates.peek(for: 1).isAllowed { try await context.clock.sleep(for: .milliseconds(100)) }
                        await Task.yield()
                        _ = rates.take(for: 1)
                    } else {
                        try await rates.acquire(for: 1)
                    }
                    let now = context.clock.now
                    times.update { $0.append(now) }
                }
            }
            let canceller = Task(executorPreference: context.executor) { tasks[1].cancel() }  // awaited below
            await canceller.value
            for task in tasks { _ = await task.result }
            let all = times.get().sorted()
            for (one, next) in zip(all, all.dropFirst()) where next - one < .seconds(1) {
                throw Violation(description: "two came within \(next - one)")
            }
            if rates.snapshot.waiting > 0 { throw Violation(description: "somebody is left waiting") }
            try await context.clock.sleep(for: .seconds(3))
            if !rates.take(for: 1).isAllowed { throw Violation(description: "units are lost") }
        }
    }

    @Test("a CircuitBreaker lets one probe out at a time, and takes a cancelled one's place back", .timeLimit(.minutes(5)))
    func circuitBreaker() async throws {
        try await prove("CircuitBreaker") { context, isFaulty in
            let breaker = CircuitBreaker(.init(openDuration: .zero, probes: 1), clock: context.clock)
            breaker.force(.open)
            let out = Shared((now: 0, most: 0))
            let tasks = (0..<3).map { _ in
                Task(executorPreference: context.executor) {  // awaited below
                    @Sendable func probe() async throws {
                        let isProbe = breaker.snapshot.state == .halfOpen
                        out.update { out in
                            out.now += isProbe ? 1 : 0
                            out.most = max(out.most, out.now)
                        }
                        defer { out.update { $0.now -= isProbe ? 1 : 0 } }
                        await Task.yield()
                        try Task.checkCancellation()
                    }
                    if isFaulty {
                        if breaker.snapshot.state == .open { _ = try? await breaker.run { await Task.yield() } }
                        try await probe()
                    } else {
                        try await breaker.run { try await probe() }
                    }
                }
            }
            let canceller = Task(executorPreference: context.executor) { tasks[0].cancel() }  // awaited below
            await canceller.value
            for task in tasks { _ = await task.result }
            if out.get().most > 1 { throw Violation(description: "\(out.get().most) probes were out at a time") }
            do { try await breaker.run {} } catch { throw Violation(description: "nobody gets through any more: \(error)") }
        }
    }

    @Test("a SingleFlight gives everybody who stays a value, whoever leaves, and leaves no work behind", .timeLimit(.minutes(5)))
    func singleFlight() async throws {
        try await prove("SingleFlight") { context, isFaulty in
            let flights = SingleFlight<Int, Int>(clock: context.clock)
            let led = Shared<Task<Int, any Error>?>(nil)
            @Sendable func work() async throws -> Int {
                await Task.yield()
                try Task.checkCancellation()
                return 1
            }
            let tasks = (0..<3).map { _ in
                Task(executorPreference: context.executor) { () -> Int in  // awaited below
                    guard isFaulty else { return try await flights.value(for: 1) { try await work() } }
                    // The work ends with the one who began it.
                    let (task, isLeader) = led.update { led in
                        if let led { return (led, false) }
                        let task = Task { try await work() }
                        led = task
                        return (task, true)
                    }
                    return try await withTaskCancellationHandler { try await task.value } onCancel: { if isLeader { task.cancel() } }
                }
            }
            let canceller = Task(executorPreference: context.executor) { tasks[0].cancel() }  // awaited below
            await canceller.value
            for (number, task) in tasks.enumerated() {
                if case .failure(let error) = await task.result, number != 0 { throw Violation(description: "task \(number) stayed and got \(error)") }
            }
            if !isFaulty, await !flights.drain() { throw Violation(description: "work is left behind") }
            if flights.snapshot.waiting > 0 || flights.snapshot.running > 0 { throw Violation(description: "somebody is left over") }
        }
    }

    @Test("an LRUCache that is set while it fetches keeps what was set, whoever is cancelled", .timeLimit(.minutes(5)))
    func cache() async throws {
        try await prove("LRUCache fetch") { context, isFaulty in
            // The cache of something that is written first there and then here.
            let cache = LRUCache<Int, Int>(.entries(4), clock: context.clock)
            let origin = Shared(1)
            let fetch: @Sendable () async throws -> Int = {
                let read = origin.get()
                await Task.yield()
                return read
            }
            let fetchers = (0..<2).map { _ in
                Task(executorPreference: context.executor) { () -> Int in  // awaited below
                    guard isFaulty else { return try await cache.value(for: 1, fetch: fetch) }
                    if let value = cache.value(for: 1) { return value }
                    let value = try await fetch()
                    cache.set(value, for: 1)
                    return value
                }
            }
            let setter = Task(executorPreference: context.executor) {  // awaited below
                origin.update { $0 = 2 }
                await Task.yield()
                cache.set(2, for: 1)
            }
            let canceller = Task(executorPreference: context.executor) { fetchers[0].cancel() }  // awaited below
            await setter.value
            await canceller.value
            for fetcher in fetchers { _ = await fetcher.result }
            guard cache.value(for: 1) == 2 else { throw Violation(description: "what was set was overwritten by what was read before") }
        }
    }

    @Test("retries of callers that share a budget are never more than it grants, and end with their task", .timeLimit(.minutes(5)))
    func retry() async throws {
        try await prove("Retry") { context, isFaulty in
            let budget = RetryBudget(share: 0, minimumPerSecond: 0.1, window: .seconds(10))
            let attempts = Shared(0)
            let tasks = (0..<2).map { _ in
                Task(executorPreference: context.executor) {  // awaited below
                    let body: @Sendable (Int) async throws -> Void = { _ in
                        attempts.update { $0 += 1 }
                        await Task.yield()
                        throw Broken()
                    }
                    if isFaulty {
                        do { try await body(1) } catch {
                            guard budget.snapshot.granted < 1 else { throw error }
                            await Task.yield()
                            _ = budget.withdraw(now: context.clock.now)
                            try await body(2)
                        }
                    } else {
                        try await RetryPolicy(attempts: 3, backoff: Backoff(jitter: .none), budget: budget).run(clock: context.clock) { try await body($0) }
                    }
                }
            }
            let canceller = Task(executorPreference: context.executor) { tasks[0].cancel() }  // awaited below
            if !isFaulty { await canceller.value }
            for task in tasks { if case .success = await task.result { throw Violation(description: "a failure was lost") } }
            await canceller.value
            if attempts.get() > 3 { throw Violation(description: "\(attempts.get()) attempts were made, and the budget allows 3") }
        }
    }

    @Test("a Hedge makes no more attempts than it may and leaves none running when it returns, cancelled or not", .timeLimit(.minutes(5)))
    func hedge() async throws {
        try await prove("Hedge", timersInterrupt: true) { context, isFaulty in
            let running = Shared((now: 0, begun: 0))
            @Sendable func attempt(_ number: Int) async throws -> Int {
                running.update { $0.now += 1; $0.begun += 1 }
                defer { running.update { $0.now -= 1 } }
                try await context.clock.sleep(for: .seconds(3 - number))
                return number
            }
            let call = Task(executorPreference: context.executor) { () -> Int in  // awaited below
                guard isFaulty else { return try await Hedge(after: .seconds(1), attempts: 2).run(clock: context.clock) { try await attempt($0) } }
                let other = Task { try await attempt(2) }  // the fault: nobody awaits it
                _ = other
                return try await attempt(1)
            }
            let canceller = Task(executorPreference: context.executor) {  // awaited below
                if !isFaulty { call.cancel() }
            }
            await canceller.value
            let result = await call.result
            let state = running.get()
            if state.now > 0 { throw Violation(description: "\(state.now) attempts still run") }
            if state.begun > 2 { throw Violation(description: "\(state.begun) attempts were made") }
            if case .failure(let error) = result, !(error is CancellationError) { throw Violation(description: "failed with \(error)") }
        }
    }

    // The threads of a WorkerPool are outside of the explorer. What decides about them is its state machine, and that is
    // explored here with tasks for threads: they ask it for work, park when it says so, and are woken when it says so.
    @Test("the machine of a WorkerPool forgets no call and wakes a parked thread for each; a wake-up that is lost is found", .timeLimit(.minutes(5)))
    func workerPool() async throws {
        typealias Machine = WorkerPoolStateMachine<Int, Never, Int>
        final class Threads: Sendable {
            let machine = Mutex(Machine(threads: 2, queue: .init(depth: 10)))
            let parked = Mutex<[Int: (isWoken: Bool, waiter: Waiter<Bool>?)]>([:])

            func park(_ worker: Int) async {
                let waiter: Waiter<Bool>? = parked.withLock { parked in
                    // A wake-up that came before it sleeps is not lost, as with a thread's parker.
                    if parked[worker]?.isWoken == true {
                        parked[worker] = nil
                        return nil
                    }
                    let waiter = Waiter<Bool>()
                    parked[worker] = (false, waiter)
                    return waiter
                }
                _ = await waiter?.suspend()
            }

            /// Who waits until so many calls have run.
            let watcher = Mutex<(count: Int, waiter: Waiter<Bool>)?>(nil)

            func untilRun(_ count: Int, _ done: Shared<[Int]>) async {
                let waiter = Waiter<Bool>()
                watcher.withLock { $0 = (count, waiter) }
                tellRun(done)
                _ = await waiter.suspend()
            }

            func tellRun(_ done: Shared<[Int]>) {
                let waiter: Waiter<Bool>? = watcher.withLock { watcher in
                    guard let watched = watcher, done.get().count >= watched.count else { return nil }
                    watcher = nil
                    return watched.waiter
                }
                waiter?.resolve(true)
            }

            func wake(_ worker: Int) {
                let waiter: Waiter<Bool>? = parked.withLock { parked in
                    guard let waiter = parked.removeValue(forKey: worker)?.waiter else {
                        parked[worker] = (true, nil)
                        return nil
                    }
                    return waiter
                }
                waiter?.resolve(true)
            }
        }
        try await prove("WorkerPool's machine") { context, isFaulty in
            let threads = Threads()
            let done = Shared<[Int]>([])
            let workers = threads.machine.withLock { $0.startAll() }.map { worker in
                Task(executorPreference: context.executor) {  // awaited below
                    while true {
                        let (step, effects) = threads.machine.withLock { $0.next(worker: worker, now: context.clock.now) }
                        for other in effects.wake { threads.wake(other) }
                        switch step {
                        case .run(.call(let call)):
                            await Task.yield()
                            done.update { $0.append(call) }
                            threads.tellRun(done)
                        case .park: await threads.park(worker)
                        case .exit: return
                        }
                    }
                }
            }
            let submitters = (0..<3).map { call in
                Task(executorPreference: context.executor) {  // awaited below
                    let submission = threads.machine.withLock { $0.submit(call, Patience(now: context.clock.now)) }
                    guard case .queued(_, let effect, _) = submission else { return }
                    if case .wake(let worker) = effect, !isFaulty { threads.wake(worker) }
                }
            }
            for submitter in submitters { await submitter.value }
            // With a lost wake-up nothing can go on here, which the explorer reports as a deadlock.
            await threads.untilRun(3, done)
            let effects = threads.machine.withLock { $0.shutDown() }
            for worker in effects.wake { threads.wake(worker) }
            for worker in workers { await worker.value }
            if done.get().sorted() != [0, 1, 2] { throw Violation(description: "\(done.get()) were run") }
        }
    }
}
