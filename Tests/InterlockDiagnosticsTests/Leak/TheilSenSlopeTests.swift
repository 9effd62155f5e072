import InterlockDiagnostics
import InterlockSimulation
import Testing

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
}
