import InterlockHistory
import Testing

@Suite("Small histories whose verdict follows from the definition")
struct ClassicHistoryTests {
    typealias Register = RegisterModel<Int>
    typealias Call = RecordedCall<Register.Input, Register.Output>

    private func read(_ value: Int?, _ called: Int64, _ returned: Int64) -> Call {
        Call(client: "reader", input: .init(.read), called: called, outcome: .returned(.value(value), at: returned))
    }

    private func write(_ value: Int, _ called: Int64, _ returned: Int64?) -> Call {
        Call(
            client: "writer", input: .init(.write(value)), called: called,
            outcome: returned.map { .returned(.written, at: $0) } ?? .unknown)
    }

    private func swap(_ expected: Int, _ new: Int, _ done: Bool, _ called: Int64, _ returned: Int64) -> Call {
        Call(
            client: "swapper", input: .init(.compareAndSet(expected: expected, new: new)), called: called,
            outcome: .returned(.swapped(done), at: returned))
    }

    private func isLinearizable(_ calls: [Call]) throws -> Bool {
        let result = LinearizabilityChecker(Register()).check(try History(calls))
        if case .unknown = result.verdict { Issue.record("no verdict: \(result)") }
        return result.isLinearizable
    }

    @Test("nothing at all is linearizable")
    func empty() throws {
        #expect(try isLinearizable([]))
    }

    @Test("a read during a write may see the old or the new value")
    func readDuringWrite() throws {
        #expect(try isLinearizable([write(1, 0, 10), read(nil, 2, 4)]))
        #expect(try isLinearizable([write(1, 0, 10), read(1, 2, 4)]))
    }

    @Test("once one read has seen the new value, a later read may not see the old one")
    func newThenOld() throws {
        #expect(try !isLinearizable([write(1, 0, 100), read(1, 10, 20), read(nil, 30, 40)]))
        #expect(try isLinearizable([write(1, 0, 100), read(nil, 10, 20), read(1, 30, 40)]))
        #expect(try isLinearizable([write(1, 0, 100), read(1, 10, 35), read(nil, 30, 40)]), "the reads overlap")
    }

    @Test("a read after a write has returned sees it")
    func staleRead() throws {
        #expect(try !isLinearizable([write(1, 0, 10), read(nil, 11, 12)]))
    }

    @Test("calls that touch at one instant count as overlapping")
    func touching() throws {
        #expect(try isLinearizable([write(1, 0, 10), read(nil, 10, 12)]))
    }

    @Test("a write without an answer may take effect late, or never, but not before its call and not twice")
    func unknownOutcome() throws {
        #expect(try isLinearizable([write(1, 0, nil), read(nil, 50, 60), read(1, 70, 80)]))
        #expect(try isLinearizable([write(1, 0, nil), read(nil, 50, 60)]))
        #expect(try !isLinearizable([write(1, 20, nil), read(1, 0, 10)]))
        #expect(try !isLinearizable([write(1, 0, nil), read(1, 10, 20), write(2, 30, 40), read(1, 50, 60)]))
    }

    @Test("of two compare-and-sets from one value only one succeeds")
    func compareAndSet() throws {
        #expect(try !isLinearizable([write(0, 0, 1), swap(0, 1, true, 10, 20), swap(0, 2, true, 11, 19)]))
        #expect(try isLinearizable([write(0, 0, 1), swap(0, 1, true, 10, 20), swap(0, 2, false, 11, 19)]))
        #expect(try isLinearizable([write(0, 0, 1), swap(0, 1, true, 10, 20), swap(1, 2, true, 11, 19)]))
    }

    @Test("registers of different keys are judged apart")
    func keys() throws {
        var other = write(7, 0, 5)
        other.input.key = "other"
        let result = LinearizabilityChecker(Register()).check(try History([other, write(1, 0, 10), read(1, 20, 30)]))
        #expect(result.isLinearizable)
        #expect(result.parts == 2)
    }

    @Test("a call that returned before it was made is refused, and the error says whose")
    func brokenInterval() {
        #expect {
            try History([read(1, 10, 9)])
        } throws: { error in
            (error as? HistoryError)?.code == .returnedBeforeCalled && "\(error)".contains("reader")
        }
    }
}
