import InterlockConcurrency
import Measuring

/// A `Limiter` under the load that `Benchmarks/Peers/limit.cjs` puts on p-limit: a permit that is free, and a thousand tasks that
/// stand in line for ten.
struct LimiterSpeed {
    private static let queued = 1_000

    func measure(rounds: Int) async throws -> Figures {
        let limiter = Limiter(limit: 10, queue: .init(depth: Self.queued))
        var figures = Figures()
        figures.set("uncontendedNanoseconds", try await fastest(rounds * 1_000) {
            for _ in 0..<rounds * 1_000 { try await limiter.withPermit {} }
        })
        figures.set("queuedNanoseconds", try await fastest(rounds * Self.queued) {
            for _ in 0..<rounds {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<Self.queued {
                        // The body gives the turn away once, so that the limit is reached and the rest waits in line.
                        group.addTask { try await limiter.withPermit { await Task.yield() } }
                    }
                    try await group.waitForAll()
                }
            }
        })
        figures.set("peakWaiting", limiter.snapshot.peakWaiting)
        return figures
    }

    /// Of five passes, as the least disturbed one.
    private func fastest(_ count: Int, _ pass: () async throws -> Void) async rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<5 {
            let began = nanoseconds()
            try await pass()
            best = min(best, Double(nanoseconds() - began) / Double(count))
        }
        return best
    }
}
