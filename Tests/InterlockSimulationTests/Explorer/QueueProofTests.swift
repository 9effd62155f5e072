import Foundation
import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("Interleavings of callers before a line with a policy for when it is full", .serialized)
struct QueueProofTests {
    static let policies: [QueueConfiguration.FullPolicy] = [.rejectNewest, .rejectOldest, .rejectEarliestDeadline, .newestFirstUnderOverload]

    /// The long form cancels each caller in turn; the short one another with each policy.
    private static let isLong = ProcessInfo.processInfo.environment["INTERLOCK_PROVE"] != nil

    /// Four callers of one key for one place and two in line: whoever comes last may find it full, in any order of theirs.
    private static let full = LineScene(
        callers: [400, 100, 300, 200].map { LineScene.Caller(deadline: $0, stays: true) }, depth: 2)

    /// The same without deadlines.
    private static let undated = LineScene(callers: Array(repeating: .init(stays: true), count: 4), depth: 2)

    /// Two keys, one caller cancelled anywhere, and the line made shorter anywhere.
    private static func mixed(_ callers: Int = 4, cancelled: Int) -> LineScene {
        let four: [LineScene.Caller] = [
            .init(key: 1, deadline: 400, stays: true), .init(key: 2, deadline: 200), .init(key: 1, deadline: 100), .init(key: 1, deadline: 300),
        ]
        return LineScene(callers: Array(four.prefix(callers)), depth: 2, cancelled: cancelled, newDepth: 1)
    }

    /// Every schedule of a full line, and of the scene that has everything those with one preemption, or 2,000 random ones in the short form.
    ///
    /// - Parameter hasThread: Whether a thread takes part, whose turns are a task's: all schedules of four callers are a third of a million then, and of the
    ///   scene that has everything too many. One caller is left out: in the short form of the first, in the long form of the second.
    private func prove<Subject: LineUnderProof>(
        _ type: Subject.Type, _ name: String, _ policy: QueueConfiguration.FullPolicy, hasThread: Bool = false
    ) async throws {
        for (dates, scene) in [("", Self.full), (" without deadlines", Self.undated)] where dates.isEmpty || policy == .rejectEarliestDeadline {
            let scene = hasThread && !Self.isLong ? scene.shorter : scene
            try await explore(.exhaustive, scene, type, policy, "\(name), \(policy), \(scene.callers.count) callers\(dates) for a line of \(scene.depth)")
        }
        let callers = hasThread && Self.isLong ? 3 : 4
        for cancelled in Self.isLong ? Array(0..<callers) : [Self.policies.firstIndex(of: policy) ?? 0] {
            let what = "\(name), \(policy), \(callers) callers of 2 keys, caller \(cancelled) cancelled and the line made shorter anywhere"
            try await explore(Self.isLong ? .exhaustive(preemptions: 1) : .random, Self.mixed(callers, cancelled: cancelled), type, policy, what)
        }
    }

    private func explore<Subject: LineUnderProof>(
        _ strategy: ExplorationStrategy, _ scene: LineScene, _ type: Subject.Type, _ policy: QueueConfiguration.FullPolicy, _ what: String
    ) async throws {
        let began = ContinuousClock.now
        let result = try await InterlockSimulation.explore(strategy, schedules: strategy == .random ? 2_000 : .max, scene.body(type, policy))
        #expect(result.isComplete || strategy == .random)
        let extent = strategy == .exhaustive ? "complete" : strategy == .random ? "random order" : "complete to preemption bound 1"
        print("\(what): \(extent), \(result.schedules) schedules")
        guard Self.isLong else { return }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        print("EXPLORED | \(what) | \(extent) | \(result.schedules) | \(String(format: "%.1f", seconds)) |")
    }

    @Test("keep the promise of an AsyncMutex", .timeLimit(.minutes(5)), arguments: policies)
    func mutex(policy: QueueConfiguration.FullPolicy) async throws { try await prove(AsyncMutexLine.self, "AsyncMutex", policy) }

    @Test("keep the promise of a KeyedMutex taken by two keys", .timeLimit(.minutes(5)), arguments: policies)
    func keyedMutex(policy: QueueConfiguration.FullPolicy) async throws { try await prove(KeyedMutexLine.self, "KeyedMutex by two keys", policy) }

    @Test("keep the promise of an AsyncSemaphore", .timeLimit(.minutes(5)), arguments: policies)
    func semaphore(policy: QueueConfiguration.FullPolicy) async throws { try await prove(AsyncSemaphoreLine.self, "AsyncSemaphore", policy) }

    @Test("keep the promise of a Limiter", .timeLimit(.minutes(5)), arguments: policies)
    func limiter(policy: QueueConfiguration.FullPolicy) async throws { try await prove(LimiterLine.self, "Limiter", policy) }

    @Test("keep the promise of a ResourcePool", .timeLimit(.minutes(5)), arguments: policies)
    func resourcePool(policy: QueueConfiguration.FullPolicy) async throws { try await prove(ResourcePoolLine.self, "ResourcePool", policy) }

    @Test("keep the promise of the machine of a FileLock", .timeLimit(.minutes(5)), arguments: policies)
    func fileLock(policy: QueueConfiguration.FullPolicy) async throws { try await prove(FileLockLine.self, "FileLock's machine", policy) }

    @Test("keep the promise of the machine of a WorkerPool", .timeLimit(.minutes(5)), arguments: policies)
    func workerPool(policy: QueueConfiguration.FullPolicy) async throws { try await prove(WorkerPoolLine.self, "WorkerPool's machine", policy, hasThread: true) }

    @Test("keep the promise of a ProcessWorkerPool", .timeLimit(.minutes(5)), arguments: policies)
    func processWorkerPool(policy: QueueConfiguration.FullPolicy) async throws { try await prove(ProcessPoolLine.self, "ProcessWorkerPool", policy) }

    /// What the same proof finds in a line with a fault.
    private func finding<Subject: LineUnderProof>(
        _ type: Subject.Type, _ policy: QueueConfiguration.FullPolicy, _ scene: LineScene, _ fault: LineScene.Fault? = nil
    ) async throws -> ExplorationFinding? {
        var exploration = Exploration(.random, schedules: 5_000)
        // Only whether there is one.
        exploration.shrinkRuns = 0
        return try await exploration.run(scene.body(type, policy, fault: fault)).failure?.finding
    }

    /// The primitives in which the proof does not find a fault, of those that have lines for keys and, if told, the one that has none.
    private func blind(
        _ policy: QueueConfiguration.FullPolicy, _ scene: LineScene, _ fault: LineScene.Fault, withoutKeys: Bool = true
    ) async throws -> [String] {
        let found = [
            ("AsyncMutex", try await finding(AsyncMutexLine.self, policy, scene, fault)),
            ("KeyedMutex", try await finding(KeyedMutexLine.self, policy, scene, fault)),
            ("AsyncSemaphore", try await finding(AsyncSemaphoreLine.self, policy, scene, fault)),
            ("Limiter", withoutKeys ? try await finding(LimiterLine.self, policy, scene, fault) : nil),
            ("ResourcePool", try await finding(ResourcePoolLine.self, policy, scene, fault)),
            ("FileLock", try await finding(FileLockLine.self, policy, scene, fault)),
            ("WorkerPool", try await finding(WorkerPoolLine.self, policy, scene, fault)),
            ("ProcessWorkerPool", try await finding(ProcessPoolLine.self, policy, scene, fault)),
        ]
        return found.filter { $1?.code != .expectation && (withoutKeys || $0 != "Limiter") }.map(\.0)
    }

    @Test("find every other victim than the policy's own", .timeLimit(.minutes(5)), arguments: policies, policies)
    func otherVictim(promised: QueueConfiguration.FullPolicy, real: QueueConfiguration.FullPolicy) async throws {
        guard promised != real else { return }
        let found = try #require(try await finding(AsyncMutexLine.self, promised, Self.full, .policy(real)))
        #expect(found.code == .expectation && found.message.contains("should be"), "\(found)")
    }

    @Test("find another victim in each primitive", .timeLimit(.minutes(5)), arguments: policies)
    func otherVictims(promised: QueueConfiguration.FullPolicy) async throws {
        #expect(try await blind(promised, Self.full, .policy(promised == .rejectNewest ? .rejectOldest : .rejectNewest)) == [])
    }

    @Test("find a line that takes all keys for one, and one that does not become shorter", .timeLimit(.minutes(5)), arguments: policies)
    func keysAndDepth(policy: QueueConfiguration.FullPolicy) async throws {
        // Everybody stays inside for a while, so that any of them may be the one for whom the others wait.
        var scene = Self.mixed(cancelled: 0)
        scene.cancelled = nil
        for index in scene.callers.indices { scene.callers[index].stays = true }
        let (keys, depths) = (try await blind(policy, scene, .ignoresKeys, withoutKeys: false), try await blind(policy, scene, .ignoresDepth))
        #expect(keys == [] && depths == [], "\(keys) \(depths)")
    }

    @Test("find the line that does not tell who had to leave it, and the lock that a cancelled caller takes along", .timeLimit(.minutes(5)))
    func forgetful() async throws {
        // Nothing can go on, until the deadline of whoever waits for nothing has passed: these lines have none.
        let evicted = try #require(try await finding(ForgetfulLine<ForgetsEvicted>.self, .rejectOldest, Self.undated))
        #expect(evicted.code == .deadlock, "\(evicted)")
        let lost = try #require(try await finding(ForgetfulLine<LosesGrants>.self, .rejectNewest, Self.mixed(cancelled: 1)))
        #expect(lost.code == .deadlock || lost.code == .expectation, "\(lost)")
    }
}
