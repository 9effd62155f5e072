import InterlockHistory
import Testing

@Suite("A fault as people read it")
struct TimelineTests {
    @Test("the timeline shows who overlapped whom, the longest order that fits, and the call that does not")
    func lostUpdate() throws {
        typealias Call = RecordedCall<CounterModel.Input, CounterModel.Output>
        let calls = [
            Call(client: "client-a", input: .init(.add(1), of: "visits"), called: 10, outcome: .returned(.value(1), at: 40)),
            Call(client: "b", input: .init(.add(1), of: "visits"), called: 20, outcome: .returned(.value(1), at: 30)),
            Call(client: "c", input: .init(.add(1), of: "visits"), called: 50, outcome: .returned(.value(2), at: 60)),
        ]
        let fault = try #require(LinearizabilityChecker(CounterModel()).check(try History(calls)).fault)
        #expect(
            fault.description == """
                No order of these 2 calls explains their answers (visits). Expected: a counter that starts at 0 and loses no update. \
                Left out: 1 call for which it does not matter what they did.

                  client-a  [=====]     add 1 to visits → 1
                  b           [=]       add 1 to visits → 1

                The longest order that fits: add 1 to visits → 1. Then the state is visits = 1, and there is no place for \
                b: add 1 to visits → 1.
                """)
    }
}
