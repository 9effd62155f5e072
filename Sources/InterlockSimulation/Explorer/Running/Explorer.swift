/// One exploration under way: runs schedules, checks that they can be repeated, shrinks the first failure.
struct Explorer {
    let settings: Exploration
    let body: ExplorationBody
    let simulation = Simulation()

    /// Schedules between two moments at which other tasks of the process may have the thread.
    private static let batch = 64

    @concurrent
    func search<Chooser: ScheduleChooser>(_ chooser: Chooser) async throws -> ExplorationResult {
        var chooser = chooser
        var result = ExplorationResult()
        var (resumed, spent) = (ContinuousClock.now, Duration.zero)
        var patience = settings.outsidePatience
        var best: (record: ScheduleRecord, plan: SchedulePlan)?
        for schedule in 0..<max(1, settings.schedules) {
            if schedule % Self.batch == 0 {
                try Task.checkCancellation()
                spent += ContinuousClock.now - resumed
                await Task.yield()
                resumed = .now
                if schedule > 0, let limit = settings.realTime, spent > limit { break }
            }
            var plan = plan(schedule)
            plan.patience = patience
            chooser.begin(schedule: schedule)
            let record = simulation.run(&chooser, plan, body)
            result.count(record)
            if chooser.hasDiverged {
                result.failure = failure(record, plan, .uncontrolled(Self.differs), trace: record.trace, runs: 0)
                return result
            }
            if let finding = record.finding {
                guard settings.findsShortest, finding.code != .uncontrolled else {
                    result.failure = investigate(record, plan)
                    return result
                }
                if finding.code == .deadlock { patience = .zero }  // nobody came, so nobody will in the next ones
                if best.map({ record.cost < $0.record.cost }) ?? true { best = (record, plan) }
            }
            // A run that cannot be repeated makes everything else meaningless, so it is looked for now and then, at first often.
            let isChecked = schedule & (schedule - 1) == 0
            if isChecked, case .passed = record.outcome, let difference = difference(record, plan) {
                result.failure = difference
                return result
            }
            if !chooser.end() {
                result.isComplete = true
                break
            }
        }
        if let best { result.failure = investigate(best.record, best.plan) }
        return result
    }

    /// Runs the one schedule of a replay string.
    @concurrent
    func replay(_ replay: ReplayString) async -> ExplorationResult {
        var plan = plan(0)
        plan.seed = replay.seed
        plan.operations = replay.operations
        plan.isTraced = true
        var chooser = ReplayChooser(choices: replay.choices)
        chooser.begin(schedule: 0)
        let record = simulation.run(&chooser, plan, body)
        var result = ExplorationResult()
        result.count(record)
        if chooser.hasDiverged {
            let stale = "the replay string does not fit: the body has changed since, or something outside decides"
            result.failure = failure(record, plan, .uncontrolled(stale), trace: record.trace, runs: 0)
        } else if let finding = record.finding {
            result.failure = failure(record, plan, finding, trace: record.trace, runs: 0)
        }
        return result
    }

    static let differs = """
        two runs with the same choices went different ways; the body depends on something that is not simulated, such as the \
        real clock, an unseeded random source, the order of a Set, or state that outlives a schedule
        """

    private func plan(_ schedule: Int) -> SchedulePlan {
        let seed: UInt64 =
            if case .exhaustive = settings.strategy {
                settings.seed
            } else {
                SeededRandom.firstValue(seed: settings.seed, stream: schedule) >> 32  // short enough to copy by hand
            }
        return SchedulePlan(
            number: schedule, seed: seed, operations: nil, maximumSteps: settings.maximumSteps,
            timersInterrupt: settings.timersInterrupt, footprintsAreDeclared: settings.declaresFootprints, isTraced: false,
            patience: settings.outsidePatience)
    }

    /// Runs the same choices again and compares.
    private func difference(_ record: ScheduleRecord, _ plan: SchedulePlan) -> ExplorationFailure? {
        let again = run(record.choices, plan)
        guard again.fingerprint != record.fingerprint || again.finding?.code != record.finding?.code else { return nil }
        return failure(record, plan, .uncontrolled(Self.differs), trace: [], runs: 1)
    }

    private func investigate(_ record: ScheduleRecord, _ plan: SchedulePlan) -> ExplorationFailure {
        guard let finding = record.finding else { preconditionFailure("only a failed schedule is investigated") }
        if finding.code == .uncontrolled {
            return failure(record, plan, finding, trace: traced(record.choices, plan).trace, runs: 1)
        }
        if let difference = difference(record, plan) { return difference }
        var reduction = Reduction(explorer: self, plan: plan, record: record, code: finding.code, budget: settings.findsShortest ? 0 : settings.shrinkRuns)
        reduction.run()
        let shrunk = traced(reduction.record.choices, reduction.plan)
        guard let shrunkFinding = shrunk.finding, shrunk.fingerprint == reduction.record.fingerprint else {
            return failure(record, plan, .uncontrolled(Self.differs), trace: shrunk.trace, runs: reduction.runs)
        }
        var failure = failure(shrunk, reduction.plan, shrunkFinding, trace: shrunk.trace, runs: reduction.runs)
        failure.originalSteps = record.steps
        return failure
    }

    func run(_ choices: [Int], _ plan: SchedulePlan) -> ScheduleRecord {
        var chooser = ReplayChooser(choices: choices)
        chooser.begin(schedule: 0)
        return simulation.run(&chooser, plan, body)
    }

    private func traced(_ choices: [Int], _ plan: SchedulePlan) -> ScheduleRecord {
        var plan = plan
        plan.isTraced = true
        return run(choices, plan)
    }

    private func failure(
        _ record: ScheduleRecord, _ plan: SchedulePlan, _ finding: ExplorationFinding, trace: [ExplorationStep], runs: Int
    ) -> ExplorationFailure {
        let replay = ReplayString(seed: plan.seed, operations: plan.operations, choices: record.choices)
        return ExplorationFailure(
            finding: finding, seed: settings.seed, schedule: plan.number, replay: replay.text, trace: trace,
            operations: record.operations, originalSteps: record.steps, shrinkRuns: runs)
    }
}

extension ExplorationResult {
    init() {
        self.init(schedules: 0, isComplete: false, pruned: 0, steps: 0, longest: 0, abandoned: 0, failure: nil)
    }

    mutating func count(_ record: ScheduleRecord) {
        schedules += 1
        if case .pruned = record.outcome { pruned += 1 }
        steps += record.steps
        longest = max(longest, record.steps)
        abandoned += record.abandoned
    }
}
