import InterlockHistory

/// Histories of an object that is correct by construction: the calls run one after another, and the intervals around
/// the instants they take effect are drawn so that they overlap.
struct Simulated<Model: SequentialModel> {
    let model: Model
    let initial: Model.State
    let answer: (Model.State, Model.Input) -> Model.Output
    let input: (inout SeededGenerator) -> Model.Input

    func history(calls count: Int, overlap: Int, unknown: Double = 0, seed: UInt64) throws -> History<Model.Input, Model.Output> {
        var random = SeededGenerator(seed: seed)
        var state = initial
        var calls: [RecordedCall<Model.Input, Model.Output>] = []
        for index in 0..<count {
            let input = input(&random)
            let instant = Int64(index + overlap) * 10
            let called = instant - Int64.random(in: 0...Int64(overlap * 10), using: &random)
            let client = "c\(index % 7)"
            if Double.random(in: 0..<1, using: &random) < unknown {
                if Bool.random(using: &random) { state = try next(state, input) }
                calls.append(RecordedCall(client: client, input: input, called: called, outcome: .unknown))
                continue
            }
            let output = answer(state, input)
            state = try next(state, input)
            let returned = instant + Int64.random(in: 0...Int64(overlap * 10), using: &random)
            calls.append(RecordedCall(client: client, input: input, called: called, outcome: .returned(output, at: returned)))
        }
        return try History(calls.shuffled(using: &random))
    }

    private func next(_ state: Model.State, _ input: Model.Input) throws -> Model.State {
        guard let next = model.step(state, input, answer(state, input)) else { throw Refused() }
        return next
    }

    struct Refused: Error {}
}

extension Simulated<CounterModel> {
    static func counters(keys: Int) -> Simulated {
        Simulated(model: CounterModel(), initial: [:]) { state, input in
            switch input.action {
            case .add(let amount): .value(state[input.key, default: 0] + amount)
            case .read: .value(state[input.key, default: 0])
            }
        } input: { random in
            let key = "k\(Int.random(in: 0..<keys, using: &random))"
            return CounterModel.Input(Int.random(in: 0..<4, using: &random) == 0 ? .read : .add(1), of: key)
        }
    }
}

extension Simulated<RegisterModel<Int>> {
    static func registers(keys: Int, values: Int) -> Simulated {
        Simulated(model: RegisterModel<Int>(), initial: [:]) { state, input in
            switch input.action {
            case .read: .value(state[input.key])
            case .write: .written
            case .compareAndSet(let expected, _): .swapped(state[input.key] == expected)
            }
        } input: { random in
            let key = "k\(Int.random(in: 0..<keys, using: &random))"
            let value = Int.random(in: 0..<values, using: &random)
            let other = Int.random(in: 0..<values, using: &random)
            let action: RegisterModel<Int>.Action =
                switch Int.random(in: 0..<5, using: &random) {
                case 0: .write(value)
                case 1: .compareAndSet(expected: other, new: value)
                case 2: .write(nil)
                default: .read
                }
            return RegisterModel<Int>.Input(action, of: key)
        }
    }
}

extension Simulated<BoundedSetModel<Int>> {
    static func set(capacity: Int, elements: Int) -> Simulated {
        Simulated(model: BoundedSetModel<Int>(capacity: capacity), initial: ["set": []]) { state, input in
            let set = state["set"] ?? []
            switch input.action {
            case .add(let element): return set.count < capacity && !set.contains(element) ? .accepted : .refused
            case .remove(let element): return set.contains(element) ? .accepted : .refused
            case .contains(let element): return .present(set.contains(element))
            case .count: return .count(set.count)
            case .elements: return .elements(set)
            }
        } input: { random in
            let element = Int.random(in: 0..<elements, using: &random)
            let action: BoundedSetModel<Int>.Action =
                switch Int.random(in: 0..<6, using: &random) {
                case 0: .remove(element)
                case 1: .contains(element)
                case 2: .count
                case 3: .elements
                default: .add(element)
                }
            return BoundedSetModel<Int>.Input(action)
        }
    }
}

extension Simulated<BankModel> {
    static func bank(accounts: Int, opening: Int) -> Simulated {
        let balances = Dictionary(uniqueKeysWithValues: (0..<accounts).map { ("a\($0)", opening) })
        return Simulated(model: BankModel(opening: balances), initial: balances) { state, input in
            switch input {
            case .transfer(let from, _, let amount): amount > 0 && state[from, default: 0] >= amount ? .accepted : .refused
            case .deposit(_, let amount): amount > 0 ? .accepted : .refused
            case .balance(let account): .amount(state[account] ?? 0)
            case .total: .amount(state.values.reduce(0, +))
            }
        } input: { random in
            let from = "a\(Int.random(in: 0..<accounts, using: &random))"
            let to = "a\(Int.random(in: 0..<accounts, using: &random))"
            let amount = Int.random(in: 0...opening, using: &random)
            return switch Int.random(in: 0..<6, using: &random) {
            case 0: .balance(of: from)
            case 1: .total
            case 2: .deposit(to: to, amount: amount)
            default: .transfer(from: from, to: to, amount: amount)
            }
        }
    }
}
