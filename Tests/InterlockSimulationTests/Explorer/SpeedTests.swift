import Foundation
import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The explorer's speed", .serialized, .enabled(if: ProcessInfo.processInfo.environment["INTERLOCK_PROVE"] != nil))
struct SpeedTests {
    @Test("is printed, for two tasks and for four", .timeLimit(.minutes(10)), arguments: [2, 4])
    func schedulesPerSecond(tasks: Int) async throws {
        for strategy in [ExplorationStrategy.random, .pct(depth: 2), .varied] {
            let started = ContinuousClock.now
            let result = try await explore(strategy, schedules: 100_000) { context in
                let mutex = AsyncMutex(clock: context.clock)
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<tasks { group.addTask { try? await mutex.withLock { await Task.yield() } } }
                }
            }
            let elapsed = (ContinuousClock.now - started) / .seconds(1)
            let rate = Int(Double(result.schedules) / elapsed)
            print("\(tasks) tasks, \(strategy): \(rate) schedules a second, \(result.steps / result.schedules) steps each")
        }
    }
}
