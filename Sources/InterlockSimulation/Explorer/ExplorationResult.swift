/// What an exploration did, and what it found.
public struct ExplorationResult: Sendable {
    /// Schedules that were run, without those for shrinking and checking.
    public var schedules: Int
    /// Whether every schedule was seen, within the preemption bound if there is one. Only an exhaustive strategy can say so.
    public var isComplete: Bool
    /// Schedules given up half-way because they only swap independent steps of one seen before; counted in ``schedules``.
    public var pruned: Int
    /// Steps of all schedules together.
    public var steps: Int
    /// Steps of the longest schedule.
    public var longest: Int
    /// Things left running by bodies that had ended, and dropped because they did not end within a bound.
    public var abandoned: Int
    /// The first schedule that broke an expectation; `nil` when none did.
    public var failure: ExplorationFailure?
}
