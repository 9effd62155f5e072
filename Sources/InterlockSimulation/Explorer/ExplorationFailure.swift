/// The first schedule that broke an expectation, shrunk, with what it takes to see it again.
///
/// ``explore(_:schedules:seed:replay:_:)`` throws it, and its description is the report that a test prints.
public struct ExplorationFailure: Error, Sendable, CustomStringConvertible {
    /// What went wrong, in the shrunk schedule.
    public var finding: ExplorationFinding
    /// The seed of the exploration.
    public var seed: UInt64
    /// Which schedule of the exploration found it, from 0.
    public var schedule: Int
    /// Runs exactly this schedule again when it is given as `replay`.
    public var replay: String
    /// The steps of the shrunk schedule.
    public var trace: [ExplorationStep]
    /// What each task did, after shrinking; empty unless operations were generated.
    public var operations: [[String]]
    /// Steps of the schedule as it was found.
    public var originalSteps: Int
    /// Runs spent on shrinking it.
    public var shrinkRuns: Int

    /// Steps of the shrunk schedule.
    public var steps: Int { trace.count }

    public var description: String {
        var lines = ["\(finding)"]
        lines.append("  seed \(seed), schedule \(schedule); \(originalSteps) steps, \(steps) after shrinking (\(shrinkRuns) runs)")
        lines.append("  replay: \"\(replay)\"")
        for (task, operations) in operations.enumerated() {
            lines.append("  task \(task + 1): " + (operations.isEmpty ? "nothing" : operations.joined(separator: ", ")))
        }
        lines.append("  schedule:")
        let shown = 200
        for step in trace.prefix(shown) {
            lines.append(contentsOf: step.description.split(separator: "\n").map { "    \($0)" })
        }
        if trace.count > shown { lines.append("    … and \(trace.count - shown) more") }
        return lines.joined(separator: "\n")
    }
}
