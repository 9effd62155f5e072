import InterlockConcurrency
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Simulation {
    private enum Next {
        case run(Work, isStep: Bool)
        case again
        case standstill
        case over(ScheduleRecord.Outcome)
    }

    /// Runs one schedule from its beginning to its end, on the calling thread.
    func run<Chooser: ScheduleChooser>(
        _ chooser: inout Chooser, _ plan: SchedulePlan, _ body: @escaping ExplorationBody
    ) -> ScheduleRecord {
        let generation = begin(plan)
        let context = ExplorationContext(simulation: self, generation: generation, plan: plan)
        // Awaited by the loop below, which ends when it has ended or winds it down.
        let root = Task(executorPreference: SimulationExecutor.preferred) { [self] in
            do {
                try await body(context)
                end(nil)
            } catch {
                end(error)
            }
        }
        let outcome = loop(&chooser, plan)
        if !state.withLock({ $0.hasEnded }) { root.cancel() }
        return finish(outcome, plan)
    }

    private func begin(_ plan: SchedulePlan) -> Int {
        let generation = state.withLock { state in
            state.machine.reset()
            state.plumbing.removeAll(keepingCapacity: true)
            state.alarms.removeAll(keepingCapacity: true)
            state.choices.removeAll(keepingCapacity: true)
            state.currentTask = 0
            state.currentJob = nil
            state.root = nil
            state.isRunning = true
            state.generation += 1
            state.foreign = nil
            state.hasEnded = false
            state.error = nil
            state.fingerprint = 0xCBF2_9CE4_8422_2325
            state.footprintsAreDeclared = plan.footprintsAreDeclared
            state.operationCounts = []
            state.operations = []
            state.tracer = plan.isTraced ? Tracer() : nil
            return state.generation
        }
        Self.active.withLock { $0 = self }
        Self.driver.store(Self.currentThread, ordering: .releasing)
        return generation
    }

    private func end(_ error: (any Error)?) {
        state.withLock { state in
            state.hasEnded = true
            state.error = error
        }
    }

    private func loop<Chooser: ScheduleChooser>(_ chooser: inout Chooser, _ plan: SchedulePlan) -> ScheduleRecord.Outcome {
        while true {
            let next = state.withLock { Self.next(&$0, &chooser, plan) }
            switch next {
            case .run(let work, let isStep):
                perform(work)
                if isStep { chooser.observe(state.withLock { $0.footprint }) }
            case .again:
                // Time has passed, which everything may depend on.
                chooser.observe(.unknown)
            case .standstill:
                if !waitForOutside(plan.patience) { return .failed(.deadlock(bodyWaitsAt: plan.isTraced ? rootPlace() : nil)) }
            case .over(let outcome):
                return outcome
            }
        }
    }

    private static func next<Chooser: ScheduleChooser>(
        _ state: inout State, _ chooser: inout Chooser, _ plan: SchedulePlan
    ) -> Next {
        if let foreign = state.foreign { return .over(.failed(.uncontrolled(foreign))) }
        if let work = state.takePlumbing() { return .run(work, isStep: false) }
        if state.hasEnded { return .over(state.error.map { .failed(.expectation($0)) } ?? .passed) }
        state.machine.dropTimers { $0.isDead }
        if state.machine.readyCount == 0 {
            guard state.machine.timerCount > 0 else { return .standstill }
            fireTimers(&state)
            // A job that slept becomes plumbing and makes its task ready; that comes first.
            if let work = state.takePlumbing() { return .run(work, isStep: false) }
        }
        guard state.machine.steps < plan.maximumSteps else { return .over(.failed(.liveLock(plan.maximumSteps))) }
        state.machine.prepareCandidates(offersTime: plan.timersInterrupt)
        let count = state.machine.candidates.count
        guard let position = chooser.choose(among: state.machine.candidates) else { return .over(.pruned) }
        if count > 1 { state.choices.append(position) }
        let task = state.machine.candidates.tasks[position]
        guard let entry = state.machine.take(position) else {
            state.mix(task, kind: 7, count, position)
            let now = state.machine.now
            fireTimers(&state)
            state.tracer?.time(number: state.machine.steps, candidates: count, now: now)
            return .again
        }
        state.mix(task, kind: entry.kind.code, count, position)
        state.currentTask = entry.task
        state.footprint = state.footprintsAreDeclared ? .nothing : .unknown
        if case .job(let job, _) = entry.work, entry.kind != .actor { state.currentJob = job } else { state.currentJob = nil }
        state.tracer?.step(
            entry.serial, number: state.machine.steps, task: entry.task, entry.kind, candidates: count, now: state.machine.now)
        state.stepStart = .now
        return .run(entry.work, isStep: true)
    }

    private static func fireTimers(_ state: inout State) {
        for due in state.machine.advance() {
            switch due.work {
            case .job: state.plumbing.append((due.work, due.task))
            case .action(let action): if action.isPending { state.machine.workReady(due.work, for: due.task, kind: .timer) }
            }
        }
    }

    private func perform(_ work: Work) {
        switch work {
        case .job(let job, onMain: false): job.runSynchronously(on: SimulationExecutor.preferred.asUnownedTaskExecutor())
        case .job(let job, onMain: true): SimulationExecutor.runOnMain(job)
        case .action(let action): action.run()
        }
    }

    /// Waits, in real time, for a thread outside to make something ready. Returns whether one did.
    private func waitForOutside(_ patience: Duration) -> Bool {
        let deadline = ContinuousClock.now + patience
        repeat {
            if state.withLock({ $0.foreign != nil }) { return true }
            if patience > .zero { usleep(1_000) }
        } while ContinuousClock.now < deadline
        return state.withLock { $0.foreign != nil }
    }

    /// Where the body is suspended. Only at a standstill, when its task is alive and at rest.
    private func rootPlace() -> String? {
        guard let root = state.withLock({ $0.root }) else { return nil }
        return ResumePoint.places([ResumePoint.addresses(of: root)]).first ?? nil
    }

    /// Timers that are let pass for what a body left running, before it is dropped.
    private static let lateTimers = 64

    private func finish(_ outcome: ScheduleRecord.Outcome, _ plan: SchedulePlan) -> ScheduleRecord {
        var record = state.withLock { state in
            ScheduleRecord(
                outcome: outcome, choices: state.choices, steps: state.machine.steps, fingerprint: state.fingerprint, abandoned: 0,
                trace: [], operationCounts: state.operationCounts, operations: state.operations)
        }
        let tracer = state.withLock { state in
            let tracer = state.tracer
            state.tracer = nil
            return tracer
        }
        record.abandoned = windDown(limit: plan.maximumSteps)
        // The body's error, like what is dropped: let go of outside the lock, since that may run code of the body's.
        let error = state.withLock { state in
            let error = state.error
            state.error = nil
            return error
        }
        defer { withExtendedLifetime(error) {} }
        Self.driver.store(0, ordering: .releasing)
        Self.active.withLock { $0 = nil }
        record.trace = tracer?.trace() ?? []
        return record
    }

    /// Lets what is left run to its end, oldest first, so that its memory is freed; drops what does not end.
    private func windDown(limit: Int) -> Int {
        var timersLeft = Self.lateTimers
        for _ in 0..<limit {
            let work: Work? = state.withLock { state in
                if let work = state.takePlumbing() { return work }
                if let entry = state.machine.takeOldest() {
                    state.currentTask = entry.task
                    return entry.work
                }
                state.machine.dropTimers { $0.isDead }
                guard state.machine.timerCount > 0, timersLeft > 0 else { return nil }
                timersLeft -= 1
                Self.fireTimers(&state)
                return state.takePlumbing() ?? state.machine.takeOldest()?.work
            }
            guard let work else { break }
            perform(work)
        }
        let (left, dropped): (Int, SchedulerStateMachine<Work>?) = state.withLock { state in
            state.isRunning = false
            let left = state.plumbing.count + state.machine.readyCount + state.machine.timerCount
            state.plumbing.removeAll(keepingCapacity: true)
            guard left > 0 else { return (0, nil) }
            let dropped = state.machine
            state.machine = SchedulerStateMachine()
            return (left, dropped)
        }
        return withExtendedLifetime(dropped) { left }
    }
}
