@testable import InterlockRedis
import InterlockSimulation
import InterlockStorage
import Testing

@Suite("What the event store has yet to write")
struct EventQueueTests {
    private func event(_ session: String, _ sequence: UInt32, bytes: Int = 1) -> EventQueue.Change {
        .append(StoredEvent(session: session, stream: 1, sequence: sequence, data: [UInt8](repeating: 0, count: bytes)), nil)
    }

    @Test("a full queue refuses, and leaves a hole")
    func full() {
        var queue = EventQueue(maximumBytes: 300)
        let additions = (1...4).map { queue.add(event("s", $0)) }
        #expect(additions == [.startWriting, .queued, .queued, .refused] && queue.refused == 1)
        let sizes = [queue.batch(2).count, queue.batch(9).count]
        #expect(sizes == [2, 3])
        queue.drop(3)
        #expect(queue.isEmpty && queue.bytes == 0)
        let (isLeft, wasWriting) = (queue.batch(1).isEmpty, queue.isWriting)
        #expect(isLeft && !wasWriting)
    }

    /// The negative control beside it takes removals along with what stands around them.
    @Test("in any order all is written once and in order, and nothing of before a removal after it", arguments: [true, false])
    func anyOrder(removalsGoAlone: Bool) {
        var broken = 0
        for seed in 0..<200 as Range<UInt64> { if !holds(seed, removalsGoAlone) { broken += 1 } }
        if removalsGoAlone { #expect(broken == 0) } else { #expect(broken > 0) }
    }

    /// One change as the test knows it: the event's number, or none for a removal.
    private struct Item: Equatable {
        var session: String
        var sequence: UInt32?
        var size: Int
    }

    private func item(_ change: EventQueue.Change) -> Item {
        switch change {
        case .append(let event, _): Item(session: event.session, sequence: event.sequence, size: event.data.count + event.session.utf8.count + 96)
        case .remove(let session): Item(session: session, sequence: nil, size: session.utf8.count + 96)
        }
    }

    private func holds(_ seed: UInt64, _ removalsGoAlone: Bool) -> Bool {
        var random = SeededRandom(seed: seed)
        let bound = Int.random(in: 200...3_000, using: &random)
        var queue = EventQueue(maximumBytes: bound)
        var expected: [Item] = []
        var (isWriting, refused, next) = (false, 0, UInt32(0))
        for _ in 0..<3_000 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0..<4:
                next += 1
                let session = ["a", "b"].randomElement(using: &random)!
                let change = Int.random(in: 0..<8, using: &random) == 0 ? EventQueue.Change.remove(session: session) : event(session, next, bytes: Int.random(in: 0...400, using: &random))
                let fits = expected.isEmpty || expected.reduce(0) { $0 + $1.size } + item(change).size <= bound
                switch queue.add(change) {
                case .refused:
                    refused += 1
                    if fits { return false }
                    continue
                case .startWriting: if isWriting { return false }
                case .queued: if !isWriting { return false }
                }
                if !fits { return false }
                isWriting = true
                expected.append(item(change))
            default:
                guard isWriting else { continue }
                let count = Int.random(in: 1...20, using: &random)
                let batch = (removalsGoAlone ? queue.batch(count) : Array(queue.batch(count) + (queue.isEmpty ? [] : [.remove(session: "a")]))).map(item)
                if batch.isEmpty {
                    if !expected.isEmpty || queue.isWriting { return false }
                    isWriting = false
                    continue
                }
                guard batch.count <= count || !removalsGoAlone, batch == Array(expected.prefix(batch.count)) else { return false }
                if batch.count > 1, batch.contains(where: { $0.sequence == nil }) { return false }
                // Some of it is written, and the rest stays in front.
                let done = Int.random(in: 0...batch.count, using: &random)
                queue.drop(done)
                expected.removeFirst(done)
            }
            if queue.bytes != expected.reduce(0, { $0 + $1.size }) || queue.isEmpty != expected.isEmpty || queue.refused != refused { return false }
        }
        let lost = queue.close()
        return lost == expected.count && queue.isEmpty && queue.bytes == 0 && queue.add(event("a", 1)) == .refused
    }
}
