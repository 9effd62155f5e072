import InterlockHistory
import Synchronization
import Testing

@Suite("What a check costs, and where it stops")
struct BoundTests {
    typealias Sets = BoundedSetModel<Int>

    /// Additions that all overlap, and a count that none of their 2^count subsets explains.
    private func hard(_ count: Int) throws -> History<Sets.Input, Sets.Output> {
        let adds = (0..<count).map { element in
            RecordedCall<Sets.Input, Sets.Output>(
                client: "c\(element)", input: .init(.add(element)), called: 0, outcome: .returned(.accepted, at: 100))
        }
        return try History(
            adds + [.init(client: "counter", input: .init(.count), called: 0, outcome: .returned(.count(count + 1), at: 100))])
    }

    @Test("a step bound that is reached leaves the verdict unknown, after exactly that many steps")
    func stepBound() throws {
        let result = LinearizabilityChecker(Sets(), bound: .steps(5_000)).check(try hard(30))
        guard case .unknown(let parts) = result.verdict else {
            Issue.record("\(result)")
            return
        }
        #expect(parts == 1)
        #expect(result.steps == 5_000)
    }

    @Test("a time bound that is reached leaves the verdict unknown")
    func timeBound() throws {
        let bound = CheckBound.time(.zero, on: ContinuousClock())
        guard case .unknown = LinearizabilityChecker(Sets(), bound: bound).check(try hard(30)).verdict else {
            Issue.record("a bound of no time was not noticed")
            return
        }
    }

    @Test("the injected condition is asked every 256 steps and ends the check")
    func condition() throws {
        let asked = Mutex(0)
        let bound = CheckBound {
            asked.withLock { asked in
                asked += 1
                return asked > 3
            }
        }
        let result = LinearizabilityChecker(Sets(), bound: bound).check(try hard(30))
        #expect(!result.isLinearizable && result.fault == nil)
        #expect(result.steps == 3 * 256)
    }

    @Test("a part that outlasts the bound does not hide a fault in a smaller one")
    func smallPartsFirst() throws {
        let twice = (0..<2).map { index in
            RecordedCall<Sets.Input, Sets.Output>(
                client: "t\(index)", input: .init(.add(1), of: "small"), called: 0, outcome: .returned(.accepted, at: 5))
        }
        let result = LinearizabilityChecker(Sets(), bound: .steps(5_000)).check(try History(hard(30).calls + twice))
        #expect(result.fault?.keys == ["small"])
    }

    @Test("memory of tried configurations makes the hard case 2^n instead of n!")
    func memoisation() throws {
        let result = LinearizabilityChecker(Sets()).check(try hard(8))
        #expect(result.fault != nil)
        #expect(result.steps <= 9 << 8, "\(result.steps) steps")
    }

    @Test("equal calls without an outcome are interchangeable: forty lost increments cost no 2^40 steps")
    func twins() throws {
        typealias Call = RecordedCall<CounterModel.Input, CounterModel.Output>
        let lost = (0..<40).map { Call(client: "c\($0)", input: .init(.add(1)), called: Int64($0), outcome: .unknown) }
        let read = { (value: Int) in Call(client: "r", input: .init(.read), called: 100, outcome: .returned(.value(value), at: 101)) }
        let possible = LinearizabilityChecker(CounterModel()).check(try History(lost + [read(40)]))
        #expect(possible.isLinearizable)
        #expect(possible.steps < 200)
        let impossible = LinearizabilityChecker(CounterModel()).check(try History(lost + [read(41)]))
        #expect(impossible.fault?.calls.map(\.call.client) == ["r"])
        #expect(impossible.steps < 200)
    }

    @Test("ten thousand calls over a hundred keys are judged within 30,000 steps", arguments: 0..<3 as Range<UInt64>)
    func tenThousand(_ seed: UInt64) throws {
        let counters = try Simulated<CounterModel>.counters(keys: 100).history(calls: 10_000, overlap: 300, seed: seed)
        let counted = LinearizabilityChecker(CounterModel(), bound: .steps(30_000)).check(counters)
        #expect(counted.isLinearizable, "\(counted)")
        #expect(counted.parts == 100)
        let registers = try Simulated<RegisterModel<Int>>.registers(keys: 100, values: 1_000)
            .history(calls: 10_000, overlap: 300, seed: seed)
        let registered = LinearizabilityChecker(RegisterModel<Int>(), bound: .steps(30_000)).check(registers)
        #expect(registered.isLinearizable, "\(registered)")
        print("10,000 calls over 100 keys: counters \(counted.steps) steps, registers \(registered.steps) steps")
    }

    @Test("ten thousand calls of one key are judged within 30,000 steps")
    func oneKey() throws {
        let history = try Simulated<CounterModel>.counters(keys: 1).history(calls: 10_000, overlap: 4, seed: 1)
        let result = LinearizabilityChecker(CounterModel(), bound: .steps(30_000)).check(history)
        #expect(result.isLinearizable, "\(result)")
        print("10,000 calls of one key: \(result.steps) steps")
    }

    @Test("a fault among four thousand calls of one key comes down to two within the bound")
    func largeReduction() throws {
        var calls = try Simulated<CounterModel>.counters(keys: 1).history(calls: 4_000, overlap: 4, seed: 2).calls
        let adds = calls.indices.filter { calls[$0].input.action == .add(1) }
        let returned = try #require(calls[adds[2_000]].returned)
        calls[adds[2_000]].outcome = try .returned(#require(calls[adds[1_999]].output), at: returned)
        let result = LinearizabilityChecker(CounterModel()).check(try History(calls))
        print("a fault among 4,000 calls of one key: \(result.steps) steps to find, \(result.reductionSteps) to make small")
        #expect(result.reductionSteps <= CheckBound().reductionSteps)
        #expect(result.fault?.calls.count == 2, "\(result)")
    }
}
