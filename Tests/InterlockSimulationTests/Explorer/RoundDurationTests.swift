import InterlockSimulation
import Testing

@Suite("A duration measured with noise")
struct RoundDurationTests {
    @Test("is the round one that was meant", arguments: [
        (9_997_000...10_004_000, 10_000_000),
        (14_990_000...15_020_000, 15_000_000),
        (-5_000_000...3_000_100, 3_000_000),
        (249_000...250_900, 250_000),
        (999_990_000...1_000_020_000, 1_000_000_000),
        (59_999_000_000...60_000_400_000, 60_000_000_000),
        (0...5_000, 1),
        (-100...20, 1),
    ] as [(ClosedRange<Int64>, Int64)])
    func roundest(range: ClosedRange<Int64>, expected: Int64) {
        #expect(RoundDuration.roundest(in: range) == expected)
    }

    @Test("lies within the range, or is the whole microsecond below its end")
    func within() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<10_000 {
            let low = Int64.random(in: 10_000...100_000_000_000, using: &random)
            let high = low + Int64.random(in: 0...10_000_000, using: &random)
            let duration = RoundDuration.roundest(in: low...high)
            #expect(duration <= high && duration > low - 1_000)
        }
    }
}
