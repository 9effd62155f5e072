import InterlockSimulation

/// What drawing the blocks of two runs again and again has brought.
struct DrawnFigures {
    /// For each bound, the ratios of the percentile.
    private(set) var ratios: [[Double]]
    /// The differences of the shares of failed calls.
    private(set) var errors: [Double] = []

    /// Draws; `nil` with fewer than five blocks on a side.
    ///
    /// - Parameter paired: whether a block is drawn together with that at its place on the other side. A block without a call stays beside one with calls;
    ///   where one side has more blocks, because it was stopped in between, the rest have no partner and are left out.
    init?(_ old: ComparedRun, _ new: ComparedRun, bounds: [BenchComparison.Bound], paired: Bool, draws: Int, seed: UInt64) {
        var (before, after) = (old.blocks, new.blocks)
        if paired {
            let pairs = zip(before, after).filter { $0.calls > 0 || $1.calls > 0 }
            (before, after) = (pairs.map { $0.0 }, pairs.map { $0.1 })
        } else {
            (before, after) = (before.filter { $0.calls > 0 }, after.filter { $0.calls > 0 })
        }
        guard before.count >= 5, after.count >= 5, draws > 0 else { return nil }
        ratios = Array(repeating: [], count: bounds.count)
        var random = SeededRandom(seed: seed)
        let (left, right) = (BlockBootstrap(before), BlockBootstrap(after))
        for _ in 0..<draws {
            let times = left.draw(&random)
            let others = paired ? times : right.draw(&random)
            for (index, bound) in bounds.enumerated() {
                let (was, now) = (left.quantile(bound.share, times: times), right.quantile(bound.share, times: others))
                ratios[index].append(Double(max(1, now)) / Double(max(1, was)))
            }
            errors.append(right.errorShare(times: others) - left.errorShare(times: times))
        }
    }

    /// Where 99 of a hundred lie.
    static func interval(_ values: [Double]) -> ClosedRange<Double> {
        let sorted = values.sorted()
        let tail = sorted.count / 200
        return sorted[tail]...sorted[sorted.count - 1 - tail]
    }
}
