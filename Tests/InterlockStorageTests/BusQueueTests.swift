@testable import InterlockStorage
import Testing

@Suite("What a listener of a bus has still to hear")
struct BusQueueTests {
    @Test("one delivers at a time; a full queue drops the oldest and says so first; the end is at once")
    func table() {
        var queue = BusQueue(capacity: 2)
        let step1 = queue.next()
        #expect(step1 == nil)
        let step2 = queue.offer([1])
        #expect(step2)
        let step3 = queue.offer([2]) // the first is delivering
        #expect(!step3)
        let step4 = queue.offer([3])
        #expect(!step4)
        let step5 = queue.next()
        #expect(step5 == .gap)
        let step6 = queue.next()
        #expect(step6 == .message([2]))
        let step7 = queue.offer([4])
        #expect(!step7)
        let step8 = queue.next()
        #expect(step8 == .message([3]))
        let step9 = queue.next()
        #expect(step9 == .message([4]))
        let step10 = queue.next()
        #expect(step10 == nil)
        let step11 = queue.offer([5]) // nobody is delivering any more
        #expect(step11)
        queue.end()
        let step12 = queue.next()
        #expect(step12 == nil)
        let step13 = queue.offer([6])
        #expect(!step13)
    }
}
