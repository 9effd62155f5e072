import InterlockDiagnostics
import InterlockSimulation

/// Series as processes make them, from a seed.
struct SimulatedSeries {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// Normal with deviation 1, as the sum of twelve uniform values.
    mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) } }

    /// Grows by `slope` bytes a cycle over 2,000 cycles in 80 readings, with noise.
    mutating func noisy(slope: Double, noise: Double, base: Double = 60e6) -> GrowthSeries {
        GrowthSeries((1...80).map { .init(Double($0 * 25), base + slope * Double($0 * 25) + noise * normal()) })
    }

    /// Grows in steps of `step` bytes, as an allocator that takes its memory in pieces.
    mutating func stepped(slope: Double, step: Double, noise: Double) -> GrowthSeries {
        let phase = Double.random(in: 0..<step, using: &random)
        return GrowthSeries((1...80).map { .init(Double($0 * 25), 60e6 + step * ((slope * Double($0 * 25) + phase) / step).rounded(.down) + noise * normal()) })
    }

    /// Rises by `height` bytes halfway, and is level before and after, with noise.
    mutating func step(of height: Double, noise: Double) -> GrowthSeries {
        GrowthSeries((1...80).map { .init(Double($0 * 25), 60e6 + ($0 <= 48 ? 0 : height) + noise * normal()) })
    }

    /// A collector's saw: fills up with `garbage` bytes a cycle and falls back when `height` is reached, above what is kept.
    mutating func saw(slope: Double, garbage: Double, height: Double, noise: Double) -> GrowthSeries {
        var filled = Double.random(in: 0..<height, using: &random)
        return GrowthSeries((1...160).map { reading in
            filled += garbage * 25 * (0.8 + 0.4 * Double.random(in: 0..<1, using: &random))
            if filled >= height { filled = 0 }
            return .init(Double(reading * 25), 60e6 + slope * Double(reading * 25) + filled + noise * normal())
        })
    }

    /// Grows by `slope` until `end` cycles and stays there: a cache with a bound.
    mutating func bounded(slope: Double, end: Double, noise: Double) -> GrowthSeries {
        GrowthSeries((1...80).map { .init(Double($0 * 25), 60e6 + slope * min(end, Double($0 * 25)) + noise * normal()) })
    }

    /// Wanders about a level it is drawn back to, so that readings resemble the one before.
    mutating func wandering(noise: Double) -> GrowthSeries {
        var value = 0.0
        return GrowthSeries((1...80).map { reading in
            value = 0.7 * value + noise * normal()
            return .init(Double(reading * 25), 60e6 + value)
        })
    }

    /// Falls off towards its level within the first cycles, as a process that warms up.
    mutating func warmingUp(by height: Double, noise: Double) -> GrowthSeries {
        GrowthSeries((1...80).map { reading in
            let done = min(1, Double(reading) / 12)
            return .init(Double(reading * 25), 60e6 + height * done * (2 - done) + noise * normal())
        })
    }
}
