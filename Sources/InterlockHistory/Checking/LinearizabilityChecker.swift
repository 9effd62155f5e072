/// Decides whether a history could have come from an object that answers its calls one at a time, each at some instant
/// between the call and its answer.
///
/// Pure and synchronous: run it off the cooperative pool if the bound is generous.
///
/// ```swift
/// let result = LinearizabilityChecker(BoundedSetModel<String>(capacity: 10)).check(recorder.history())
/// if case .notLinearizable(let fault) = result.verdict { print(fault) }
/// ```
public struct LinearizabilityChecker<Model: SequentialModel>: Sendable {
    /// The yardstick.
    public let model: Model
    /// How long to try.
    public let bound: CheckBound

    /// Makes a checker.
    public init(_ model: Model, bound: CheckBound = CheckBound()) {
        self.model = model
        self.bound = bound
    }

    /// Judges a history. Parts that share no key are judged apart, the smallest first; the first fault ends the check.
    public func check(_ history: History<Model.Input, Model.Output>) -> CheckResult<Model> {
        let parts = HistoryPart.split(history, by: model)
        var budget = StepBudget(steps: bound.steps, isExpired: bound.isExpired)
        var orders: [[RecordedCall<Model.Input, Model.Output>]] = []
        var open = 0
        for part in parts {
            let before = budget.spent
            var search = LinearizationSearch<Model>(model, part.calls.map { LinearizationSearch<Model>.Entry($0) })
            switch search.run(from: model.initialState(of: part.keys), &budget) {
            case .found(let order): orders.append(order.map { part.calls[$0] })
            case .exhausted: open += 1
            case .impossible:
                var reduction = HistoryReduction(model, part, shownIn: budget.spent - before, bound)
                let fault = reduction.run()
                return CheckResult(
                    verdict: .notLinearizable(fault), steps: budget.spent, reductionSteps: reduction.spent, parts: parts.count)
            }
        }
        let verdict: CheckResult<Model>.Verdict =
            open == 0 ? .linearizable(orders) : .unknown(undecidedParts: open)
        return CheckResult(verdict: verdict, steps: budget.spent, reductionSteps: 0, parts: parts.count)
    }
}
