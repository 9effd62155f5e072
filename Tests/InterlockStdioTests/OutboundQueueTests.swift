import InterlockConcurrency
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@Suite("The queue to a peer")
struct OutboundQueueTests {
    private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x78, count: count) }

    private func text(_ next: OutboundQueue<Int>.Next) -> String {
        switch next {
        case .message(let bytes): "\(bytes.count)"
        case .idle: "idle"
        case .ended: "ended"
        }
    }

    @Test("The first sender writes, others join, and the role ends when the queue is empty")
    func roles() {
        var queue = OutboundQueue<Int>(byteBudget: 100, writeDeadline: .seconds(1))
        #expect(queue.offer(bytes(10), now: .zero) == .write)
        #expect(queue.offer(bytes(20), now: .zero) == .joined)
        #expect(text(queue.next()) == "10")
        #expect(queue.unsentBytes == 30)
        #expect(queue.wrote(10, now: .zero) == [])
        #expect(text(queue.next()) == "20")
        #expect(queue.wrote(20, now: .zero) == [])
        #expect(text(queue.next()) == "idle")
        #expect(queue.deadline == nil)
        #expect(queue.offer(bytes(1), now: .zero) == .write)
    }

    @Test("A full queue makes senders wait; at half the budget they may try again, and one message always fits")
    func budget() {
        var queue = OutboundQueue<Int>(byteBudget: 100, writeDeadline: .seconds(1))
        #expect(queue.offer(bytes(500), now: .zero) == .write)
        #expect(queue.offer(bytes(1), now: .zero) == .refused(.full))
        guard case .suspended(let first) = queue.wait(1), case .suspended = queue.wait(2) else {
            Issue.record("expected to wait")
            return
        }
        #expect(queue.cancelWait(first) == 1)
        #expect(queue.cancelWait(first) == nil)
        #expect(text(queue.next()) == "500")
        #expect(queue.wrote(440, now: .zero) == [])
        #expect(queue.wrote(10, now: .zero) == [2])
        #expect(queue.offer(bytes(99), now: .zero) == .joined)
    }

    @Test("Nothing more is to be taken from the peer above three quarters of the budget, or once a message was refused, until half of it waits", arguments: [
        ([40, 36], 26), ([55, 50], 5),
    ])
    func nearlyFull(messages: [Int], written: Int) {
        var queue = OutboundQueue<Int>(byteBudget: 100, writeDeadline: .seconds(1))
        #expect(queue.offer(bytes(messages[0]), now: .zero) == .write && !queue.isNearlyFull)
        _ = queue.offer(bytes(messages[1]), now: .zero)
        #expect(queue.isNearlyFull)
        _ = queue.next()
        _ = queue.wrote(written - 1, now: .zero)
        #expect(queue.isNearlyFull == (messages[0] == 55))
        _ = queue.wrote(1, now: .zero)
        #expect(!queue.isNearlyFull)
    }

    @Test("A queue that has failed keeps nobody from reading")
    func nearlyFullAndFailed() {
        var queue = OutboundQueue<Int>(byteBudget: 100, writeDeadline: .seconds(1))
        _ = queue.offer(bytes(60), now: .zero)
        #expect(queue.offer(bytes(60), now: .zero) == .refused(.full) && queue.isNearlyFull)
        _ = queue.fail(TransportError(.closed, "gone"))
        #expect(!queue.isNearlyFull)
    }

    @Test("The deadline runs from the last progress")
    func deadline() {
        var queue = OutboundQueue<Int>(byteBudget: 100, writeDeadline: .seconds(5))
        #expect(queue.deadline == nil)
        _ = queue.offer(bytes(10), now: .zero)
        #expect(queue.deadline == .zero + .seconds(5))
        _ = queue.next()
        _ = queue.wrote(4, now: .zero + .seconds(3))
        #expect(queue.deadline == .zero + .seconds(8))
        _ = queue.offer(bytes(10), now: .zero + .seconds(7))
        #expect(queue.deadline == .zero + .seconds(8))
    }

    @Test("Closing lets the rest out, failing drops it; each ends the queue once")
    func ends() {
        var queue = OutboundQueue<Int>(byteBudget: 100, writeDeadline: .seconds(1))
        _ = queue.offer(bytes(10), now: .zero)
        #expect(queue.close() == false)
        #expect(queue.offer(bytes(1), now: .zero) == .refused(.closed))
        #expect(text(queue.next()) == "10")
        _ = queue.wrote(10, now: .zero)
        #expect(text(queue.next()) == "ended")
        #expect(queue.fail(TransportError(.closed, "")) == nil)

        var idle = OutboundQueue<Int>(byteBudget: 100, writeDeadline: .seconds(1))
        #expect(idle.close() == true)
        #expect(text(idle.next()) == "ended")

        var failing = OutboundQueue<Int>(byteBudget: 10, writeDeadline: .seconds(1))
        _ = failing.offer(bytes(10), now: .zero)
        _ = failing.wait(7)
        let failure = failing.fail(TransportError(.closed, ""))
        #expect(failure?.waiting == [7])
        #expect(failure?.mustEnd == false)
        #expect(text(failing.next()) == "ended")
    }

    @Test("A held queue has no writer; releasing it makes one")
    func hold() {
        var queue = OutboundQueue<Int>(byteBudget: 100, writeDeadline: .seconds(1))
        #expect(queue.hold(true, now: .zero) == false)
        #expect(queue.offer(bytes(1), now: .zero) == .joined)
        #expect(queue.hold(false, now: .zero) == true)
        #expect(text(queue.next()) == "1")
    }

    @Test("In whatever order things happen there is one writer, order is kept, and bytes add up", arguments: 0..<100)
    func invariants(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var queue = OutboundQueue<Int>(byteBudget: 60, writeDeadline: .seconds(1))
        var accepted: [Int] = []
        var written: [Int] = []
        var current: Int?
        var isWriting = false
        var nextWaiter = 0
        var waiting: Set<Int> = []
        for _ in 0..<400 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let count = Int.random(in: 1...40, using: &random)
                switch queue.offer(bytes(count), now: .zero) {
                case .write:
                    #expect(!isWriting)
                    isWriting = true
                    accepted.append(count)
                case .joined:
                    #expect(isWriting)
                    accepted.append(count)
                case .refused(let outcome):
                    #expect(outcome == .full && queue.unsentBytes + count > 60)
                    nextWaiter += 1
                    if case .suspended = queue.wait(nextWaiter) { waiting.insert(nextWaiter) }
                }
            case 2 where isWriting:
                if let count = current {
                    for waiter in queue.wrote(count, now: .zero) { #expect(waiting.remove(waiter) != nil) }
                    written.append(count)
                    current = nil
                }
                if case .message(let bytes) = queue.next() { current = bytes.count } else { isWriting = false }
            default:
                break
            }
            #expect(queue.unsentBytes == accepted.dropFirst(written.count).reduce(0, +))
            #expect(Array(accepted.prefix(written.count)) == written)
        }
    }

    @Test("With the writer's role nobody writes into another's line; without it lines interleave")
    func roleIsNeeded() async {
        // The control writes as soon as it has something, as a queue without the role would.
        func interleaves(withRole: Bool) async -> Bool {
            let proof = Proof()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<20 {
                            let offer = proof.queue.withLock { $0.offer([1], now: .zero) }
                            guard offer == .write || !withRole else { continue }
                            while true {
                                let next = proof.queue.withLock { $0.next() }
                                guard case .message = next else { break }
                                if proof.writers.add(1, ordering: .sequentiallyConsistent).newValue > 1 { proof.overlaps.add(1, ordering: .relaxed) }
                                await Task.yield()
                                proof.writers.subtract(1, ordering: .sequentiallyConsistent)
                                _ = proof.queue.withLock { $0.wrote(1, now: .zero) }
                            }
                        }
                    }
                }
            }
            return proof.overlaps.load(ordering: .relaxed) > 0
        }
        var controlFailed = false
        for _ in 0..<100 {
            #expect(await !interleaves(withRole: true))
            if !controlFailed { controlFailed = await interleaves(withRole: false) }
        }
        #expect(controlFailed)
    }
}

private final class Proof: Sendable {
    let queue = Mutex(OutboundQueue<Int>(byteBudget: 10_000, writeDeadline: .seconds(1)))
    let writers = Atomic(0)
    let overlaps = Atomic(0)
}
