/// What a check found, and what it cost.
public struct CheckResult<Model: SequentialModel>: Sendable, CustomStringConvertible {
    /// The judgement of a history.
    public enum Verdict: Sendable {
        /// Every part has an order that explains it; here is one for each, by part. Calls without an outcome that took
        /// no effect are missing from it.
        case linearizable([[RecordedCall<Model.Input, Model.Output>]])
        /// No order explains this part.
        case notLinearizable(UnexplainedPart<Model>)
        /// The bound was reached first. The parts that were decided had no fault.
        case unknown(undecidedParts: Int)
    }

    /// The judgement.
    public let verdict: Verdict
    /// Questions put to the model for the verdict.
    public let steps: Int
    /// Questions put to the model to make the fault small.
    public let reductionSteps: Int
    /// Parts the history fell into.
    public let parts: Int

    /// Whether an order was found that explains the history.
    public var isLinearizable: Bool {
        if case .linearizable = verdict { true } else { false }
    }

    /// The part that no order explains, if there is one.
    public var fault: UnexplainedPart<Model>? {
        if case .notLinearizable(let fault) = verdict { fault } else { nil }
    }

    public var description: String {
        switch verdict {
        case .linearizable: "linearizable: one order explains every call (\(parts) parts, \(steps) steps)"
        case .notLinearizable(let fault): fault.description
        case .unknown(let parts): "unknown: the bound was reached after \(steps) steps with \(parts) of \(self.parts) parts undecided"
        }
    }
}
