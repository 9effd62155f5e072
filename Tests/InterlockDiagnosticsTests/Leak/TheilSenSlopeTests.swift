import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("A robust line")
struct TheilSenSlopeTests {
    @Test("Points on a line give that line")
    func line() throws {
        let points = (0..<20).map { (number: Int) -> GrowthSeries.Point in .init(Double(number), 3 + 2 * Double(number)) }
        let fit = try #require(TheilSenSlope(points))
        #expect(fit.slope == 2 && fit.intercept == 3 && fit.low == 2 && fit.high == 2)
    }

    @Test("A quarter of the points may lie anywhere")
    func outliers() throws {
        let points = (0..<40).map { (number: Int) -> GrowthSeries.Point in
            number % 5 == 2 ? .init(Double(number), 1e9) : .init(Double(number), 2 * Double(number))
        }
        let fit = try #require(TheilSenSlope(points))
        #expect(abs(fit.slope - 2) < 0.5)
    }

    @Test("Fewer than four points, or all at one place, make none")
    func none() {
        #expect(TheilSenSlope([.init(0, 0), .init(1, 1), .init(2, 2)]) == nil)
        #expect(TheilSenSlope(Array(repeating: .init(1, 2), count: 10)) == nil)
    }

    @Test("The interval holds the slope in some 95 of 100 series")
    func coverage() {
        let held = (1...400 as ClosedRange<UInt64>).count { seed in
            var simulation = SimulatedSeries(seed: seed)
            guard let fit = TheilSenSlope(simulation.noisy(slope: 5, noise: 1000, base: 0).points) else { return false }
            return fit.low <= 5 && 5 <= fit.high
        }
        #expect(held >= 368)
    }

    @Test("Turned upside down, points have the same interval turned upside down", arguments: 1...40 as ClosedRange<UInt64>)
    func mirrored(seed: UInt64) throws {
        var simulation = SimulatedSeries(seed: seed)
        let points = Array(simulation.noisy(slope: 5, noise: 1000, base: 0).points.prefix(8 + Int(seed)))
        let fit = try #require(TheilSenSlope(points))
        let mirrored = try #require(TheilSenSlope(points.map { .init($0.x, -$0.y) }))
        #expect(abs(mirrored.slope + fit.slope) < 1e-6 && abs(mirrored.low + fit.high) < 1e-6 && abs(mirrored.high + fit.low) < 1e-6)
    }

    @Test("The interval's ends have Sen's ranks: of ten points' 45 slopes, the eleventh and the thirty-fifth")
    func ranks() throws {
        var simulation = SimulatedSeries(seed: 7)
        let points = (0..<10).map { (number: Int) -> GrowthSeries.Point in .init(Double(number), 3 * Double(number) + simulation.normal()) }
        var slopes: [Double] = []
        for (index, a) in points.enumerated() { for b in points[(index + 1)...] { slopes.append((b.y - a.y) / (b.x - a.x)) } }
        slopes.sort()
        // The variance is 10 · 9 · 25 / 18 = 125, so C = 21.9 and M = 11.5: whole ranks that hold at least as much are 11 and 45 − 11 + 1.
        let fit = try #require(TheilSenSlope(points, isWidened: false))
        #expect(fit.low == slopes[11 - 1] && fit.high == slopes[35 - 1])
    }

    @Test("Where readings resemble the one before, the widened interval holds the slope in some 90 of 100 series; the plain one does not")
    func correlated() {
        func held(_ isWidened: Bool) -> Int {
            (1...120 as ClosedRange<UInt64>).count { seed in
                var simulation = SimulatedSeries(seed: seed)
                let points = simulation.wandering(noise: 1000).points.map { GrowthSeries.Point($0.x, $0.y + 5 * $0.x) }
                guard let fit = TheilSenSlope(points, isWidened: isWidened) else { return false }
                return fit.low <= 5 && 5 <= fit.high
            }
        }
        #expect(held(true) >= 100)
        // The negative control.
        #expect(held(false) <= 90)
    }
}
