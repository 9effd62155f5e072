public import InterlockConcurrency

/// What a body is given: virtual time, seeded randomness, and ways to tell the explorer something.
///
/// Valid for one schedule. Every schedule gets one of its own.
public struct ExplorationContext: Sendable {
    /// The seed of ``makeRandom(stream:)`` in this schedule. Exhaustive exploration keeps it the same for all schedules.
    public let seed: UInt64
    /// Which schedule this is, from 0. Do not let the body depend on it, or a replay does something else.
    public let schedule: Int
    /// Virtual time: starts at zero, stands still while anything can run, and jumps to the next timer when nothing can.
    ///
    /// Give it to what is under test. `Task.sleep` follows the same time; `ContinuousClock.now` does not.
    public let clock: any SchedulingClock

    private let simulation: Simulation
    private let generation: Int
    let operations: [OperationMask]?

    init(simulation: Simulation, generation: Int, plan: SchedulePlan) {
        self.simulation = simulation
        self.generation = generation
        seed = plan.seed
        schedule = plan.number
        operations = plan.operations
        clock = VirtualClock(simulation, generation: generation)
    }

    /// The preference of simulated tasks, for tasks that would leave it behind.
    ///
    /// A task made by `Task(executorPreference: context.executor) { … }` can be interrupted at every hop to and from an
    /// actor, as children of a group can. One made by plain `Task { … }` is under control as well, but an actor that is
    /// free is entered without a step of its own.
    public var executor: any TaskExecutor { SimulationExecutor.preferred }

    /// Makes a generator whose sequence follows from ``seed`` and the number of the stream; one stream a task keeps them apart.
    public func makeRandom(stream: Int = 0) -> SeededRandom {
        SeededRandom(seed: seed, stream: stream)
    }

    /// Adds a line to the current step of the trace. Costs next to nothing in a run that is not traced.
    public func note(_ text: @autoclosure () -> String, fileID: String = #fileID, line: Int = #line) {
        simulation.note("\(text())  (\(fileID):\(line))", in: generation)
    }

    /// Says that the current step touches something other steps may touch too.
    ///
    /// Only for explorations with ``Exploration/declaresFootprints``, which leave out schedules that merely swap steps
    /// without anything in common. Whatever two tasks share must then be declared at every step that touches it.
    public func touch(_ resource: some Hashable, writing: Bool = true) {
        simulation.touch(resource.hashValue, writing: writing, in: generation)
    }

    func setOperations(counts: [Int], kept: [[String]]) {
        simulation.setOperations(counts: counts, kept: kept, in: generation)
    }
}

/// What is explored. Runs once per schedule, so it makes its own state.
public typealias ExplorationBody = @Sendable (ExplorationContext) async throws -> Void
