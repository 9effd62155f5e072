import InterlockConcurrency

/// The time of one simulated schedule: stands still while anything can run, and jumps to the next timer when nothing can.
final class VirtualClock: SchedulingClock {
    private let simulation: Simulation
    private let generation: Int

    /// The first moment of 2026 (UTC), as a manual clock has it.
    private static let wallStart: Int64 = 1_767_225_600_000

    init(_ simulation: Simulation, generation: Int) {
        self.simulation = simulation
        self.generation = generation
    }

    var now: MonotonicTime { simulation.now(in: generation) }

    var wallTime: Int64 { Self.wallStart + now.nanoseconds / 1_000_000 }

    @discardableResult
    func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction {
        let scheduled = ScheduledAction(at: time, action)
        simulation.schedule(scheduled, in: generation)
        return scheduled
    }
}
