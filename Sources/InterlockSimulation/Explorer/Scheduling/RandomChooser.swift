/// Every candidate with the same probability, at every step.
package struct RandomChooser: ScheduleChooser {
    private let seed: UInt64
    private var random: SeededRandom

    package init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed)
    }

    package mutating func begin(schedule: Int) {
        random = SeededRandom(seed: seed, stream: schedule)
    }

    package mutating func choose(among candidates: Candidates) -> Int? {
        candidates.count == 1 ? 0 : Int.random(in: 0..<candidates.count, using: &random)
    }
}
