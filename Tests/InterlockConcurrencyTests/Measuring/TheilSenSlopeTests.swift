import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A robust line")
struct TheilSenSlopeTests {
    /// Readings as a process makes them, from a seed: each resembles the one before by `memory`.
    private struct Noise {
        var random: SeededRandom
        var memory = 0.0
        private var value = 0.0

        init(seed: UInt64, memory: Double = 0) {
            random = SeededRandom(seed: seed)
            self.memory = memory
        }

        /// The next one, of normal steps with deviation 1: the sum of twelve uniform values.
        mutating func next() -> Double {
            value = memory * value + (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
            return value
        }

        /// So many points of a line with that slope, in this noise.
        mutating func line(_ slope: Double, points: Int, scale: Double = 1) -> [(x: Double, y: Double)] {
            (0..<points).map { (x: Double($0), y: slope * Double($0) + scale * next()) }
        }
    }

    @Test("Points on a line give that line")
    func line() throws {
        let fit = try #require(TheilSenSlope((0..<20).map { (x: Double($0), y: 3 + 2 * Double($0)) }))
        #expect(fit.slope == 2 && fit.intercept == 3 && fit.low == 2 && fit.high == 2)
    }

    @Test("A fifth of the points may lie anywhere, which would bend a mean", arguments: 0..<20 as Range<UInt64>)
    func outliers(seed: UInt64) throws {
        var noise = Noise(seed: seed)
        let points = noise.line(3, points: 60).map { $0.x.truncatingRemainder(dividingBy: 5) == 0 ? (x: $0.x, y: Double.random(in: -5_000...5_000, using: &noise.random)) : $0 }
        let fit = try #require(TheilSenSlope(points))
        #expect(abs(fit.slope - 3) < 0.2)
        #expect(0 < fit.low && fit.low <= fit.slope && fit.slope <= fit.high)
    }

    @Test("Fewer than four points, or all at one place, make none")
    func none() {
        #expect(TheilSenSlope([(x: 0, y: 0), (x: 1, y: 1), (x: 2, y: 2)]) == nil)
        #expect(TheilSenSlope(Array(repeating: (x: 1, y: 2), count: 10)) == nil)
    }

    @Test("The interval holds the slope in some 95 of 100 series")
    func coverage() {
        let held = (1...400 as ClosedRange<UInt64>).count { seed in
            var noise = Noise(seed: seed)
            guard let fit = TheilSenSlope(noise.line(5, points: 80)) else { return false }
            return fit.low <= 5 && 5 <= fit.high
        }
        #expect(held >= 368)
    }

    @Test("Turned upside down, points have the same interval turned upside down", arguments: 1...40 as ClosedRange<UInt64>)
    func mirrored(seed: UInt64) throws {
        var noise = Noise(seed: seed)
        let points = noise.line(5, points: 8 + Int(seed), scale: 40)
        let fit = try #require(TheilSenSlope(points))
        let mirrored = try #require(TheilSenSlope(points.map { (x: $0.x, y: -$0.y) }))
        #expect(abs(mirrored.slope + fit.slope) < 1e-6 && abs(mirrored.low + fit.high) < 1e-6 && abs(mirrored.high + fit.low) < 1e-6)
    }

    @Test("The interval's ends have Sen's ranks: of ten points' 45 slopes, the eleventh and the thirty-fifth")
    func ranks() throws {
        var noise = Noise(seed: 7)
        let points = noise.line(3, points: 10)
        var slopes: [Double] = []
        for (index, a) in points.enumerated() { for b in points[(index + 1)...] { slopes.append((b.y - a.y) / (b.x - a.x)) } }
        slopes.sort()
        // The variance is 10 · 9 · 25 / 18 = 125, so C = 21.9 and M = 11.5: whole ranks that hold at least as much are 11 and 45 − 11 + 1.
        let fit = try #require(TheilSenSlope(points, isWidened: false))
        #expect(abs(fit.low - slopes[11 - 1]) < 1e-12 && abs(fit.high - slopes[35 - 1]) < 1e-12)
    }

    @Test("Where readings resemble the one before, the widened interval holds the slope in some 90 of 100 series; the plain one does not")
    func correlated() {
        func held(_ isWidened: Bool) -> Int {
            (1...120 as ClosedRange<UInt64>).count { seed in
                var noise = Noise(seed: seed, memory: 0.7)
                guard let fit = TheilSenSlope(noise.line(5, points: 80), isWidened: isWidened) else { return false }
                return fit.low <= 5 && 5 <= fit.high
            }
        }
        #expect(held(true) >= 100)
        // The negative control.
        #expect(held(false) <= 90)
    }
}
