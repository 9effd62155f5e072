import InterlockConcurrency
import InterlockSimulation
@testable import InterlockStorage
import Testing

@Suite("Expiry queue")
struct ExpiryQueueTests {
    @Test("gives what is due in order of time, whatever order it came in", arguments: 0..<20 as Range<UInt64>)
    func order(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var queue = ExpiryQueue<Int64>()
        var model: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<500 {
            if Bool.random(using: &random) {
                let time = now + Int64.random(in: 0..<100, using: &random)
                queue.insert(time, at: MonotonicTime(nanoseconds: time))
                model.append(time)
            } else {
                now += Int64.random(in: 0..<30, using: &random)
                var due: [Int64] = []
                while let item = queue.popDue(at: MonotonicTime(nanoseconds: now)) { due.append(item) }
                #expect(due == model.filter { $0 <= now }.sorted(), "seed \(seed)")
                model.removeAll { $0 <= now }
            }
        }
    }

    @Test("forgets what no longer counts before it is more than half and 64")
    func compaction() {
        var queue = ExpiryQueue<Int>()
        for number in 0..<10_000 {
            queue.insert(number, at: MonotonicTime(nanoseconds: Int64(number)))
            queue.compact(live: 10) { $0 > number - 10 }
            #expect(queue.storedCount <= 2 * 10 + 64)
        }
        let first = queue.popDue(at: .distantFuture)
        #expect(first.map { $0 > 9_900 } == true)
    }
}
