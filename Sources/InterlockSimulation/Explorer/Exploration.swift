import InterlockConcurrency

/// How to explore a body: the settings, and ``run(_:)``.
///
/// A schedule is one way in which the tasks of a body can take turns. Tasks take turns at their suspension points, so the
/// explorer finds what goes wrong when something happens across an `await`. What locks and atomics protect between two
/// suspensions is ThreadSanitizer's to check.
///
/// The body runs on one thread, in virtual time: `Task.sleep` and the context's clock jump to the next timer when nothing
/// can run. Everything it starts belongs to it: child tasks, `Task {}`, detached tasks, actors, the main actor. Dispatch
/// queues, event loops and threads do not; when one of them resumes a task of the body, that is reported as
/// ``ExplorationFinding/Code-swift.struct/uncontrolled``. A body must not block its thread.
///
/// Explore debug builds: where nothing happens between two calls of one actor, the optimiser leaves out the hop back and
/// forth, and what cannot be interrupted in that build is not explored in it.
///
/// Two things are coarser than in life. An actor works off all calls that wait for it in one step, in the order they came;
/// when they come is explored. And a plain `Task { }` enters an actor that is free without a step of its own, except for
/// the first time after a suspension; children of groups, and tasks with ``ExplorationContext/executor``, do not.
public struct Exploration: Sendable {
    /// How to pick the next schedule.
    public var strategy: ExplorationStrategy
    /// Schedules to run at most, at least 1.
    public var schedules: Int
    /// What the random choices of schedules and bodies follow from.
    public var seed: UInt64
    /// A replay string: run that schedule and no other.
    public var replay: String?
    /// Steps a schedule may have; one that goes beyond is a finding of its own.
    public var maximumSteps = 10_000
    /// Runs to spend at most on shrinking a failure. Zero reports it as it was found.
    public var shrinkRuns = 2_000
    /// Whether to go on after a failure, and to report the one with the fewest steps instead of the first, without shrinking.
    ///
    /// With an exhaustive strategy that is the shortest there is.
    public var findsShortest = false
    /// Whether timers may fire while tasks are ready, as they do on a busy machine; by default time passes only when nothing
    /// can run.
    public var timersInterrupt = false
    /// Whether the body declares what its steps share, by ``ExplorationContext/touch(_:writing:)``.
    ///
    /// Exhaustive exploration without a preemption bound then prunes with sleep sets. A step that declares nothing counts
    /// as touching nothing, so an omission hides schedules. The order in which the children of a group end is shared as
    /// well, if the body looks at it.
    public var declaresFootprints = false
    /// Real time that the search may take, without the moments between batches of schedules in which other tasks have its thread; it ends then, once it has
    /// run its first schedules. `nil` for no limit. One that ends by it is not complete, and what it saw depends on the speed of the machine.
    public var realTime: Duration?
    /// How long to wait, in real time, for somebody outside the simulation before a standstill is called a deadlock.
    public var outsidePatience: Duration = .milliseconds(50)

    /// Makes the settings of an exploration.
    public init(
        _ strategy: ExplorationStrategy = .varied, schedules: Int = 1_000, seed: UInt64 = 0, replay: String? = nil
    ) {
        self.strategy = strategy
        self.schedules = schedules
        self.seed = seed
        self.replay = replay
    }

    /// Whether tasks that leave the executor preference behind are under control too, on this toolchain.
    ///
    /// Otherwise `Task {}`, `Task.detached`, `Task.sleep` and the main actor are outside, and are reported when they take part.
    public static var controlsEveryTask: Bool { SimulationExecutor.controlsEveryTask }

    /// Runs `body` under one schedule after the other until one breaks an expectation or there are enough.
    ///
    /// Explorations of one process run one at a time; a second one waits its turn.
    ///
    /// - Returns: what was done, with the failure if there was one.
    /// - Throws: ``ExplorationError`` when the settings make no sense, and `CancellationError` when the task was cancelled
    ///   between two schedules.
    public func run(_ body: @escaping ExplorationBody) async throws -> ExplorationResult {
        if Simulation.isDriving { throw ExplorationError.nested }
        let replay = try replay.map { text throws(ExplorationError) in try ReplayString(text) }
        do {
            return try await Simulation.turn.withLock { try await run(replay, Explorer(settings: self, body: body)) }
        } catch let error as AcquireError where error.code == .cancelled {
            throw CancellationError()
        }
    }

    private func run(_ replay: ReplayString?, _ explorer: Explorer) async throws -> ExplorationResult {
        if let replay { return await explorer.replay(replay) }
        switch strategy {
        case .varied: return try await explorer.search(VariedChooser(seed: seed))
        case .random: return try await explorer.search(RandomChooser(seed: seed))
        case .pct(let depth): return try await explorer.search(PriorityChooser(seed: seed, depth: depth))
        case .delayBounded(let delays): return try await explorer.search(DelayChooser(seed: seed, delays: delays))
        case .exhaustive(let preemptions):
            // Together with a bound sleep sets would leave out schedules that only the dropped ones stand for.
            let usesSleepSets = declaresFootprints && preemptions == nil
            return try await explorer.search(ExhaustiveSearch(preemptions: preemptions, usesSleepSets: usesSleepSets))
        }
    }
}
