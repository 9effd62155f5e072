/// Always the default, except for a few delays at random moments: each passes over what would have run.
package struct DelayChooser: ScheduleChooser {
    private let seed: UInt64
    private let delays: Int
    private var moments: [Int] = []
    private var decisions = 0
    private var longest = 16

    package init(seed: UInt64, delays: Int) {
        self.seed = seed
        self.delays = max(0, delays)
    }

    package mutating func begin(schedule: Int) {
        longest = schedule == 0 ? 16 : (schedule == 1 ? max(1, decisions) : max(longest, decisions))
        var random = SeededRandom(seed: seed, stream: schedule)
        moments.removeAll(keepingCapacity: true)
        for _ in 0..<delays { moments.append(Int.random(in: 1...longest, using: &random)) }
        decisions = 0
    }

    package mutating func choose(among candidates: Candidates) -> Int? {
        guard candidates.count > 1 else { return 0 }
        decisions += 1
        return moments.count { $0 == decisions } % candidates.count
    }
}
