import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

@Suite("A heap of timers")
struct TimerHeapTests {
    @Test("gives what is due in order of time, then of arrival, and never what was cancelled, in any order of events", arguments: 0..<500 as Range<UInt64>)
    func randomOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var heap = TimerHeap()
        var now = MonotonicTime.zero
        var live: [(time: MonotonicTime, id: Int, action: ScheduledAction)] = []
        let fired = Mutex<[Int]>([])
        for id in 0..<300 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let time = now + .nanoseconds(Int.random(in: 0..<50, using: &random))
                live.append((time, id, heap.insert(at: time) { fired.withLock { $0.append(id) } }))
            case 6..<9:
                guard let index = live.indices.randomElement(using: &random) else { continue }
                #expect(live.remove(at: index).action.cancel())
            default:
                now += .nanoseconds(Int.random(in: 0..<30, using: &random))
                while let action = heap.popDue(at: now) { action.run() }
                let due = live.filter { $0.time <= now }.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
                live.removeAll { $0.time <= now }
                let ran = fired.withLock { ids in defer { ids = [] }; return ids }
                #expect(ran == due.map(\.id))
            }
            #expect(heap.pendingCount == live.count)
        }
    }

    @Test("keeps at most twice the live timers plus 64, however many are cancelled")
    func bound() {
        var heap = TimerHeap()
        let live = (0..<100).map { heap.insert(at: MonotonicTime(nanoseconds: Int64($0))) {} }
        for round in 0..<10_000 {
            heap.insert(at: MonotonicTime(nanoseconds: Int64(1_000 + round % 7))) {}.cancel()
            #expect(heap.storedCount <= 2 * live.count + 64 + 1)
        }
        #expect(heap.pendingCount == 100)
        heap.dropCancelledFirst()
        #expect(heap.firstTime == .zero)
    }

    @Test("lets go what a cancelled action captured, at once")
    func release() {
        final class Captured: Sendable {}
        var heap = TimerHeap()
        weak var captured: Captured?
        let action: ScheduledAction
        do {
            let object = Captured()
            captured = object
            action = heap.insert(at: .distantFuture) { _ = object }
        }
        #expect(captured != nil)
        action.cancel()
        #expect(captured == nil)
        #expect(heap.storedCount == 1)
    }

    @Test("counts what is cancelled in it, and not what is cancelled between being taken out and being run, in any order", arguments: 0..<40 as Range<UInt64>)
    func count(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var heap = TimerHeap()
        var inside: [ScheduledAction] = []
        var outside: [ScheduledAction] = []
        for tick in 0..<400 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0..<3: inside.append(heap.insert(at: MonotonicTime(nanoseconds: Int64(tick))) {})
            case 3: if let action = inside.randomElement(using: &random) { action.cancel() }
            case 4:
                guard let action = heap.popDue(at: .distantFuture) else { continue }
                inside.removeAll { $0 === action }
                outside.append(action)
            default:
                // As when a caller is done in the moment its timer is due.
                if let action = outside.popLast(), Bool.random(using: &random) { action.cancel() } else { outside.popLast()?.run() }
            }
            if heap.storedCount < 64 { #expect(heap.countedCancelled == inside.count { !$0.isPending }) }
            #expect(heap.countedCancelled == heap.storedCount - heap.pendingCount)
        }
    }
}
