import InterlockSimulation

/// Figures of blocks of time drawn with replacement, without adding their histograms up for every draw.
struct BlockBootstrap {
    /// One block of a run.
    struct Block {
        /// What its callers waited.
        var waits: LatencyHistogram
        /// Its calls, and those of them that failed.
        var calls: Int
        var failed: Int
    }

    /// Upper bounds of all buckets that were hit, ascending, in nanoseconds.
    private let bounds: [Int64]
    /// For each block, its calls up to each bound.
    private let cumulative: [[Int]]
    private let blocks: [Block]

    init(_ blocks: [Block]) {
        self.blocks = blocks
        bounds = Set(blocks.flatMap { $0.waits.buckets.map(\.upperBound) }).sorted()
        let bounds = bounds
        cumulative = blocks.map { block in
            var rest = block.waits.buckets[...]
            var calls = 0
            return bounds.map { bound in
                if let next = rest.first, next.upperBound == bound {
                    calls += next.count
                    rest.removeFirst()
                }
                return calls
            }
        }
    }

    /// How often each block is drawn; as many draws as there are blocks.
    func draw(_ random: inout SeededRandom) -> [Int] {
        var times = Array(repeating: 0, count: cumulative.count)
        for _ in cumulative { times[Int.random(in: 0..<cumulative.count, using: &random)] += 1 }
        return times
    }

    /// The share of the drawn blocks' calls that failed, from 0 to 1.
    func errorShare(times: [Int]) -> Double {
        var (calls, failed) = (0, 0)
        for (block, number) in zip(blocks, times) {
            calls += block.calls * number
            failed += block.failed * number
        }
        return calls == 0 ? 0 : Double(failed) / Double(calls)
    }

    /// The latency in nanoseconds that the given share of the drawn blocks' calls does not exceed.
    func quantile(_ share: Double, times: [Int]) -> Int64 {
        func calls(upTo index: Int) -> Int {
            var sum = 0
            for (block, number) in times.enumerated() where number > 0 { sum += cumulative[block][index] * number }
            return sum
        }
        guard !bounds.isEmpty else { return 0 }
        let rank = max(1, Int((share * Double(calls(upTo: bounds.count - 1))).rounded(.up)))
        var (low, high) = (0, bounds.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if calls(upTo: middle) >= rank { high = middle } else { low = middle + 1 }
        }
        return bounds[low]
    }
}
