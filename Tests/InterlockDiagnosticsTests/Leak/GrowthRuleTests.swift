import InterlockConcurrency
import InterlockDiagnostics
import InterlockSimulation
import Testing

@Suite("What grows")
struct GrowthRuleTests {
    private static let seeds: ClosedRange<UInt64> = 1...100

    /// How many of a hundred series get the verdict, and the right bytes where it is a leak.
    private static func right(_ verdict: GrowthJudgement.Verdict, slope: Double? = nil, _ make: (inout SimulatedSeries) -> GrowthSeries) -> Int {
        seeds.count { seed in
            var simulation = SimulatedSeries(seed: seed)
            let judgement = GrowthRule.memory.judge(make(&simulation))
            guard judgement.verdict == verdict else { return false }
            guard let slope else { return true }
            return abs((judgement.slope?.slope ?? 0) / slope - 1) <= 0.15
        }
    }

    @Test("A kilobyte a call is found through noise, with its bytes")
    func noise() { #expect(Self.right(.leak, slope: 1024) { $0.noisy(slope: 1024, noise: 100e3) } == 100) }

    @Test("A leak is found through an allocator's steps, with its bytes")
    func steps() { #expect(Self.right(.leak, slope: 1024) { $0.stepped(slope: 1024, step: 132 * 1024, noise: 20e3) } == 100) }

    @Test("A leak is found under a collector's saw, with its bytes")
    func saw() { #expect(Self.right(.leak, slope: 2048) { $0.saw(slope: 2048, garbage: 30e3, height: 4e6, noise: 50e3) } == 100) }

    @Test("A cache that has a bound is a plateau")
    func plateau() { #expect(Self.right(.plateau) { $0.bounded(slope: 2048, end: 1000, noise: 40e3) } == 100) }

    @Test("Noise alone raises no alarm")
    func cleanNoise() { #expect(Self.right(.leak) { $0.noisy(slope: 0, noise: 200e3) } == 0) }

    @Test("Noise alone is cleared")
    func clearedNoise() { #expect(Self.right(.noLeak) { $0.noisy(slope: 0, noise: 40e3) } == 100) }

    @Test("A saw without a leak raises no alarm")
    func cleanSaw() { #expect(Self.right(.leak) { $0.saw(slope: 0, garbage: 30e3, height: 4e6, noise: 50e3) } == 0) }

    @Test("A level that wanders raises no alarm")
    func wandering() { #expect(Self.right(.leak) { $0.wandering(noise: 100e3) } == 0) }

    @Test("Warming up raises no alarm")
    func warmUp() { #expect(Self.right(.noLeak) { $0.warmingUp(by: 8e6, noise: 40e3) } == 100) }

    @Test("Without the comparison of end and beginning a cache would pass for a leak", arguments: [1, 2, 3] as [UInt64])
    func control(seed: UInt64) throws {
        // The negative control: a line through all of it rises, and its interval is above zero.
        var simulation = SimulatedSeries(seed: seed)
        let fit = try #require(TheilSenSlope(simulation.bounded(slope: 2048, end: 1000, noise: 40e3).points))
        #expect(fit.low > 0 && fit.slope * 2000 > GrowthRule.memory.leastGrowth)
    }

    @Test("A line through all of a coarse saw gives other bytes; its troughs give the right ones, or none")
    func sawControl() {
        var (wrongLines, wrongLeaks) = (0, 0)
        for seed in Self.seeds {
            var simulation = SimulatedSeries(seed: seed)
            let series = simulation.saw(slope: 2048, garbage: 30e3, height: 18e6, noise: 50e3)
            let judgement = GrowthRule.memory.judge(series)
            if abs((TheilSenSlope(series.points)?.slope ?? 0) / 2048 - 1) > 0.15 { wrongLines += 1 }
            if judgement.verdict == .leak, abs((judgement.slope?.slope ?? 0) / 2048 - 1) > 0.15 { wrongLeaks += 1 }
        }
        #expect(wrongLines > 3)
        #expect(wrongLeaks == 0)
    }

    @Test("Too little is not enough, whatever it looks like")
    func tooLittle() {
        #expect(GrowthRule.memory.judge(GrowthSeries()).verdict == .notEnoughData)
        #expect(GrowthRule.memory.judge(GrowthSeries((1...10).map { .init(Double($0), Double($0) * 1e6) })).verdict == .notEnoughData)
        #expect(GrowthRule.memory.judge(GrowthSeries(Array(repeating: .init(5, 1e6), count: 100))).verdict == .notEnoughData)
    }

    /// The readings of `growth` bytes, gained along a way of 0 to 1, after the warm-up.
    private static func small(_ growth: Double, along way: (Double) -> Double) -> GrowthSeries {
        GrowthSeries((1...80).map { reading in
            let share = max(0, Double(reading) - 16) / 64
            // A little unrest, the same each time: two readings up, two down.
            return .init(Double(reading * 25), 60e6 + growth * way(share) + (reading % 4 < 2 ? 1_000 : -1_000))
        })
    }

    /// A growth and what is to be said of it.
    struct Small: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var kilobytes: Double
        var verdict: GrowthJudgement.Verdict
        var way: @Sendable (Double) -> Double = { $0 }

        init(_ name: String, _ kilobytes: Double, _ verdict: GrowthJudgement.Verdict, way: @escaping @Sendable (Double) -> Double = { $0 }) {
            (testDescription, self.kilobytes, self.verdict, self.way) = (name, kilobytes, verdict, way)
        }
    }

    private static let smalls = [
        Small("an eighth, steady", 32, .noLeak), Small("three tenths, steady", 77, .notEnoughData), Small("half, steady", 128, .notEnoughData),
        Small("nine tenths, steady", 230, .notEnoughData), Small("a quarter more, steady", 320, .leak), Small("falling", -200, .noLeak),
        Small("half, in four steps", 128, .notEnoughData) { ($0 * 4.5).rounded(.down) / 4 },
        Small("half, ever more slowly", 128, .notEnoughData) { 1 - (1 - $0) * (1 - $0) },
        Small("half, and it stopped", 128, .noLeak) { min(1, $0 * 2.5) },
        Small("half, in one step halfway", 128, .noLeak) { $0 < 0.5 ? 0 : 1 },
        Small("half, in one step late", 128, .noLeak) { $0 < 0.75 ? 0 : 1 },
    ]

    @Test("Growth too small for a leak is cleared only where it ends, is one step, or is next to nothing", arguments: smalls)
    func small(_ one: Small) {
        let judgement = GrowthRule.memory.judge(Self.small(one.kilobytes * 1024, along: one.way))
        #expect(judgement.verdict == one.verdict, "\(one.testDescription): \(judgement.reason)")
    }

    @Test("A small steady growth is not cleared in noise either")
    func smallNoise() { #expect(Self.right(.notEnoughData) { $0.noisy(slope: 90, noise: 10e3) } == 100) }

    @Test("A small step in noise is cleared; by size and interval alone it would pass for steady growth")
    func stepControl() {
        var (cleared, likeSteady) = (0, 0)
        for seed in Self.seeds {
            var simulation = SimulatedSeries(seed: seed)
            let series = simulation.step(of: 128 * 1024, noise: 30e3)
            let judgement = GrowthRule.memory.judge(series)
            if judgement.verdict == .noLeak { cleared += 1 }
            // The negative control: what the rule would say that does not look at the shape.
            if let slope = judgement.slope, slope.low > 0, slope.slope * 1_575 >= GrowthRule.memory.leastGrowth / 4 { likeSteady += 1 }
        }
        #expect(cleared >= 95)
        #expect(likeSteady >= 50)
    }

    @Test("A jump is no leak, and is not cleared either", arguments: [20, 40, 60, 75])
    func jump(place: Int) {
        let series = GrowthSeries((1...80).map { .init(Double($0), $0 < place ? 60e6 : 64e6) })
        let judgement = GrowthRule.memory.judge(series)
        #expect(judgement.verdict == (place <= 40 ? .plateau : .notEnoughData), "\(judgement.reason)")
    }

    @Test("A few runs of a collector are not enough")
    func fewCollections() {
        let series = GrowthSeries((1...80).map { .init(Double($0), 60e6 + Double($0 % 25) * 1e6) })
        #expect(GrowthRule.memory.judge(series).verdict == .notEnoughData)
    }

    /// So many calls in steps of 100, each of which takes `bytes` out of pages.
    private static func slow(_ bytes: Double, calls: Int) -> GrowthSeries {
        GrowthSeries(stride(from: 0, through: calls, by: 100).map { .init(Double($0), 60e6 + (Double($0) * bytes / 4096).rounded(.down) * 4096) })
    }

    @Test(
        "Growth by less than a piece of memory a call is a pool until it adds up",
        arguments: [(8.0, 20_000, GrowthJudgement.Verdict.noLeak), (8, 60_000, .notEnoughData), (8, 240_000, .leak), (40, 4_000, .notEnoughData), (40, 20_000, .leak)])
    func pools(bytes: Double, calls: Int, verdict: GrowthJudgement.Verdict) {
        let judgement = GrowthRule.memory.judge(Self.slow(bytes, calls: calls))
        #expect(judgement.verdict == verdict, "\(judgement.reason)")
        // What it says it would have seen is what it does see.
        if verdict == .noLeak {
            #expect(judgement.resolution > bytes)
            #expect(GrowthRule.memory.judge(Self.slow(judgement.resolution * 1.1, calls: calls)).verdict == .leak)
        }
        // The negative control: without the least piece, a pool that fills is undecided, or even a leak.
        if bytes < 32 { #expect(GrowthRule(leastGrowth: GrowthRule.memory.leastGrowth).judge(Self.slow(bytes, calls: calls)).verdict == (calls > 20_000 ? .leak : .notEnoughData)) }
    }

    @Test("A descriptor that is open for a moment now and then is no collector's saw; one that takes six with it is", arguments: [(1.0, GrowthJudgement.Verdict.noLeak), (6, .notEnoughData)])
    func moments(height: Double, verdict: GrowthJudgement.Verdict) {
        let series = GrowthSeries((0..<150).map { .init(Double($0 * 30), [50, 80, 100, 120, 140].contains($0) ? 13 + height : 13) })
        #expect(GrowthRule.count.judge(series).verdict == verdict)
    }

    @Test("Descriptors that stay open are counted", arguments: [(1.0, GrowthJudgement.Verdict.leak), (0, .noLeak)])
    func descriptors(slope: Double, verdict: GrowthJudgement.Verdict) {
        let judgement = GrowthRule.count.judge(GrowthSeries((1...80).map { .init(Double($0 * 10), 12 + slope * Double($0 * 10)) }))
        #expect(judgement.verdict == verdict)
        #expect(judgement.slope?.slope == slope)
    }

    @Test("Growth without calls is seen at 10 KB a second, and not at none", arguments: [(600.0 * 1024, GrowthJudgement.Verdict.leak), (0, .noLeak)])
    func idle(perMinute: Double, verdict: GrowthJudgement.Verdict) {
        let page = 4096.0
        let series = GrowthSeries((0..<40).map { reading in
            let minutes = Double(reading) / 40 / 12
            return .init(minutes, 60e6 + (perMinute * minutes / page).rounded(.down) * page)
        })
        #expect(GrowthRule.idleMemory.judge(series).verdict == verdict)
    }
}
