import InterlockHistory
import Testing

@Suite("Invariants of what is left in the end")
struct InvariantTests {
    @Test("a limit, a count and an exact value say how far off they are")
    func numbers() {
        #expect(Invariant<Int>.atMost(10).violation(in: 10) == nil)
        #expect(Invariant<Int>.atMost(10).violation(in: 11)?.description == "expected at most 10, but it is 11, 1 too many")
        #expect(Invariant<Int>.equal(to: 3).violation(in: 1)?.found == "it is 1, 2 too few")
    }

    @Test("a counter may lie between what was acknowledged and that plus what is unknown")
    func counter() {
        let invariant = Invariant<Int>.counter(acknowledged: 90, unknown: 10)
        #expect([90, 95, 100].allSatisfy { invariant.violation(in: $0) == nil })
        #expect(invariant.violation(in: 89)?.found == "it is 89, 1 too few")
        #expect(invariant.violation(in: 101)?.found == "it is 101, 1 too many")
        #expect(Invariant<Int>.counter(acknowledged: 90).violation(in: 91) != nil)
    }

    @Test("duplicates are named with their number")
    func duplicates() {
        #expect(Invariant<[String]>.noDuplicates().violation(in: ["a", "b"]) == nil)
        #expect(Invariant<[String]>.noDuplicates().violation(in: ["b", "a", "b"])?.found == "b comes 2 times")
        #expect(Invariant<[Int]>.count(atMost: 2).violation(in: [1, 2, 3])?.found == "there are 3")
    }

    @Test("money that appears, vanishes or goes below zero is named")
    func money() {
        let invariants: [Invariant<[String: Int]>] = [.total(100), .noneNegative]
        #expect(invariants.violations(in: ["a": 60, "b": 40]).isEmpty)
        #expect(invariants.violations(in: ["a": 120, "b": -10]).map(\.found) == ["10 appeared", "b is -10"])
        #expect(invariants.violations(in: ["a": 60]).map(\.found) == ["40 vanished"])
    }

    @Test("an invariant of a part is one of the whole")
    func part() {
        let whole: Invariant<(seats: Int, name: String)> = Invariant<Int>.atMost(1).of { $0.seats }
        #expect(whole.violation(in: (2, "x"))?.invariant == "at most 1")
    }
}
