import InterlockHistory
import Testing

@Suite("Right histories are accepted, and the field's classic faults are found in them")
struct MutationTests {
    @Test("what a correct object answered is accepted, however calls overlap and get lost", arguments: 0..<20 as Range<UInt64>)
    func acceptsRight(_ seed: UInt64) throws {
        let overlap = Int(seed % 8)
        func verdict<Model: SequentialModel>(_ simulated: Simulated<Model>, unknown: Double) throws -> Bool {
            let history = try simulated.history(calls: 120, overlap: overlap, unknown: unknown, seed: seed)
            return LinearizabilityChecker(simulated.model).check(history).isLinearizable
        }
        for unknown in [0, 0.05] {
            #expect(try verdict(.counters(keys: 3), unknown: unknown))
            #expect(try verdict(.registers(keys: 3, values: 5), unknown: unknown))
            #expect(try verdict(.set(capacity: 3, elements: 6), unknown: unknown))
            #expect(try verdict(.bank(accounts: 4, opening: 3), unknown: unknown))
        }
    }

    @Test("a lost update is found and comes down to the two increments", arguments: 0..<10 as Range<UInt64>)
    func lostUpdate(_ seed: UInt64) throws {
        var calls = try Simulated<CounterModel>.counters(keys: 1).history(calls: 60, overlap: 4, seed: seed).calls
        let adds = calls.indices.filter { calls[$0].input.action == .add(1) }
        let twins = (calls[adds[10]], calls[adds[11]])
        guard case .returned(let value, _) = twins.0.outcome, let returned = twins.1.returned else { return }
        calls[adds[11]].outcome = .returned(value, at: returned)
        let fault = try #require(LinearizabilityChecker(CounterModel()).check(try History(calls)).fault)
        #expect(fault.isMinimal)
        #expect(fault.calls.count == 2, "\(fault)")
        #expect(fault.calls.allSatisfy { $0.call.output == value || $0.call.input.action == .read }, "\(fault)")
    }

    @Test("eleven in a set of ten is found and comes down to the eleven", arguments: 0..<10 as Range<UInt64>)
    func elevenOfTen(_ seed: UInt64) throws {
        typealias Model = BoundedSetModel<Int>
        var random = SeededGenerator(seed: seed)
        let accepted = Set((0..<20).shuffled(using: &random).prefix(11))
        let calls = (0..<20).map { element in
            RecordedCall<Model.Input, Model.Output>(
                client: "c\(element)", input: .init(.add(element)), called: Int64.random(in: 0..<10, using: &random),
                outcome: .returned(accepted.contains(element) ? .accepted : .refused, at: Int64.random(in: 10..<20, using: &random)))
        }
        let fault = try #require(LinearizabilityChecker(Model(capacity: 10)).check(try History(calls)).fault)
        #expect(Set(fault.calls.map(\.call.client)) == Set(accepted.map { "c\($0)" }), "\(fault)")
        #expect(fault.calls.allSatisfy { $0.evidence == .answer })
        #expect("\(fault)".contains("never holds more than 10"))
    }

    @Test("a refusal while there was room, and room after a refusal, are found", arguments: 0..<10 as Range<UInt64>)
    func wrongRefusals(_ seed: UInt64) throws {
        typealias Model = BoundedSetModel<Int>
        var next = 0
        let simulated = Simulated<Model>(
            model: Model(capacity: 10), initial: ["set": []],
            answer: { state, _ in state["set", default: []].count < 10 ? .accepted : .refused },
            input: { _ in
                next += 1
                return Model.Input(.add(next))
            })
        let calls = try simulated.history(calls: 20, overlap: 5, seed: seed).calls
        for index in calls.indices {
            var wrong = calls
            guard let returned = wrong[index].returned else { continue }
            wrong[index].outcome = .returned(wrong[index].output == .accepted ? .refused : .accepted, at: returned)
            // Ten are accepted in all, so nine or eleven are wrong whichever call it is.
            #expect(LinearizabilityChecker(Model(capacity: 10)).check(try History(wrong)).fault != nil, "call \(index)")
        }
    }

    @Test("a file created twice is found: two accepted additions of one name")
    func createdTwice() throws {
        typealias Model = BoundedSetModel<String>
        let calls = ["a", "b", "a", "c"].enumerated().map { index, name in
            RecordedCall<Model.Input, Model.Output>(
                client: "c\(index)", input: .init(.add(name), of: "files"), called: 0, outcome: .returned(.accepted, at: 10))
        }
        let fault = try #require(LinearizabilityChecker(Model()).check(try History(calls)).fault)
        #expect(fault.calls.map(\.call.client) == ["c0", "c2"])
        #expect(fault.othersCount == 2)
    }

    @Test("money that appears is found", arguments: 0..<10 as Range<UInt64>)
    func moneyAppears(_ seed: UInt64) throws {
        let bank = Simulated<BankModel>.bank(accounts: 3, opening: 5)
        let calls = try bank.history(calls: 25, overlap: 3, seed: seed).calls
        let deposited = calls.reduce(15) { sum, call in
            if case .deposit(_, let amount) = call.input, call.output == .accepted { sum + amount } else { sum }
        }
        let total = RecordedCall<BankModel.Input, BankModel.Output>(
            client: "auditor", input: .total, called: 10_000, outcome: .returned(.amount(deposited + 1), at: 10_001))
        let result = LinearizabilityChecker(bank.model).check(try History(calls + [total]))
        let fault = try #require(result.fault)
        #expect(fault.calls.contains { $0.call.client == "auditor" })
        var right = total
        right.outcome = .returned(.amount(deposited), at: 10_001)
        #expect(LinearizabilityChecker(bank.model).check(try History(calls + [right])).isLinearizable)
    }

    @Test("a double spend is found and comes down to the two transfers")
    func doubleSpend() throws {
        typealias Call = RecordedCall<BankModel.Input, BankModel.Output>
        let spend = ["b", "c"].map { to in
            Call(client: "to \(to)", input: .transfer(from: "a", to: to, amount: 80), called: 5, outcome: .returned(.accepted, at: 9))
        }
        let look = Call(client: "look", input: .balance(of: "b"), called: 20, outcome: .returned(.amount(80), at: 21))
        let model = BankModel(opening: ["a": 100, "b": 0, "c": 0])
        let fault = try #require(LinearizabilityChecker(model).check(try History(spend + [look])).fault)
        #expect(fault.calls.map(\.call.client) == ["to b", "to c"])
        #expect(fault.keys == ["a", "b", "c"])
    }

    @Test("an identifier handed out twice is found among ten thousand")
    func duplicatedID() throws {
        typealias Model = UniqueIDModel<String>
        let calls = (0..<10_000).map { (index: Int) -> RecordedCall<Model.Input, Model.Output> in
            let id = "id-\(index == 9_000 ? 4_000 : index)"
            let isLost = index % 100 == 7
            return RecordedCall(
                client: "c\(index % 5)", input: .generate, called: Int64(index),
                outcome: isLost ? .unknown : .returned(id, at: Int64(index + 3)))
        }
        let result = LinearizabilityChecker(Model()).check(try History(calls))
        let fault = try #require(result.fault)
        #expect(fault.calls.map(\.call.called) == [4_000, 9_000])
        #expect(result.steps <= 20_000)
    }

    @Test("a stale read is found, with the write it missed", arguments: 0..<10 as Range<UInt64>)
    func staleRead(_ seed: UInt64) throws {
        typealias Model = RegisterModel<Int>
        typealias Call = RecordedCall<Model.Input, Model.Output>
        let before = try Simulated<Model>.registers(keys: 2, values: 4).history(calls: 60, overlap: 4, seed: seed).calls
        let late = [
            Call(client: "w1", input: .init(.write(100), of: "k0"), called: 5_000, outcome: .returned(.written, at: 5_010)),
            Call(client: "w2", input: .init(.write(200), of: "k0"), called: 5_020, outcome: .returned(.written, at: 5_030)),
            Call(client: "r", input: .init(.read, of: "k0"), called: 5_040, outcome: .returned(.value(100), at: 5_050)),
        ]
        let fault = try #require(LinearizabilityChecker(Model()).check(try History(before + late)).fault)
        #expect(fault.calls.map(\.call.client) == ["w1", "w2", "r"], "\(fault)")
        #expect(fault.calls.map(\.evidence) == [.effect, .effect, .answer])
        #expect(fault.isMinimal)
    }
}
