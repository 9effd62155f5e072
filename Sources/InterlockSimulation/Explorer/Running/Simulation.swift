import InterlockConcurrency
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@_silgen_name("swift_task_getJobTaskId")
private func jobTaskIdentity(_ job: UnownedJob) -> UInt64

/// Runs a body one step at a time on the calling thread, and lets a chooser decide each step.
///
/// Everything the body starts arrives here as jobs: from its own thread while a step runs, which is control; from any
/// other thread, which is noticed and reported. One simulation runs at a time in a process; ``turn`` sees to that. The
/// state is locked for those other threads only; a step runs outside the lock.
final class Simulation: Sendable {
    enum Work: Sendable {
        case job(UnownedJob, onMain: Bool)
        case action(ScheduledAction)

        /// Whether running it would do nothing, which can be known of a timer taken back.
        var isDead: Bool {
            if case .action(let action) = self { return !action.isPending }
            return false
        }
    }

    struct State {
        var machine = SchedulerStateMachine<Work>()
        /// What the runtime does between steps and nobody can tell apart: the second half of a yield, a sleeper's alarm.
        var plumbing: [(work: Work, task: Int)] = []
        /// The runtime's own tasks that wake sleepers: never a choice.
        var alarms: Set<UInt64> = []
        /// Whose step is running.
        var currentTask = 0
        var currentJob: UnownedJob?
        var stepStart = ContinuousClock.now
        var isRunning = false
        var generation = 0
        var foreign: String?
        var hasEnded = false
        var error: (any Error)?
        var footprint = Footprint.unknown
        var footprintsAreDeclared = false
        var choices: [Int] = []
        var fingerprint: UInt64 = 0
        var operationCounts: [Int] = []
        var operations: [[String]] = []
        var tracer: Tracer?
        /// The body's task, alive as long as the schedule.
        var root: UnownedJob?
    }

    /// Who may simulate now. Swift Testing runs tests at the same time, and there is one default executor.
    static let turn = AsyncMutex(name: "exploration", queue: .init(depth: .max))

    static let driver = Atomic<UInt>(0)
    static let active = Mutex<Simulation?>(nil)

    let state = Mutex(State())

    init() {
        SimulationExecutor.install()
    }

    /// Whether the calling thread is the one that runs a simulation.
    static var isDriving: Bool {
        let driver = driver.load(ordering: .acquiring)
        return driver != 0 && driver == currentThread
    }

    static func identity(of job: UnownedJob) -> UInt64 { jobTaskIdentity(job) }

    static var currentThread: UInt {
        #if canImport(Darwin)
        UInt(bitPattern: pthread_self())
        #elseif canImport(Glibc)
        UInt(pthread_self())
        #else
        UInt(bitPattern: pthread_self())
        #endif
    }
}

extension Simulation.State {
    mutating func takePlumbing() -> Simulation.Work? {
        guard !plumbing.isEmpty else { return nil }
        let next = plumbing.removeFirst()
        currentTask = next.task
        currentJob = nil
        return next.work
    }

    /// Makes the step part of the fingerprint (FNV-1a).
    mutating func mix(_ task: Int, kind: UInt64, _ count: Int, _ position: Int) {
        for value in [UInt64(bitPattern: Int64(task)), kind, UInt64(count), UInt64(position)] {
            fingerprint = (fingerprint ^ value) &* 0x0000_0100_0000_01B3
        }
    }
}

extension ExplorationStep.Kind {
    var code: UInt64 {
        switch self {
        case .start: 1
        case .resume: 2
        case .actor: 3
        case .main: 4
        case .timer: 5
        case .time: 6
        }
    }
}
