import InterlockConcurrency
import Synchronization

// What arrives from executors and clocks, and what the body tells.
extension Simulation {
    /// Takes a job that is ready, if it belongs to the simulation.
    static func take(_ job: UnownedJob, _ kind: JobKind, isPreference: Bool) -> Bool {
        guard driver.load(ordering: .acquiring) != 0, let simulation = active.withLock({ $0 }) else { return false }
        return isDriving ? simulation.arrive(job, kind) : simulation.arriveFromOutside(job, kind, isPreference: isPreference)
    }

    /// Takes a job that is to sleep, if it belongs to the simulation.
    static func take(_ job: UnownedJob, sleeping sleep: SimulatedSleep) -> Bool {
        guard isDriving, let simulation = active.withLock({ $0 }) else { return false }
        simulation.arrive(job, sleeping: sleep)
        return true
    }

    private func arrive(_ job: UnownedJob, _ kind: JobKind) -> Bool {
        state.withLock { state in
            guard state.isRunning else { return false }
            switch kind {
            case .yield:
                state.plumbing.append((.job(job, onMain: false), state.currentTask))
            case .task, .main:
                let identity = Self.identity(of: job)
                if !state.alarms.isEmpty, state.alarms.contains(identity) {
                    state.plumbing.append((.job(job, onMain: kind == .main), state.currentTask))
                    return true
                }
                let number = state.machine.number(of: identity)
                if number == 0 { state.root = job }
                let serial = state.machine.nextSerial
                state.machine.taskReady(.job(job, onMain: kind == .main), task: number, kind: kind == .main ? .main : .resume)
                state.tracer?.queued(serial, job)
            case .actor:
                let serial = state.machine.nextSerial
                state.machine.workReady(.job(job, onMain: false), for: state.currentTask, kind: .actor)
                // The task whose step this is has just been put into the actor's queue, so its record is complete.
                if let task = state.currentJob, !Self.hasCurrentTask { state.tracer?.queued(serial, task) }
            }
            return true
        }
    }

    /// Whether a task is running on this thread, rather than being handed from one executor to another.
    private static var hasCurrentTask: Bool { withUnsafeCurrentTask { $0 != nil } }

    private func arriveFromOutside(_ job: UnownedJob, _ kind: JobKind, isPreference: Bool) -> Bool {
        state.withLock { state in
            guard state.isRunning else { return false }
            let identity = Self.identity(of: job)
            let isKnown = kind != .actor && kind != .yield && state.machine.knows(identity)
            guard isPreference || isKnown else { return false }
            switch kind {
            case .yield: state.plumbing.append((.job(job, onMain: false), state.currentTask))
            case .task, .main:
                state.machine.taskReady(.job(job, onMain: kind == .main), task: state.machine.number(of: identity))
            case .actor: state.machine.workReady(.job(job, onMain: false), for: state.currentTask, kind: .actor)
            }
            let task = isKnown ? "task \(state.machine.number(of: identity))" : "a simulated task"
            state.foreign =
                state.foreign ?? """
                a thread outside the simulation resumed or started \(task) (a Dispatch queue, an event loop, a thread of its \
                own); keep to in-memory parts and the context's clock inside the body
                """
            return true
        }
    }

    private func arrive(_ job: UnownedJob, sleeping sleep: SimulatedSleep) {
        state.withLock { state in
            let delay: Duration
            switch sleep {
            case .lasting(let duration):
                delay = duration
            case .until(let instant):
                let shortest = ContinuousClock.now.duration(to: instant).wholeNanoseconds
                let longest = state.stepStart.duration(to: instant).wholeNanoseconds
                delay = .nanoseconds(RoundDuration.roundest(in: min(shortest, longest)...longest))
            case .unknown(let clock):
                delay = .zero
                state.foreign = state.foreign ?? "a task slept on a clock of type \(clock), whose time is not the simulation's"
            }
            state.alarms.insert(Self.identity(of: job))
            state.footprint.insert(Self.timersResource, writing: true)
            let time = state.machine.now + max(.nanoseconds(1), delay)
            state.machine.setTimer(.job(job, onMain: false), for: state.currentTask, at: time)
        }
    }

    private static let timersResource = "InterlockSimulation.timers".hashValue

    func now(in generation: Int) -> MonotonicTime {
        state.withLock { $0.generation == generation ? $0.machine.now : .distantFuture }
    }

    /// Keeps an action until its time. One that comes after its schedule has ended is never run.
    func schedule(_ action: ScheduledAction, in generation: Int) {
        let isDriving = Self.isDriving
        state.withLock { state in
            guard state.generation == generation, state.isRunning else { return }
            if !isDriving { state.foreign = state.foreign ?? "a thread outside the simulation set a timer of the context's clock" }
            state.footprint.insert(Self.timersResource, writing: true)
            state.machine.setTimer(.action(action), for: state.currentTask, at: action.time)
        }
    }

    func note(_ text: @autoclosure () -> String, in generation: Int) {
        guard state.withLock({ $0.generation == generation && $0.tracer != nil }) else { return }
        let text = text()  // the body's own code: not under the lock
        state.withLock { state in
            if state.generation == generation { state.tracer?.note(text) }
        }
    }

    func touch(_ resource: Int, writing: Bool, in generation: Int) {
        state.withLock { state in
            if state.generation == generation { state.footprint.insert(resource, writing: writing) }
        }
    }

    func setOperations(counts: [Int], kept: [[String]], in generation: Int) {
        state.withLock { state in
            guard state.generation == generation else { return }
            state.operationCounts = counts
            state.operations = kept
        }
    }
}
