import InterlockSimulation
import Testing

@Suite("An exhaustive search")
struct ExhaustiveSearchTests {
    @Test("sees every order exactly once, and says that it has", arguments: [
        ([3], 1), ([1, 1], 2), ([3, 3], 20), ([2, 2, 2], 90), ([4, 4], 70), ([1, 2, 3], 60), ([2, 2, 2, 2], 2_520),
    ])
    func everyOrder(steps: [Int], expected: Int) {
        var search = ExhaustiveSearch(preemptions: nil, usesSleepSets: false)
        let schedules = ModelSystem(steps: steps).run(&search)
        #expect(schedules.count == expected)
        #expect(Set(schedules).count == expected)
        #expect(search.isComplete)
        #expect(!search.hasDiverged)
    }

    @Test("with a preemption bound sees exactly the orders that keep to it", arguments: [0, 1, 2, 3, 6])
    func bounded(bound: Int) {
        let steps = [3, 3, 2]
        var unbounded = ExhaustiveSearch(preemptions: nil, usesSleepSets: false)
        let all = ModelSystem(steps: steps).run(&unbounded).map(\.order)
        var search = ExhaustiveSearch(preemptions: bound, usesSleepSets: false)
        let seen = ModelSystem(steps: steps).run(&search).map(\.order)
        #expect(Set(seen) == Set(all.filter { preemptions(of: $0, steps: steps) <= bound }))
        #expect(seen.count == Set(seen).count)
        #expect(search.isComplete)
    }

    @Test("with sleep sets runs one schedule to its end when no two steps have anything in common")
    func independent() {
        var system = ModelSystem(steps: [2, 2, 2])
        system.footprint = { _, _ in .nothing }
        var search = ExhaustiveSearch(preemptions: nil, usesSleepSets: true)
        let schedules = system.run(&search)
        #expect(schedules.filter { !$0.isPruned }.count == 1)
        #expect(search.isComplete)
        #expect(search.pruned == schedules.count - 1)
    }

    @Test("with sleep sets leaves nothing out when all steps touch the same, or nobody knows")
    func dependent() {
        for footprint in [Footprint.known(reads: [], writes: [1]), .unknown] {
            var system = ModelSystem(steps: [2, 2, 2])
            system.footprint = { _, _ in footprint }
            var search = ExhaustiveSearch(preemptions: nil, usesSleepSets: true)
            #expect(Set(system.run(&search)).count == 90)
            #expect(search.pruned == 0)
        }
    }

    @Test("with sleep sets reaches every outcome that the full search reaches, over random footprints", arguments: 0..<60)
    func sameOutcomes(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let steps = (0..<3).map { _ in Int.random(in: 1...3, using: &random) }
        let resources = Int.random(in: 1...3, using: &random)
        let table = steps.map { count in
            (0..<count).map { _ in
                let resource = Int.random(in: 0..<resources, using: &random)
                return Bool.random(using: &random) ? Footprint.known(reads: [], writes: [resource]) : .known(reads: [resource], writes: [])
            }
        }
        var system = ModelSystem(steps: steps)
        system.footprint = { table[$0][$1] }
        var full = ExhaustiveSearch(preemptions: nil, usesSleepSets: false)
        var pruning = ExhaustiveSearch(preemptions: nil, usesSleepSets: true)
        let everything = system.run(&full)
        let pruned = system.run(&pruning)
        let outcomes = Set(everything.map { outcome(of: $0.order, steps, table) })
        #expect(Set(pruned.filter { !$0.isPruned }.map { outcome(of: $0.order, steps, table) }) == outcomes)
        #expect(pruned.count { !$0.isPruned } == outcomes.count, "one schedule a class of equivalent ones")
    }

    /// What a run leads to: what each read saw, and who wrote each resource in which order.
    private func outcome(of order: [Int], _ steps: [Int], _ table: [[Footprint]]) -> [[Int]] {
        var values: [Int: Int] = [:]
        var done = steps.map { _ in 0 }
        var seen: [[Int]] = steps.map { _ in [] }
        for task in order {
            guard case .known(let reads, let writes) = table[task][done[task]] else { continue }
            for resource in reads { seen[task].append(values[resource, default: 0]) }
            // A write sees what it overwrites, so that the order of writes is part of the outcome.
            for resource in writes {
                seen[task].append(values[resource, default: 0])
                values[resource] = values[resource, default: 0] &* 31 &+ task &+ 1
            }
            done[task] += 1
        }
        return seen
    }

    @Test("notices that the same choices lead elsewhere")
    func divergence() {
        var search = ExhaustiveSearch(preemptions: nil, usesSleepSets: false)
        search.begin(schedule: 0)
        var candidates = Candidates()
        candidates.tasks = [0, 1]
        candidates.serials = [0, 1]
        let first = search.choose(among: candidates)
        #expect(first == 0)
        let hasMore = search.end()
        #expect(hasMore)
        search.begin(schedule: 1)
        candidates.tasks = [0, 1, 2]
        candidates.serials = [0, 1, 2]
        let second = search.choose(among: candidates)
        #expect(second == nil)
        #expect(search.hasDiverged)
    }
}
