@testable import InterlockProfiler
import InterlockSimulation
import Testing

@Suite("What the sampler remembers")
struct SamplerTableTests {
    @Test("threads get a timer when they come and lose it when they go; one that was refused is not asked again")
    func timers() {
        var table = ThreadTimerTable(capacity: 3)
        #expect(table.look(at: [1, 2]) == ([1, 2], []))
        table.started(1, timer: 10)
        table.started(2, timer: nil)
        #expect(table.look(at: [1, 2, 3]) == ([3], []) && table.refused == [2])
        table.started(3, timer: 30)
        #expect(table.look(at: [2, 3, 4, 5, 6]) == ([4, 5], [10]) && table.refused == [2, 6])
        table.started(4, timer: 40)
        table.started(5, timer: 50)
        // A number that comes again is another thread.
        #expect(table.look(at: [3, 4, 5]) == ([], []) && table.refused.isEmpty)
        #expect(table.look(at: [2, 3]) == ([2], [40, 50]))
        #expect(table.removeAll() == [30] && table.count == 0)
    }

    @Test("in any order, a timer that was started is stopped once, and no more live than may", arguments: 0..<20 as Range<UInt64>)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = ThreadTimerTable(capacity: 8)
        var (live, next): (Set<Int32>, Int32) = ([], 100)
        var present: Set<Int32> = []
        for _ in 0..<500 {
            for _ in 0..<3 { if Bool.random(using: &random) { present.insert(.random(in: 1...20, using: &random)) } else { _ = present.popFirst() } }
            let (start, stop) = table.look(at: present)
            for timer in stop { #expect(live.remove(timer) != nil) }
            for thread in start {
                #expect(present.contains(thread))
                let timer: Int32? = Int.random(in: 0..<5, using: &random) == 0 ? nil : next
                next += 1
                if let timer { #expect(live.insert(timer).inserted) }
                table.started(thread, timer: timer)
            }
            #expect(live.count == table.count && live.count <= 8)
        }
        #expect(Set(table.removeAll()) == live)
    }

    @Test("stacks are counted up to a bound; known ones are still counted when it is reached")
    func stacks() {
        var table = RawStackTable(capacity: 2)
        let stacks = (0..<3).map { RawStack(pc: UInt($0), frames: [1, 2]) }
        for index in [0, 1, 2, 0, 2, 1] { table.add(stacks[index]) }
        #expect(table.counts == [stacks[0]: 2, stacks[1]: 2] && table.total == 4 && table.dropped == 2)
        // One that stands for several counts as so many.
        for index in [1, 2] { table.add(stacks[index], weight: 3) }
        #expect(table.counts == [stacks[0]: 2, stacks[1]: 5] && table.total == 7 && table.dropped == 5)
    }
}
