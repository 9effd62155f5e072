/// Probabilistic concurrency testing: random priorities, the highest runs, and at a few random moments it falls to the bottom.
///
/// With depth d there are d − 1 such moments, and a bug that needs d ordered events is met with a probability of at least
/// 1 / (n · k^(d − 1)) per schedule, for n tasks and k decisions: a window that random order closes at the next step
/// stays open as long as it takes. A task that goes round and round gives way after a while, so waiting by yielding ends.
package struct PriorityChooser: ScheduleChooser {
    private let seed: UInt64
    private let depth: Int
    private var random: SeededRandom
    /// By task number plus one, since letting time pass is "task" -1.
    private var priorities: [Int] = []
    private var changes: [Int] = []
    private var decisions = 0
    private var lowest = 0
    private var lastChosen: Int?
    /// The most decisions of any schedule so far: where the changes are spread.
    private var longest = 16

    package init(seed: UInt64, depth: Int) {
        self.seed = seed
        self.depth = max(1, depth)
        random = SeededRandom(seed: seed)
    }

    package mutating func begin(schedule: Int) {
        longest = schedule == 0 ? 16 : (schedule == 1 ? max(1, decisions) : max(longest, decisions))
        random = SeededRandom(seed: seed, stream: schedule)
        priorities.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
        for _ in 1..<depth { changes.append(Int.random(in: 1...longest, using: &random)) }
        decisions = 0
        lowest = 0
        lastChosen = nil
    }

    package mutating func choose(among candidates: Candidates) -> Int? {
        guard candidates.count > 1 else { return 0 }
        decisions += 1
        if candidates.isLastExhausted, let last = lastChosen { sink(last) }
        var position = highest(of: candidates)
        for change in changes where change == decisions {
            sink(candidates.tasks[position])
            position = highest(of: candidates)
        }
        lastChosen = candidates.tasks[position]
        return position
    }

    private mutating func sink(_ task: Int) {
        lowest -= 1
        _ = priority(of: task)
        priorities[task + 1] = lowest
    }

    private mutating func priority(of task: Int) -> Int {
        while priorities.count <= task + 1 { priorities.append(Int.random(in: 0..<(1 << 40), using: &random)) }
        return priorities[task + 1]
    }

    private mutating func highest(of candidates: Candidates) -> Int {
        var best = 0
        var bestPriority = priority(of: candidates.tasks[0])
        for position in 1..<candidates.count {
            let other = priority(of: candidates.tasks[position])
            if other > bestPriority { (best, bestPriority) = (position, other) }
        }
        return best
    }
}
