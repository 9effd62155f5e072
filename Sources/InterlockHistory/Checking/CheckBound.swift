/// How much work a check may do before it answers "unknown".
///
/// The problem is NP-complete: a history with many overlapping calls and unknown outcomes can outlast any patience.
/// A step is one question to the model, and at most one state remembered: steps bound time and memory alike.
public struct CheckBound: Sendable {
    /// How many steps the verdict may take.
    public var steps: Int
    /// How many more steps may be spent on making a found fault small.
    public var reductionSteps: Int
    /// Asked every 256 steps; the check ends when it answers `true`.
    public var isExpired: @Sendable () -> Bool

    /// A bound in steps, with a condition that may end the check sooner, such as a deadline or cancellation.
    public init(
        steps: Int = 10_000_000, reductionSteps: Int = 2_000_000, isExpired: @escaping @Sendable () -> Bool = { false }
    ) {
        self.steps = steps
        self.reductionSteps = reductionSteps
        self.isExpired = isExpired
    }

    /// A bound in steps alone: the same history has the same verdict on every machine.
    public static func steps(_ steps: Int) -> CheckBound {
        CheckBound(steps: steps)
    }

    /// A bound in time, counted from this call, on a clock of the caller's choice.
    public static func time<C: Clock & Sendable>(_ limit: C.Duration, on clock: C) -> CheckBound {
        let deadline = clock.now.advanced(by: limit)
        return CheckBound(steps: .max) { clock.now >= deadline }
    }
}

/// The steps left of a ``CheckBound``, drawn down by one search after another.
struct StepBudget {
    private(set) var spent = 0
    private(set) var isExhausted = false
    private let limit: Int
    private let isExpired: @Sendable () -> Bool

    init(steps: Int, isExpired: @escaping @Sendable () -> Bool) {
        self.limit = steps
        self.isExpired = isExpired
    }

    /// Takes one step, or answers `false` when none is left.
    mutating func spend() -> Bool {
        guard !isExhausted else { return false }
        if spent >= limit || (spent % 256 == 0 && isExpired()) {
            isExhausted = true
            return false
        }
        spent += 1
        return true
    }

    /// A budget of at most `steps`, for one trial among many.
    func trial(steps: Int) -> StepBudget {
        StepBudget(steps: isExhausted ? 0 : min(steps, limit - spent), isExpired: isExpired)
    }

    /// Books what a trial has spent.
    mutating func book(_ trial: StepBudget) {
        spent += trial.spent
        if spent >= limit || (trial.isExhausted && isExpired()) { isExhausted = true }
    }
}
