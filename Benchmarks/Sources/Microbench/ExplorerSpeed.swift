import InterlockConcurrency
import InterlockSimulation
import Measuring

/// How many schedules of tasks that share a lock the race explorer runs in a second, by the way it picks them.
struct ExplorerSpeed {
    private static let strategies: [(name: String, strategy: ExplorationStrategy)] = [("Random", .random), ("PCT", .pct(depth: 2)), ("Varied", .varied)]

    func measure(schedules: Int) async throws -> Figures {
        var figures = Figures()
        for tasks in [2, 4] {
            for (name, strategy) in Self.strategies {
                let began = ContinuousClock.now
                let result = try await explore(strategy, schedules: schedules) { context in
                    let mutex = AsyncMutex(clock: context.clock)
                    await withTaskGroup(of: Void.self) { group in
                        // A lock that nobody shuts down is refused to nobody.
                        for _ in 0..<tasks { group.addTask { try? await mutex.withLock { await Task.yield() } } }
                    }
                }
                figures.set("schedulesPerSecond\(name)\(tasks)", Double(result.schedules) / ((ContinuousClock.now - began) / .seconds(1)))
            }
        }
        return figures
    }
}
