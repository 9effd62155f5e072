import InterlockSimulation
import Testing

@Suite("Shrinking")
struct ShrinkerTests {
    private func shrink(_ choices: [Int], steps: ([Int]) -> Int = { $0.count }, fails: ([Int]) -> Bool) -> (choices: [Int], tries: Int) {
        var shrinker = ScheduleShrinker(choices: choices, cost: ScheduleCost(steps: steps(choices), choices: choices))
        var tries = 0
        while let proposal = shrinker.next() {
            tries += 1
            if fails(proposal) { shrinker.accept(proposal, ScheduleCost(steps: steps(proposal), choices: proposal)) }
        }
        return (shrinker.choices, tries)
    }

    @Test("comes to nothing when everything fails")
    func everything() {
        #expect(shrink([3, 1, 0, 2, 2, 1]) { _ in true }.choices == [])
    }

    @Test("keeps a list of which no part will do")
    func nothing() {
        let choices = [1, 2, 1]
        #expect(shrink(choices) { $0 == choices }.choices == choices)
    }

    @Test("keeps the one choice that matters, and lowers it as far as it goes")
    func one() {
        let long = (0..<60).map { $0 % 4 }
        let result = shrink(long) { $0.contains { $0 >= 2 } }
        #expect(result.choices == [2])
    }

    @Test("finds two choices that only fail together", arguments: 0..<30)
    func pair(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let long = (0..<40).map { _ in Int.random(in: 0...3, using: &random) } + [3, 0, 0, 3]
        let result = shrink(long) { choices in choices.count { $0 == 3 } >= 2 }
        #expect(result.choices == [3, 3])
    }

    @Test("ends, never proposes the list at hand, and never gets worse, whatever is answered", arguments: 0..<40)
    func randomAnswers(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let start = (0..<Int.random(in: 0...30, using: &random)).map { _ in Int.random(in: 0...4, using: &random) }
        var shrinker = ScheduleShrinker(choices: start, cost: ScheduleCost(steps: start.count, choices: start))
        var tries = 0
        while let proposal = shrinker.next() {
            tries += 1
            #expect(proposal != shrinker.choices)
            let before = shrinker.cost
            if Int.random(in: 0..<3, using: &random) == 0 {
                shrinker.accept(proposal, ScheduleCost(steps: Int.random(in: 0...40, using: &random), choices: proposal))
            }
            #expect(shrinker.cost <= before)
            if tries > 100_000 { break }
        }
        #expect(tries <= 100_000)
    }

    @Test("of operations keeps those that matter and no other", arguments: 0..<30)
    func operations(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let counts = (0..<3).map { _ in Int.random(in: 1...9, using: &random) }
        let needed = counts.map { Int.random(in: 0..<$0, using: &random) }
        var shrinker = OperationShrinker(masks: counts.map { OperationMask(all: $0) })
        while let masks = shrinker.next() {
            #expect(masks != shrinker.masks)
            // Two of the three tasks must keep one operation each.
            if masks[0].keeps(needed[0]), masks[2].keeps(needed[2]) { shrinker.accept(masks) }
        }
        #expect(shrinker.keptCount == 2)
        #expect(shrinker.masks[0].keeps(needed[0]) && shrinker.masks[2].keeps(needed[2]))
    }

    @Test("ranks fewer operations before fewer steps before fewer switches")
    func cost() {
        let few = ScheduleCost(operations: 2, steps: 50, choices: [1, 1])
        #expect(few < ScheduleCost(operations: 3, steps: 10, choices: []))
        #expect(ScheduleCost(operations: 2, steps: 49, choices: [1, 1, 1]) < few)
        #expect(ScheduleCost(operations: 2, steps: 50, choices: [5]) < few)
        #expect(ScheduleCost(operations: 2, steps: 50, choices: [0, 2]) > ScheduleCost(operations: 2, steps: 50, choices: [1]))
    }
}
