import InterlockSimulation

/// Tasks that do nothing but take steps: what a chooser can be tried on without running anything.
struct ModelSystem {
    /// Steps of each task.
    var steps: [Int]
    /// What a step touches, by task and step; the default touches something that all share.
    var footprint: (Int, Int) -> Footprint = { _, _ in .known(reads: [], writes: [0]) }

    struct Schedule: Hashable {
        /// The task that ran, step after step.
        var order: [Int]
        /// Whether the chooser gave it up.
        var isPruned: Bool
    }

    /// Runs schedules until the chooser has no more, or there are `limit`.
    func run(_ chooser: inout some ScheduleChooser, limit: Int = 1_000_000) -> [Schedule] {
        var schedules: [Schedule] = []
        var hasMore = true
        while hasMore, schedules.count < limit {
            chooser.begin(schedule: schedules.count)
            schedules.append(runOne(&chooser))
            hasMore = chooser.end()
        }
        return schedules
    }

    private func runOne(_ chooser: inout some ScheduleChooser) -> Schedule {
        var machine = SchedulerStateMachine<Int>()
        var left = steps
        for task in steps.indices where steps[task] > 0 {
            let number = machine.number(of: UInt64(task + 1))
            machine.taskReady(task, task: number)
        }
        var order: [Int] = []
        while machine.readyCount > 0 {
            machine.prepareCandidates()
            guard let position = chooser.choose(among: machine.candidates) else { return Schedule(order: order, isPruned: true) }
            guard let entry = machine.take(position) else { preconditionFailure("time was not offered") }
            order.append(entry.work)
            let touched = footprint(entry.work, steps[entry.work] - left[entry.work])
            left[entry.work] -= 1
            if left[entry.work] > 0 { machine.taskReady(entry.work, task: entry.task) }
            chooser.observe(touched)
        }
        return Schedule(order: order, isPruned: false)
    }
}

/// How often the order changes from a task that could have gone on to another.
func preemptions(of order: [Int], steps: [Int]) -> Int {
    var left = steps
    var count = 0
    for (index, task) in order.enumerated() {
        if index > 0, order[index - 1] != task, left[order[index - 1]] > 0 { count += 1 }
        left[task] -= 1
    }
    return count
}
