import InterlockSimulation
import Testing

@Suite("A seeded generator")
struct SeededRandomTests {
    @Test("gives the sequence that SplitMix64 is published with")
    func reference() {
        var random = SeededRandom(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ]
        #expect(expected.indices.map { _ in random.next() } == expected)
    }

    @Test("gives the same sequence for the same seed and another for another")
    func seeds() {
        func sequence(_ seed: UInt64) -> [Int] {
            var random = SeededRandom(seed: seed)
            return (0..<20).map { _ in Int.random(in: 0..<1_000, using: &random) }
        }
        #expect(sequence(7) == sequence(7))
        #expect(sequence(7) != sequence(8))
    }
}
