import InterlockSimulation
import Testing

private struct Seen: Error {}

@Suite("A bug of depth 2")
struct PriorityTests {
    /// A window that is open for one step, a task that looks into it at the end of a long way, and six that make noise.
    private static let window: ExplorationBody = { _ in
        let isOpen = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask { for _ in 0..<8 { await Task.yield() } }
            }
            group.addTask {
                isOpen.update { $0 = true }
                await Task.yield()
                isOpen.update { $0 = false }
            }
            group.addTask {
                for _ in 0..<24 { await Task.yield() }
                if isOpen.get() { throw Seen() }
            }
            try await group.waitForAll()
        }
    }

    @Test("is found by PCT, and missed by random order in 20,000 schedules", .timeLimit(.minutes(10)))
    func oneStepWindow() async throws {
        let random = try await Exploration(.random, schedules: 20_000, seed: 1).run(Self.window)
        #expect(random.failure == nil)
        #expect(random.schedules == 20_000)
        print("random order found \(random.failure == nil ? "nothing" : "it") in \(random.schedules) schedules with seed 1")
        for seed in 1...5 {
            let pct = try await Exploration(.pct(depth: 2), schedules: 20_000, seed: UInt64(seed)).run(Self.window)
            let failure = try #require(pct.failure)
            #expect(failure.finding.code == .expectation)
            print("PCT found the one-step window at schedule \(failure.schedule) with seed \(seed)")
        }
    }
}
