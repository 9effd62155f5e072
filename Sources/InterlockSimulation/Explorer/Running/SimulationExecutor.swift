// The only file that names the compiler's unfinished interfaces for executors. They are known to be as used here in the
// toolchains of this condition; on any other one the explorer falls back on the public task executor preference.
#if os(Linux) && compiler(>=6.3) && compiler(<6.4)
@_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) import _Concurrency

/// Where jobs go: to the simulation while one runs and they belong to it, otherwise where they would have gone.
///
/// Two of them exist. One is the preference of every simulated body, so all it is given is the simulation's. The other
/// stands in for the default executor of the process, for tasks that leave the preference behind (`Task {}`,
/// `Task.detached`), and passes on what the rest of the process does.
final class SimulationExecutor: TaskExecutor, SchedulingExecutor {
    /// The preference of simulated bodies. A preference makes every hop to and from an actor a job of its own.
    static let preferred = SimulationExecutor(isPreference: true)
    fileprivate static let standIn = SimulationExecutor(isPreference: false)

    /// Whether tasks without the preference are under control too.
    static let controlsEveryTask = true

    private let isPreference: Bool

    private init(isPreference: Bool) {
        self.isPreference = isPreference
    }

    /// Puts the stand-ins in the place of the default and the main executor, once, for the life of the process.
    ///
    /// The runtime keeps the two in plain variables and has no lock for them, so this is for test processes: a task that
    /// becomes ready on another thread within the same few nanoseconds reads a variable that is being written.
    static func install() { _ = isInstalled }

    private static let isInstalled: Bool = {
        _createExecutors(factory: StandInFactory.self)
        return true
    }()

    func enqueue(_ job: consuming ExecutorJob) {
        let kind = JobKind(code: job.kind.rawValue)
        let job = UnownedJob(job)
        if Simulation.take(job, kind, isPreference: isPreference) { return }
        PlatformExecutorFactory.defaultExecutor.enqueue(ExecutorJob(job))
    }

    func enqueue<C: Clock>(_ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C) {
        let unowned = UnownedJob(job)
        let sleep = (delay as? Duration).map { SimulatedSleep.lasting($0) } ?? .unknown(String(describing: C.self))
        if Simulation.take(unowned, sleeping: sleep) { return }
        platformScheduler.enqueue(ExecutorJob(unowned), after: delay, tolerance: tolerance, clock: clock)
    }

    func enqueue<C: Clock>(_ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C) {
        let unowned = UnownedJob(job)
        let sleep: SimulatedSleep =
            if let instant = instant as? ContinuousClock.Instant {
                .until(instant)
            } else if let instant = instant as? SuspendingClock.Instant {
                .lasting(SuspendingClock.now.duration(to: instant))
            } else {
                .unknown(String(describing: C.self))
            }
        if Simulation.take(unowned, sleeping: sleep) { return }
        platformScheduler.enqueue(ExecutorJob(unowned), at: instant, tolerance: tolerance, clock: clock)
    }

    private var platformScheduler: any SchedulingExecutor {
        guard let scheduler = PlatformExecutorFactory.defaultExecutor as? any SchedulingExecutor else {
            fatalError("the platform's default executor cannot sleep; build InterlockSimulation with a toolchain it knows")
        }
        return scheduler
    }

    /// Runs a job of the main actor.
    static func runOnMain(_ job: UnownedJob) {
        job.runSynchronously(
            isolatedTo: MainStandIn.shared.asUnownedSerialExecutor(), taskExecutor: preferred.asUnownedTaskExecutor())
    }
}

/// The main actor's executor: the simulation's while a simulated task asks, the platform's otherwise.
private final class MainStandIn: MainExecutor {
    static let shared = MainStandIn()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if Simulation.take(job, .main, isPreference: false) { return }
        PlatformExecutorFactory.mainExecutor.enqueue(ExecutorJob(job))
    }

    func run() throws { try PlatformExecutorFactory.mainExecutor.run() }
    func stop() { PlatformExecutorFactory.mainExecutor.stop() }

    func checkIsolated() {
        // A simulated job of the main actor runs on the thread of the exploration, which is its main actor for the time.
        if !Simulation.isDriving { PlatformExecutorFactory.mainExecutor.checkIsolated() }
    }
}

private struct StandInFactory: ExecutorFactory {
    static var mainExecutor: any MainExecutor { MainStandIn.shared }
    static var defaultExecutor: any TaskExecutor { SimulationExecutor.standIn }
}

extension JobKind {
    fileprivate init(code: UInt8) {
        switch code {
        case 0: self = .task
        case 195: self = .yield
        default: self = .actor
        }
    }
}
#else

/// Where the jobs of tasks with the preference go: to the simulation while one runs, otherwise to the default executor.
///
/// This is the fallback for toolchains whose default executor cannot be stood in for. `Task {}`, `Task.detached`, the
/// main actor and `Task.sleep` are out of control here; where they take part, the explorer says so.
final class SimulationExecutor: TaskExecutor {
    static let preferred = SimulationExecutor()
    static let controlsEveryTask = false

    static func install() {}

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let kind: JobKind = Simulation.identity(of: job) == 0 ? .actor : .task
        if !Simulation.take(job, kind, isPreference: true) { globalConcurrentExecutor.enqueue(job) }
    }

    static func runOnMain(_ job: UnownedJob) {
        preconditionFailure("the main actor is not simulated on this toolchain, so no job of it can arrive")
    }
}
#endif

/// What a job does, as far as the scheduler cares.
enum JobKind: Sendable {
    /// Goes on with a task.
    case task
    /// Works off an actor's queue.
    case actor
    /// The runtime's own step of a yield: makes the task that yielded ready again, and nothing else.
    case yield
    /// Runs on the main actor.
    case main
}

/// How long a job is to sleep.
enum SimulatedSleep: Sendable {
    case lasting(Duration)
    /// Until a moment of the real clock, which the sleeper computed from the real clock within the same step.
    case until(ContinuousClock.Instant)
    /// On a clock that the simulation does not know.
    case unknown(String)
}
