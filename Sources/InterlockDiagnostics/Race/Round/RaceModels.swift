import InterlockHistory

/// A ready model and how a plan's calls and answers speak of it.
struct RaceModel<Model: SequentialModel>: Sendable where Model.Input: Sendable, Model.Output: Sendable {
    var model: Model
    var input: @Sendable (PlannedCall) -> Model.Input
    /// `nil` when the answer says nothing the model can use: then the call may have happened or not.
    var output: @Sendable (RaceAnswer, PlannedCall) -> Model.Output?
}

enum RaceModels {
    /// The judge of one round by the plan's model; `nil` if it has none.
    static func judge(of plan: RacePlan, _ scope: RaceScope) -> (any RoundJudge)? {
        switch plan.model {
        case .counter: ModelJudge(counter(plan))
        case .register: ModelJudge(register(plan))
        case .set: ModelJudge(set(plan))
        case .bank: ModelJudge(bank(plan, scope))
        case .uniqueID: ModelJudge(uniqueID)
        case nil: nil
        }
    }

    private static func counter(_ plan: RacePlan) -> RaceModel<CounterModel> {
        RaceModel(model: CounterModel(startingAt: plan.start ?? 0)) { call in
            CounterModel.Input(call.operation.does == "read" ? .read : .add(1))
        } output: { answer, call in
            if case .done(let value) = answer, let number = value?.number { return .value(number) }
            return call.operation.does != "read" && answer.isDone ? .acknowledged : nil
        }
    }

    private static func register(_ plan: RacePlan) -> RaceModel<RegisterModel<Int>> {
        RaceModel(model: RegisterModel<Int>(startingAt: plan.start)) { call in
            RegisterModel<Int>.Input(call.operation.does == "read" ? .read : .write(call.number("value")))
        } output: { answer, call in
            switch answer {
            case .done(let value): call.operation.does == "read" ? .value(value?.number) : .written
            case .refused: call.operation.does == "read" ? .value(nil) : nil
            case .unreadable: call.operation.does == "read" ? nil : .written
            case .busy, .failed: nil
            }
        }
    }

    private static func set(_ plan: RacePlan) -> RaceModel<BoundedSetModel<String>> {
        RaceModel(model: BoundedSetModel<String>(capacity: plan.capacity ?? .max)) { call in
            switch call.operation.does {
            case "add": .init(.add(call.text("element")))
            case "remove": .init(.remove(call.text("element")))
            case "contains": .init(.contains(call.text("element")))
            default: .init(.count)
            }
        } output: { answer, call in
            switch (call.operation.does, answer) {
            case ("add", _) where answer.isDone, ("remove", _) where answer.isDone: .accepted
            case ("add", .refused), ("remove", .refused): .refused
            case ("contains", _) where answer.isDone: .present(true)
            case ("contains", .refused): .present(false)
            case ("count", .done(let value)): value?.number.map { .count($0) }
            default: nil
            }
        }
    }

    private static func bank(_ plan: RacePlan, _ scope: RaceScope) -> RaceModel<BankModel> {
        let opening = Dictionary(zip(plan.accountNames(scope), plan.accounts.map(\.balance))) { first, _ in first }
        return RaceModel(model: BankModel(opening: opening)) { call in
            call.operation.does == "transfer"
                ? .transfer(from: call.text("from"), to: call.text("to"), amount: call.number("amount")) : .balance(of: call.text("account"))
        } output: { answer, call in
            switch (call.operation.does, answer) {
            case ("transfer", _) where answer.isDone: .accepted
            case ("transfer", .refused), ("balance", .refused): .refused
            case ("balance", .done(let value)): value?.number.map { .amount($0) }
            default: nil
            }
        }
    }

    private static var uniqueID: RaceModel<UniqueIDModel<RaceValue>> {
        RaceModel(model: UniqueIDModel<RaceValue>()) { _ in .generate } output: { answer, _ in
            if case .done(let value) = answer { value } else { nil }
        }
    }
}
