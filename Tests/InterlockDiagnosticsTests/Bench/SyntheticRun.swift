import InterlockSimulation

@testable import InterlockDiagnostics

/// Runs as they are saved and compared, made of a seed.
enum SyntheticRun {
    /// A run of 30 blocks; `noise` is how much slower or faster whole blocks are than others, as they are on a machine that others use too.
    static func record(seed: UInt64, factor: Double = 1, noise: Double = 0, machine: String = "a") -> BenchRecord {
        var random = SeededRandom(seed: seed)
        var result = LoadResult()
        (result.offeredSeconds, result.seconds, result.offered, result.sliceSeconds) = (30, 30, 9_000, 1)
        for _ in 0..<30 {
            var slice = LoadMeasure()
            let factor = factor * (1 + noise * Double.random(in: -1...1, using: &random))
            for _ in 0..<300 {
                let share = (Double.random(in: 0..<1, using: &random) + Double.random(in: 0..<1, using: &random)) / 2
                slice.record(.ok, latency: Duration(seconds: factor * (0.002 + 0.02 * share * share)), service: .zero)
            }
            result.slices.append(slice)
            result.total.merge(slice)
        }
        return BenchRecord(target: "t", seed: seed, time: 0, machine: MachineFingerprint(parts: ["machine": machine]), result: result)
    }
}
