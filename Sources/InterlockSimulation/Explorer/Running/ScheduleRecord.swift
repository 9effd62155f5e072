/// What became of one schedule.
struct ScheduleRecord: Sendable {
    enum Outcome: Sendable {
        case passed
        case failed(ExplorationFinding)
        /// Given up by the chooser as one that shows nothing new.
        case pruned
    }

    var outcome: Outcome
    /// The choices made where there was one.
    var choices: [Int]
    var steps: Int
    /// Equal for two runs in which the same things ran in the same order, among the same alternatives.
    var fingerprint: UInt64
    /// Things that were dropped because they did not end.
    var abandoned: Int
    /// Of a run that was asked for it.
    var trace: [ExplorationStep]
    /// How many operations each task had, and what those kept were; where operations are generated.
    var operationCounts: [Int]
    var operations: [[String]]

    var cost: ScheduleCost {
        ScheduleCost(operations: operations.reduce(0) { $0 + $1.count }, steps: steps, choices: choices)
    }

    var finding: ExplorationFinding? {
        if case .failed(let finding) = outcome { return finding }
        return nil
    }
}

/// What one run is to be like.
struct SchedulePlan: Sendable {
    var number: Int
    /// Of the body's randomness.
    var seed: UInt64
    var operations: [OperationMask]?
    var maximumSteps: Int
    var timersInterrupt: Bool
    var footprintsAreDeclared: Bool
    /// Whether to write down every step, with its place.
    var isTraced = false
    /// How long to wait, in real time, for somebody outside before calling a standstill a deadlock.
    var patience: Duration = .zero
}
