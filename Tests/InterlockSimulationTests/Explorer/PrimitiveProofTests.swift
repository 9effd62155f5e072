import Foundation
import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

private struct MutexUnderProof: Guarding {
    private let mutex: AsyncMutex
    init(clock: any SchedulingClock) { mutex = AsyncMutex(clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await mutex.withLock { await body() } }
    var isIdle: Bool { !mutex.snapshot.isHeld && mutex.snapshot.waiting == 0 }
    static var capacity: Int { 1 }
}

private struct LimiterUnderProof: Guarding {
    private let limiter: Limiter
    init(clock: any SchedulingClock) { limiter = Limiter(limit: Self.capacity, clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws { try await limiter.withPermit { await body() } }
    var isIdle: Bool { limiter.snapshot.active == 0 && limiter.snapshot.waiting == 0 }
    static var capacity: Int { 2 }
}

/// The control: a lock whose cancelled waiter leaves with an error although it has been given the lock.
private final class ForgetfulLock: Guarding {
    private struct State {
        var isHeld = false
        var line: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    init(clock: any SchedulingClock) {}
    static var capacity: Int { 1 }
    var isIdle: Bool { state.withLock { !$0.isHeld && $0.line.isEmpty } }

    func run(_ body: @Sendable () async -> Void) async throws {
        let isFree = state.withLock { state in
            defer { state.isHeld = true }
            return !state.isHeld
        }
        if !isFree {
            await withCheckedContinuation { continuation in state.withLock { $0.line.append(continuation) } }
            try Task.checkCancellation()
        }
        await body()
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            if state.line.isEmpty { state.isHeld = false }
            return state.line.isEmpty ? nil : state.line.removeFirst()
        }
        next?.resume()
    }
}

@Suite("Every interleaving of three tasks and one cancellation", .serialized)
struct PrimitiveProofTests {
    /// The long form sees everything, whichever task is cancelled: up to a quarter of a million schedules each.
    private static let isLong = ProcessInfo.processInfo.environment["INTERLOCK_PROVE"] != nil

    /// For a table of proofs: one line for each in the long form's report.
    private static func tell(_ what: String, _ extent: String, _ schedules: Int, _ took: Duration) {
        print("\(what): \(extent), \(schedules) schedules")
        guard isLong else { return }
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        print("EXPLORED | \(what) | \(extent) | \(schedules) | \(String(format: "%.1f", seconds)) |")
    }

    private func prove<Subject: Guarding>(_ type: Subject.Type, _ name: String, operations: Int, victim: Int, preemptions: Int?) async throws {
        var exploration = Exploration(.exhaustive(preemptions: preemptions), schedules: .max)
        exploration.realTime = .seconds(600)
        let began = ContinuousClock.now
        let result = try await explore(exploration, proof(type, tasks: 3, operations: operations, victim: victim))
        #expect(result.isComplete)
        let extent = preemptions.map { "complete to preemption bound \($0)" } ?? "complete"
        Self.tell("\(name), 3 tasks × \(operations), task \(victim) cancelled anywhere", extent, result.schedules, ContinuousClock.now - began)
    }

    @Test("leaves an AsyncMutex with one inside at most, nothing lost, nobody stuck", .timeLimit(.minutes(60)), arguments: [1, 2], 0..<3)
    func mutex(operations: Int, victim: Int) async throws {
        if operations == 2, victim != 0, !Self.isLong { return }
        try await prove(MutexUnderProof.self, "AsyncMutex", operations: operations, victim: victim, preemptions: nil)
    }

    @Test("leaves a Limiter of two with two inside at most, nothing lost, nobody stuck", .timeLimit(.minutes(60)), arguments: [1, 2], 0..<3)
    func limiter(operations: Int, victim: Int) async throws {
        if operations == 2, victim != 0, !Self.isLong { return }
        let bound = operations == 1 || Self.isLong ? nil : 2
        try await prove(LimiterUnderProof.self, "Limiter(2)", operations: operations, victim: victim, preemptions: bound)
    }

    @Test("finds a permit that is given back early, and one that is leaked, in what it proves right otherwise", .timeLimit(.minutes(10)))
    func plantedFaults() async throws {
        try await findsPlantedFaults(MutexUnderProof.self)
        try await findsPlantedFaults(LimiterUnderProof.self)
    }

    @Test("finds the lock that a cancelled waiter takes along, within 100 schedules", .timeLimit(.minutes(10)))
    func control() async throws {
        for strategy in [ExplorationStrategy.varied, .random, .pct(depth: 3)] {
            let body = proof(ForgetfulLock.self, tasks: 3, operations: 1, victim: 1)
            let failure = try #require(try await Exploration(strategy, schedules: 100).run(body).failure, "\(strategy)")
            #expect(failure.finding.code == .deadlock || failure.finding.code == .expectation)
        }
    }
}
