/// Takes turns: random order, priorities of depth 2 and 3, two delays. For who does not know what kind of bug to expect.
package struct VariedChooser: ScheduleChooser {
    private var random: RandomChooser
    private var shallow: PriorityChooser
    private var deep: PriorityChooser
    private var delays: DelayChooser
    private var turn = 0

    package init(seed: UInt64) {
        random = RandomChooser(seed: seed)
        shallow = PriorityChooser(seed: seed &+ 1, depth: 2)
        deep = PriorityChooser(seed: seed &+ 2, depth: 3)
        delays = DelayChooser(seed: seed &+ 3, delays: 2)
    }

    package mutating func begin(schedule: Int) {
        turn = schedule % 4
        switch turn {
        case 0: random.begin(schedule: schedule / 4)
        case 1: shallow.begin(schedule: schedule / 4)
        case 2: delays.begin(schedule: schedule / 4)
        default: deep.begin(schedule: schedule / 4)
        }
    }

    package mutating func choose(among candidates: Candidates) -> Int? {
        switch turn {
        case 0: random.choose(among: candidates)
        case 1: shallow.choose(among: candidates)
        case 2: delays.choose(among: candidates)
        default: deep.choose(among: candidates)
        }
    }
}
