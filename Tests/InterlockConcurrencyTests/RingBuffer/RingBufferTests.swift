import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A ring buffer")
struct RingBufferTests {
    @Test("keeps the last so many elements and hands out what it forgets")
    func table() {
        var ring = RingBuffer<Int>(capacity: 3)
        #expect(ring.append(1) == nil)
        #expect(ring.append(2) == nil)
        #expect(ring.append(3) == nil)
        #expect(ring.isFull)
        #expect(ring.append(4) == 1)
        #expect(Array(ring) == [2, 3, 4])
        #expect(ring.popFirst() == 2)
        #expect(ring.popLast() == 4)
        #expect(ring.last == 3)
        ring.removeAll()
        #expect(ring.popFirst() == nil)
        #expect(ring.popLast() == nil)
        #expect(RingBuffer<Int>(capacity: -1).capacity == 1)
    }

    @Test("is what an array cut to its last elements is, in any order of events")
    func randomOrder() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var ring = RingBuffer<Int>(capacity: 1 + Int(seed % 7))
            var model: [Int] = []
            for event in 0..<100 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<6:
                    model.append(event)
                    #expect(ring.append(event) == (model.count > ring.capacity ? model.removeFirst() : nil))
                case 6, 7: #expect(ring.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
                case 8: #expect(ring.popLast() == model.popLast())
                default: if Int.random(in: 0..<9, using: &random) == 0 { ring.removeAll(); model = [] }
                }
                guard Array(ring) == model else {
                    Issue.record("seed \(seed), event \(event): \(Array(ring)) instead of \(model)")
                    return
                }
            }
        }
    }
}
