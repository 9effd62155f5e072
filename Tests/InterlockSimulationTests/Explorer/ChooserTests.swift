import InterlockSimulation
import Testing

@Suite("Choosers")
struct ChooserTests {
    private static func make(_ name: String, seed: UInt64) -> any ScheduleChooser {
        switch name {
        case "random": RandomChooser(seed: seed)
        case "pct": PriorityChooser(seed: seed, depth: 3)
        case "delays": DelayChooser(seed: seed, delays: 2)
        default: VariedChooser(seed: seed)
        }
    }

    private static func orders(_ name: String, seed: UInt64, steps: [Int], count: Int) -> [[Int]] {
        func run(_ chooser: some ScheduleChooser) -> [[Int]] {
            var chooser = chooser
            return ModelSystem(steps: steps).run(&chooser, limit: count).map(\.order)
        }
        return run(make(name, seed: seed))
    }

    @Test("of one seed make the same schedules, of another other ones", arguments: ["random", "pct", "delays", "varied"])
    func seeded(name: String) {
        let first = Self.orders(name, seed: 1, steps: [5, 5, 5], count: 50)
        #expect(first == Self.orders(name, seed: 1, steps: [5, 5, 5], count: 50))
        #expect(first != Self.orders(name, seed: 2, steps: [5, 5, 5], count: 50))
        #expect(Set(first).count > 5)
    }

    @Test("run every step of every task, whatever they choose", arguments: ["random", "pct", "delays", "varied"], 0..<20)
    func complete(name: String, seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let steps = (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 0...9, using: &random) }
        for order in Self.orders(name, seed: UInt64(seed), steps: steps, count: 20) {
            #expect(steps.indices.map { task in order.count { $0 == task } } == steps)
        }
    }

    @Test("by random reach every order of a small system about equally often at each choice")
    func fair() {
        let orders = Self.orders("random", seed: 7, steps: [1, 1], count: 2_000)
        let first = orders.count { $0 == [0, 1] }
        #expect((900...1_100).contains(first))
    }

    @Test("by priority change the running task at most once more than there are changes and ends", arguments: [1, 2, 3, 4])
    func priorities(depth: Int) {
        var chooser = PriorityChooser(seed: 3, depth: depth)
        let steps = [6, 6, 6]
        for schedule in ModelSystem(steps: steps).run(&chooser, limit: 500) {
            #expect(preemptions(of: schedule.order, steps: steps) <= depth - 1)
        }
    }

    @Test("by delays preempt at most so often", arguments: 0...3)
    func delays(delays: Int) {
        var chooser = DelayChooser(seed: 3, delays: delays)
        let steps = [6, 6, 6]
        for schedule in ModelSystem(steps: steps).run(&chooser, limit: 500) {
            #expect(preemptions(of: schedule.order, steps: steps) <= delays)
        }
    }

    @Test("for a replay make the choices given and defaults after them; a choice that is not there is noticed")
    func replay() {
        var chooser = ReplayChooser(choices: [1, 0, 1])
        let order = ModelSystem(steps: [2, 2]).run(&chooser, limit: 1)[0].order
        #expect(order == [1, 1, 0, 0] || order == [1, 0, 0, 1] || order == [1, 1, 0, 0])
        #expect(!chooser.hasDiverged)
        var wrong = ReplayChooser(choices: [5])
        _ = ModelSystem(steps: [1, 1]).run(&wrong, limit: 1)
        #expect(wrong.hasDiverged)
    }

    @Test("that replay what another chose get the same order", arguments: 0..<50)
    func replayOfRandom(seed: Int) {
        struct Recorder: ScheduleChooser {
            var inner: RandomChooser
            var choices: [Int] = []
            mutating func begin(schedule: Int) { inner.begin(schedule: schedule) }
            mutating func choose(among candidates: Candidates) -> Int? {
                let choice = inner.choose(among: candidates)
                if candidates.count > 1, let choice { choices.append(choice) }
                return choice
            }
        }
        var recorder = Recorder(inner: RandomChooser(seed: UInt64(seed)))
        let original = ModelSystem(steps: [3, 4, 2]).run(&recorder, limit: 1)
        var replay = ReplayChooser(choices: recorder.choices)
        #expect(ModelSystem(steps: [3, 4, 2]).run(&replay, limit: 1) == original)
    }
}

@Suite("A footprint")
struct FootprintTests {
    @Test("conflicts where one writes what the other touches", arguments: [
        (Footprint.nothing, Footprint.nothing, true),
        (.known(reads: [1], writes: []), .known(reads: [1], writes: []), true),
        (.known(reads: [1], writes: []), .known(reads: [], writes: [1]), false),
        (.known(reads: [], writes: [1]), .known(reads: [], writes: [1]), false),
        (.known(reads: [], writes: [1]), .known(reads: [2], writes: [3]), true),
        (.unknown, .nothing, false),
    ])
    func independence(left: Footprint, right: Footprint, independent: Bool) {
        #expect(left.isIndependent(of: right) == independent)
        #expect(right.isIndependent(of: left) == independent)
    }

    @Test("gathers what is touched, and stays unknown where it is")
    func insert() {
        var footprint = Footprint.nothing
        footprint.insert(1, writing: true)
        footprint.insert(2, writing: false)
        #expect(footprint == .known(reads: [2], writes: [1]))
        var unknown = Footprint.unknown
        unknown.insert(1, writing: true)
        #expect(unknown == .unknown)
    }
}
