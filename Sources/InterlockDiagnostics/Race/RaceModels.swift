import InterlockHistory

/// A ready model and how a plan's calls and answers speak of it.
struct RaceModel<Model: SequentialModel>: Sendable where Model.Input: Sendable, Model.Output: Sendable {
    var model: Model
    var input: @Sendable (PlannedCall) -> Model.Input
    /// `nil` when the answer says nothing the model can use: then the call may have happened or not.
    var output: @Sendable (RaceAnswer, PlannedCall) -> Model.Output?
}

enum RaceModels {
    static func counter(_ plan: RacePlan) -> RaceModel<CounterModel> {
        RaceModel(model: CounterModel(startingAt: plan.start ?? 0)) { call in
            CounterModel.Input(call.operation.does == "read" ? .read : .add(1))
        } output: { answer, call in
            guard case .done(let value) = answer else { return nil }
            if let number = value?.number { return .value(number) }
            return call.operation.does == "read" ? nil : .acknowledged
        }
    }

    static func register(_ plan: RacePlan) -> RaceModel<RegisterModel<Int>> {
        RaceModel(model: RegisterModel<Int>(startingAt: plan.start)) { call in
            RegisterModel<Int>.Input(call.operation.does == "read" ? .read : .write(call.drawn.value))
        } output: { answer, call in
            switch answer {
            case .done(let value): call.operation.does == "read" ? .value(value?.number) : .written
            case .refused: call.operation.does == "read" ? .value(nil) : nil
            case .busy: nil
            }
        }
    }

    static func set(_ plan: RacePlan) -> RaceModel<BoundedSetModel<String>> {
        RaceModel(model: BoundedSetModel<String>(capacity: plan.capacity ?? .max)) { call in
            switch call.operation.does {
            case "add": .init(.add(call.drawn.element))
            case "contains": .init(.contains(call.drawn.element))
            default: .init(.count)
            }
        } output: { answer, call in
            switch (call.operation.does, answer) {
            case ("add", .done): .accepted
            case ("add", .refused): .refused
            case ("contains", .done): .present(true)
            case ("contains", .refused): .present(false)
            case ("count", .done(let value)): value?.number.map { .count($0) }
            default: nil
            }
        }
    }

    static func bank(_ plan: RacePlan, round: Int) -> RaceModel<BankModel> {
        let opening = Dictionary((plan.accounts ?? [:]).map { ($0.key.replacing("$round", with: "\(round)"), $0.value) }) { first, _ in first }
        return RaceModel(model: BankModel(opening: opening)) { call in
            call.operation.does == "transfer"
                ? .transfer(from: call.drawn.from, to: call.drawn.to, amount: call.drawn.amount) : .balance(of: call.drawn.account)
        } output: { answer, call in
            switch (call.operation.does, answer) {
            case ("transfer", .done): .accepted
            case ("transfer", .refused), ("balance", .refused): .refused
            case ("balance", .done(let value)): value?.number.map { .amount($0) }
            default: nil
            }
        }
    }

    static var uniqueID: RaceModel<UniqueIDModel<RaceValue>> {
        RaceModel(model: UniqueIDModel<RaceValue>()) { _ in .generate } output: { answer, _ in
            if case .done(let value) = answer { value } else { nil }
        }
    }
}
