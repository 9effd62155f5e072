/// Shrinks one failure: fewer operations and a shorter, straighter schedule, in turns, until neither gets any better.
struct Reduction {
    let explorer: Explorer
    /// What it came to: the operations that are left are in the plan.
    private(set) var plan: SchedulePlan
    private(set) var record: ScheduleRecord
    private(set) var runs = 0
    private let code: ExplorationFinding.Code
    private let budget: Int

    /// Schedules to try for a smaller set of operations, when the one at hand does not fail with it.
    private static let freshSchedules = 40

    init(explorer: Explorer, plan: SchedulePlan, record: ScheduleRecord, code: ExplorationFinding.Code, budget: Int) {
        self.explorer = explorer
        self.plan = plan
        self.plan.patience = .zero
        self.record = record
        self.code = code
        self.budget = budget
    }

    mutating func run() {
        while runs < budget {
            let before = record.cost
            shrinkOperations()
            shrinkSchedule()
            shortenSchedule()
            if record.cost >= before { return }
        }
    }

    private mutating func shrinkSchedule() {
        var shrinker = ScheduleShrinker(choices: record.choices, cost: record.cost)
        while runs < budget, let choices = shrinker.next() {
            guard let attempt = attempt(choices, plan) else { continue }
            shrinker.accept(attempt.choices, attempt.cost)
            if attempt.cost < record.cost { record = attempt }
        }
    }

    /// Looks for a shorter failing schedule that is no neighbour of the one at hand: one with few preemptions.
    private mutating func shortenSchedule() {
        var search = ExhaustiveSearch(preemptions: 2, usesSleepSets: false)
        for number in 0..<Self.freshSchedules * 4 where runs < budget {
            runs += 1
            search.begin(schedule: number)
            let attempt = explorer.simulation.run(&search, plan, explorer.body)
            if attempt.finding?.code == code, attempt.cost < record.cost { record = attempt }
            if !search.end() { return }
        }
    }

    private mutating func shrinkOperations() {
        guard !record.operationCounts.isEmpty else { return }
        let masks = plan.operations ?? record.operationCounts.map { OperationMask(all: $0) }
        var shrinker = OperationShrinker(masks: masks)
        while runs < budget, let masks = shrinker.next() {
            var smaller = plan
            smaller.operations = masks
            guard let attempt = attempt(record.choices, smaller) ?? search(smaller) else { continue }
            shrinker.accept(masks)
            plan = smaller
            record = attempt
        }
    }

    private mutating func attempt(_ choices: [Int], _ plan: SchedulePlan) -> ScheduleRecord? {
        runs += 1
        let record = explorer.run(choices, plan)
        return record.finding?.code == code ? record : nil
    }

    private mutating func search(_ plan: SchedulePlan) -> ScheduleRecord? {
        var chooser = VariedChooser(seed: plan.seed)
        for number in 0..<Self.freshSchedules where runs < budget {
            runs += 1
            chooser.begin(schedule: number)
            let record = explorer.simulation.run(&chooser, plan, explorer.body)
            if record.finding?.code == code { return record }
        }
        return nil
    }
}
