import InterlockHistory
import Testing

@Suite("The ready models, one call at a time")
struct ModelTests {
    @Test("a counter adds up, by key, and takes any answer where none was seen")
    func counter() {
        let model = CounterModel(startingAt: 5)
        let state = model.initialState(of: ["a"])
        #expect(model.step(state, .init(.read, of: "a"), .value(5)) == state)
        #expect(model.step(state, .init(.add(2), of: "a"), .value(7)) == ["a": 7])
        #expect(model.step(state, .init(.add(2), of: "a"), .value(8)) == nil)
        #expect(model.step(state, .init(.add(2), of: "a"), .acknowledged) == ["a": 7])
        #expect(model.step(state, .init(.add(2), of: "a"), nil) == ["a": 7])
        #expect(model.step(["a": .max], .init(.add(1), of: "a"), nil) == nil)
    }

    @Test("a register answers what was written last, swaps only from the expected value, and knows nothing of other answers")
    func register() {
        let model = RegisterModel<String>(startingAt: "x")
        let state = model.initialState(of: ["r"])
        #expect(model.step(state, .init(.read, of: "r"), .value("x")) == state)
        #expect(model.step(state, .init(.read, of: "r"), .value(nil)) == nil)
        #expect(model.step(state, .init(.write("y"), of: "r"), .written) == ["r": "y"])
        #expect(model.step(state, .init(.write(nil), of: "r"), .written) == [:])
        #expect(model.step(state, .init(.compareAndSet(expected: "x", new: "z"), of: "r"), .swapped(true)) == ["r": "z"])
        #expect(model.step(state, .init(.compareAndSet(expected: "x", new: "z"), of: "r"), .swapped(false)) == nil)
        #expect(model.step(state, .init(.compareAndSet(expected: "q", new: "z"), of: "r"), .swapped(false)) == state)
        #expect(model.step(state, .init(.compareAndSet(expected: "q", new: "z"), of: "r"), nil) == state)
        #expect(model.step(state, .init(.read, of: "r"), .written) == nil)
    }

    @Test("a set refuses what is there and what does not fit, and only that")
    func set() {
        let model = BoundedSetModel<Int>(capacity: 2, startingWith: [1])
        let state = model.initialState(of: ["set"])
        #expect(model.step(state, .init(.add(1)), .refused) == state)
        #expect(model.step(state, .init(.add(1)), .accepted) == nil)
        #expect(model.step(state, .init(.add(2)), .accepted) == ["set": [1, 2]])
        #expect(model.step(state, .init(.add(2)), .refused) == nil)
        #expect(model.step(["set": [1, 2]], .init(.add(3)), .refused) == ["set": [1, 2]])
        #expect(model.step(["set": [1, 2]], .init(.remove(1)), .accepted) == ["set": [2]])
        #expect(model.step(state, .init(.remove(7)), .refused) == state)
        #expect(model.step(state, .init(.count), .count(1)) == state)
        #expect(model.step(state, .init(.contains(1)), .present(false)) == nil)
        #expect(model.step(state, .init(.elements), .elements([1])) == state)
    }

    @Test("a bank moves money, refuses overdrafts and strangers, and conserves the total")
    func bank() {
        let model = BankModel(opening: ["a": 10, "b": 0])
        let state = model.initialState(of: [])
        #expect(model.step(state, .transfer(from: "a", to: "b", amount: 10), .accepted) == ["a": 0, "b": 10])
        #expect(model.step(state, .transfer(from: "a", to: "b", amount: 11), .accepted) == nil)
        #expect(model.step(state, .transfer(from: "a", to: "b", amount: 11), nil) == state)
        #expect(model.step(state, .transfer(from: "a", to: "nobody", amount: 1), .refused) == state)
        #expect(model.step(state, .transfer(from: "a", to: "b", amount: 0), .refused) == state)
        #expect(model.step(state, .transfer(from: "a", to: "a", amount: 5), .accepted) == state)
        #expect(model.step(state, .deposit(to: "b", amount: 5), .accepted) == ["a": 10, "b": 5])
        #expect(model.step(state, .balance(of: "a"), .amount(10)) == state)
        #expect(model.step(state, .balance(of: "nobody"), .refused) == state)
        #expect(model.step(state, .total, .amount(10)) == state)
        #expect(model.step(state, .total, .amount(11)) == nil)
    }

    @Test("accounts that no transfer connects are judged apart; a total joins all")
    func bankParts() throws {
        typealias Call = RecordedCall<BankModel.Input, BankModel.Output>
        let model = BankModel(opening: ["a": 1, "b": 1, "c": 1, "d": 1, "e": 1])
        let transfers = [("a", "b"), ("c", "d"), ("b", "a"), ("d", "c")].enumerated().map { index, pair in
            Call(
                client: "x", input: .transfer(from: pair.0, to: pair.1, amount: 1), called: Int64(index * 10),
                outcome: .returned(.accepted, at: Int64(index * 10 + 5)))
        }
        #expect(LinearizabilityChecker(model).check(try History(transfers)).parts == 2)
        let total = Call(client: "x", input: .total, called: 50, outcome: .returned(.amount(5), at: 60))
        let joined = LinearizabilityChecker(model).check(try History(transfers + [total]))
        #expect(joined.parts == 1)
        #expect(joined.isLinearizable)
    }

    @Test("identifiers that were taken before the first call are not handed out")
    func takenIDs() throws {
        let call = RecordedCall<UniqueIDModel<Int>.Input, Int>(client: "a", input: .generate, called: 0, outcome: .returned(7, at: 1))
        #expect(LinearizabilityChecker(UniqueIDModel<Int>()).check(try History([call])).isLinearizable)
        #expect(LinearizabilityChecker(UniqueIDModel<Int>(taken: [7])).check(try History([call])).fault?.calls.count == 1)
    }
}
