import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

/// What is proved of a lock that closes: when it has run empty it stays empty, and nobody is left in line.
private protocol Closable: Sendable {
    init(clock: any SchedulingClock)
    func run(_ body: @Sendable () async -> Void) async throws
    func drain() async -> Bool
    func shutDown()
}

private struct MutexUnderProof: Closable {
    private let mutex: AsyncMutex
    init(clock: any SchedulingClock) { mutex = AsyncMutex(clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await mutex.withLock { await body() } }
    func drain() async -> Bool { await mutex.drain() }
    func shutDown() { mutex.shutDown() }
}

private struct KeyedMutexUnderProof: Closable {
    private let mutex: KeyedMutex<Int>
    init(clock: any SchedulingClock) { mutex = KeyedMutex(clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await mutex.withLocks(for: [1, 2]) { await body() } }
    func drain() async -> Bool { await mutex.drain() }
    func shutDown() { mutex.shutDown() }
}

private struct LimiterUnderProof: Closable {
    private let limiter: Limiter
    init(clock: any SchedulingClock) { limiter = Limiter(limit: 1, clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await limiter.withPermit { await body() } }
    func drain() async -> Bool { await limiter.drain() }
    func shutDown() { limiter.shutDown() }
}

/// The control: a lock that is done draining when its line is empty, whoever is inside.
private struct HastyDrain: Closable {
    private let mutex: AsyncMutex
    init(clock: any SchedulingClock) { mutex = AsyncMutex(clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await mutex.withLock { await body() } }
    func drain() async -> Bool { mutex.snapshot.waiting == 0 }
    func shutDown() { mutex.shutDown() }
}

/// The control: a lock whose shutdown takes everybody out of the line and tells all but the last of them.
private final class ForgetfulShutdown: Closable {
    private let machine = Mutex(AsyncMutexStateMachine<Waiter<AcquireError.Code?>>(queue: .init(depth: 10)))

    init(clock: any SchedulingClock) {}

    func run(_ body: @Sendable () async -> Void) async throws {
        let waiter = Waiter<AcquireError.Code?>()
        switch machine.withLock({ $0.lock(waiter, Patience(now: .zero)) }) {
        case .granted: break
        case .refused(let code, _): throw AcquireError(code: code, message: "refused")
        case .queued: if let code = await waiter.suspend() { throw AcquireError(code: code, message: "refused") }
        }
        await body()
        switch machine.withLock({ $0.unlock() }) {
        case .free: break
        case .handedOver(let next): next.resolve(nil)
        case .drained(let watchers): for watcher in watchers { watcher.resolve(nil) }
        }
    }

    func drain() async -> Bool {
        machine.withLock { $0.startDraining() }
        let waiter = Waiter<AcquireError.Code?>()
        guard machine.withLock({ $0.watchIdle(waiter) }) != nil else { return true }
        return await waiter.suspend() == nil
    }

    func shutDown() {
        for waiter in machine.withLock({ $0.shutDown() }).dropLast() { waiter.resolve(.shutDown) }
    }
}

/// Two callers, one that drains, and one that perhaps shuts down, at any moment there is.
private func proof<Subject: Closable>(_: Subject.Type, shutsDown: Bool) -> ExplorationBody {
    { context in
        let subject = Subject(clock: context.clock)
        let seen = Shared((inside: 0, isDrained: false, fault: ""))
        let callers = (0..<2).map { _ in
            Task(executorPreference: context.executor) {  // awaited below
                do {
                    try await subject.run {
                        seen.update { seen in
                            seen.inside += 1
                            if seen.inside > 1 { seen.fault = "two were inside" }
                            if seen.isDrained { seen.fault = "one came in after all had left" }
                        }
                        await Task.yield()
                        seen.update { $0.inside -= 1 }
                    }
                } catch let error as AcquireError where error.code == .shutDown {
                    return
                } catch {
                    seen.update { $0.fault = "refused with \(error)" }
                }
            }
        }
        let drainer = Task(executorPreference: context.executor) {  // awaited below
            let isDrained = await subject.drain()
            seen.update { seen in
                if !isDrained { seen.fault = "nobody broke the drain off, and it did not end" }
                if seen.inside > 0 { seen.fault = "drained with one inside" }
                seen.isDrained = true
            }
        }
        let closer = shutsDown ? Task(executorPreference: context.executor) { subject.shutDown() } : nil  // awaited below
        for caller in callers { await caller.value }
        await drainer.value
        await closer?.value
        let fault = seen.get().fault
        if !fault.isEmpty { throw Violation(description: fault) }
    }
}

@Suite("Every interleaving of two callers, a drain and a shutdown")
struct ClosingProofTests {
    private func prove<Subject: Closable>(_ type: Subject.Type, shutsDown: Bool) async throws {
        var exploration = Exploration(.exhaustive(preemptions: nil), schedules: .max)
        exploration.realTime = .seconds(300)
        let result = try await explore(exploration, proof(type, shutsDown: shutsDown))
        #expect(result.isComplete)
        print("\(type), two callers, one drain\(shutsDown ? ", one shutdown" : ""): complete, \(result.schedules) schedules")
    }

    @Test("leaves an AsyncMutex empty for good, everybody told, nobody stuck", .timeLimit(.minutes(10)), arguments: [false, true])
    func mutex(shutsDown: Bool) async throws {
        try await prove(MutexUnderProof.self, shutsDown: shutsDown)
    }

    @Test("leaves a KeyedMutex empty for good, everybody told, nobody stuck", .timeLimit(.minutes(10)), arguments: [false, true])
    func keyedMutex(shutsDown: Bool) async throws {
        try await prove(KeyedMutexUnderProof.self, shutsDown: shutsDown)
    }

    @Test("leaves a Limiter empty for good, everybody told, nobody stuck", .timeLimit(.minutes(10)), arguments: [false, true])
    func limiter(shutsDown: Bool) async throws {
        try await prove(LimiterUnderProof.self, shutsDown: shutsDown)
    }

    @Test("finds the shutdown that forgets one waiter, within 100 schedules", .timeLimit(.minutes(10)))
    func forgottenWaiter() async throws {
        for strategy in [ExplorationStrategy.varied, .random, .pct(depth: 3)] {
            let body = proof(ForgetfulShutdown.self, shutsDown: true)
            let failure = try #require(try await Exploration(strategy, schedules: 100).run(body).failure, "\(strategy)")
            #expect(failure.finding.code == .deadlock)
        }
        // What it forgets nobody is, where nobody shuts it down.
        let right = try await explore(.exhaustive, schedules: .max, proof(ForgetfulShutdown.self, shutsDown: false))
        #expect(right.isComplete)
    }

    @Test("finds the drain that does not wait for who is inside, within 100 schedules", .timeLimit(.minutes(10)))
    func control() async throws {
        for strategy in [ExplorationStrategy.varied, .random, .pct(depth: 3)] {
            let body = proof(HastyDrain.self, shutsDown: false)
            let failure = try #require(try await Exploration(strategy, schedules: 100).run(body).failure, "\(strategy)")
            #expect(failure.finding.code == .expectation)
        }
    }
}
