import InterlockHistory
import Testing

@Suite("The checker against the definition, by trying every order")
struct DefinitionTests {
    @Test("random histories of up to six calls get the verdict of the definition: registers", arguments: 0..<4 as Range<UInt64>)
    func registers(_ seed: UInt64) throws {
        try compare(.registers(keys: 1, values: 2), initial: [:], seed: seed) { random in
            [.value(nil), .value(0), .value(1), .written, .swapped(true), .swapped(false)].randomElement(using: &random) ?? .written
        }
    }

    @Test("random histories of up to six calls get the verdict of the definition: counters", arguments: 0..<4 as Range<UInt64>)
    func counters(_ seed: UInt64) throws {
        try compare(.counters(keys: 1), initial: [:], seed: seed) { random in
            Int.random(in: 0..<5, using: &random) == 0 ? .acknowledged : .value(Int.random(in: 0..<5, using: &random))
        }
    }

    @Test("random histories of up to six calls get the verdict of the definition: sets", arguments: 0..<4 as Range<UInt64>)
    func sets(_ seed: UInt64) throws {
        try compare(.set(capacity: 2, elements: 3), initial: ["set": []], seed: seed) { random in
            [.accepted, .refused, .present(true), .count(2), .elements([0, 1])].randomElement(using: &random) ?? .accepted
        }
    }

    @Test("random histories of up to six calls get the verdict of the definition: banks", arguments: 0..<4 as Range<UInt64>)
    func banks(_ seed: UInt64) throws {
        let bank = Simulated<BankModel>.bank(accounts: 2, opening: 2)
        try compare(bank, initial: bank.initial, seed: seed) { random in
            [.accepted, .refused, .amount(Int.random(in: 0..<5, using: &random))].randomElement(using: &random) ?? .accepted
        }
    }

    /// Right histories with some answers replaced by random ones, so that both verdicts are frequent.
    private func compare<Model: SequentialModel>(
        _ simulated: Simulated<Model>, initial: Model.State, seed: UInt64, output: (inout SeededGenerator) -> Model.Output
    ) throws {
        var random = SeededGenerator(seed: seed)
        let definition = Definition(model: simulated.model, initial: initial)
        let checker = LinearizabilityChecker(simulated.model)
        var verdicts = [true: 0, false: 0]
        for round in 0..<300 {
            var calls = try simulated.history(
                calls: 1 + round % 6, overlap: Int.random(in: 0..<5, using: &random), unknown: 0.2, seed: seed * 1_000 + UInt64(round)
            ).calls
            for index in calls.indices where Int.random(in: 0..<5, using: &random) == 0 {
                guard let returned = calls[index].returned else { continue }
                calls[index].outcome = .returned(output(&random), at: returned)
            }
            let expected = definition.explains(calls.map { Definition<Model>.Item($0) })
            let result = checker.check(try History(calls))
            verdicts[expected, default: 0] += 1
            switch result.verdict {
            case .linearizable(let orders):
                #expect(expected, "seed \(seed), round \(round)")
                for order in orders { try check(order, of: calls, definition) }
            case .notLinearizable(let fault):
                #expect(!expected, "seed \(seed), round \(round)")
                try check(fault, of: calls, definition)
            case .unknown: Issue.record("no verdict for seed \(seed), round \(round)")
            }
        }
        #expect(verdicts.values.allSatisfy { $0 > 30 }, "the rounds decide little: \(verdicts)")
    }

    /// An order that is said to explain calls does.
    private func check<Model: SequentialModel>(
        _ order: [RecordedCall<Model.Input, Model.Output>], of calls: [RecordedCall<Model.Input, Model.Output>],
        _ definition: Definition<Model>
    ) throws {
        for (place, call) in order.enumerated() {
            #expect(!order[(place + 1)...].contains { $0.returned.map { $0 < call.called } ?? false }, "against the order of time")
        }
        let end = order.reduce(Optional(definition.initial)) { state, call in
            state.flatMap { definition.model.step($0, call.input, call.output) }
        }
        #expect(end != nil, "the model does not answer that way")
    }

    /// A reduced fault is one whatever the calls it leaves out did, and stops being one if any of its calls is weakened.
    private func check<Model: SequentialModel>(
        _ fault: UnexplainedPart<Model>, of calls: [RecordedCall<Model.Input, Model.Output>], _ definition: Definition<Model>
    ) throws {
        #expect(fault.isMinimal)
        func items(weakening weakened: Int?) -> [Definition<Model>.Item] {
            var needed = fault.calls.enumerated().map { $0 }
            return calls.compactMap { call in
                var item = Definition<Model>.Item(call)
                guard let place = needed.firstIndex(where: { $0.element.call == call }) else {
                    if (call.returned ?? .max) <= fault.certainAt, definition.model.isReadOnly(call.input, call.output) { return nil }
                    item.output = nil
                    item.returned = nil
                    return item
                }
                let (index, kept) = needed.remove(at: place)
                if kept.evidence == .effect { item.output = nil }
                if index == weakened { item.output = nil }
                if index == weakened, kept.evidence == .effect { item.returned = nil }
                return item
            }
        }
        #expect(!definition.explains(items(weakening: nil)), "not a fault: \(fault)")
        for index in fault.calls.indices {
            #expect(definition.explains(items(weakening: index)), "call \(index) is not needed: \(fault)")
        }
    }
}
