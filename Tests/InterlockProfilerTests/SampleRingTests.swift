import CSampler
import InterlockConcurrency
@testable import InterlockProfiler
import InterlockSimulation
import Synchronization
import Testing

@Suite("The ring of samples", .timeLimit(.minutes(5)))
struct SampleRingTests {
    // Safe to share: the pointer never changes, and the functions on it are made for many threads; one of them reads.
    final class Ring: Sendable {
        nonisolated(unsafe) let pointer: OpaquePointer

        init(slots: UInt32) { pointer = interlock_ring_create(slots, interlock_code_of_ranges([], [], 0)) }
        deinit { interlock_ring_destroy(pointer) }

        func put(_ number: Int) -> Bool {
            guard let sample = interlock_ring_claim(pointer, 1) else { return false }
            fill(sample, number)
            interlock_ring_publish(pointer, sample)
            return true
        }

        func fill(_ sample: UnsafeMutablePointer<interlock_sample>, _ number: Int) {
            sample.pointee.thread = Int32(number)
            sample.pointee.pc = UInt(number)
            sample.pointee.frame_count = 0
            sample.pointee.candidate_count = 0
        }

        func take() -> Int? {
            var sample = interlock_sample()
            guard interlock_ring_take(pointer, &sample) else { return nil }
            // A sample that was read while it was written would have two numbers.
            return sample.thread == Int32(sample.pc) ? Int(sample.thread) : -1
        }
    }

    @Test("what does not fit is dropped and counted; what was read makes room; what is being written is not read")
    func bounds() {
        let ring = Ring(slots: 3)
        #expect(ring.take() == nil && [1, 2, 3, 4, 5].map(ring.put) == [true, true, true, false, false] && interlock_ring_dropped(ring.pointer) == 2)
        #expect([ring.take(), ring.take(), ring.take(), ring.take()] == [1, 2, 3, nil])
        let written = interlock_ring_claim(ring.pointer, 1)
        #expect(ring.take() == nil && written != nil)
        ring.fill(written!, 7)
        interlock_ring_publish(ring.pointer, written)
        #expect(ring.take() == 7)
        // What is dropped counts as much as it stands for.
        #expect([1, 2, 3].map(ring.put) == [true, true, true] && interlock_ring_claim(ring.pointer, 5) == nil && interlock_ring_dropped(ring.pointer) == 7)
    }

    @Test("in any order, each sample is read once or counted as dropped", arguments: 0..<20 as Range<UInt64>)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let ring = Ring(slots: UInt32.random(in: 1...16, using: &random))
        var (offered, held): (Int, [(UnsafeMutablePointer<interlock_sample>, Int)]) = (0, [])
        var awaited: Set<Int> = []
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                offered += 1
                if let sample = interlock_ring_claim(ring.pointer, 1) { held.append((sample, offered)) }
            case 2:
                guard let index = held.indices.randomElement(using: &random) else { continue }
                let (sample, number) = held.remove(at: index)
                ring.fill(sample, number)
                interlock_ring_publish(ring.pointer, sample)
                awaited.insert(number)
            default:
                if let number = ring.take() { #expect(awaited.remove(number) != nil) } else { #expect(awaited.isEmpty) }
            }
        }
        for (sample, number) in held {
            ring.fill(sample, number)
            interlock_ring_publish(ring.pointer, sample)
            awaited.insert(number)
        }
        while let number = ring.take() { #expect(awaited.remove(number) != nil) }
        #expect(awaited.isEmpty)
    }

    @Test("four threads write while one reads: nothing is read twice, torn or lost without being counted")
    func threads() throws {
        let (ring, each, writing) = (Ring(slots: 32), 20_000, Writing(4))
        for thread in 0..<4 {
            try OperatingSystem.startThread(named: "writer") {
                for index in 0..<each where ring.put(thread * each + index + 1) { writing.written.add(1, ordering: .relaxed) }
                writing.running.subtract(1, ordering: .releasing)
            }
        }
        var read: Set<Int> = []
        while true {
            let isOver = writing.running.load(ordering: .acquiring) == 0
            while let number = ring.take() { #expect(number > 0 && read.insert(number).inserted) }
            if isOver { break }
        }
        #expect(read.count == writing.written.load(ordering: .relaxed))
        #expect(read.count + Int(interlock_ring_dropped(ring.pointer)) == 4 * each)
    }

    final class Writing: Sendable {
        let written = Atomic<Int>(0)
        let running: Atomic<Int>
        init(_ threads: Int) { running = Atomic(threads) }
    }
}
