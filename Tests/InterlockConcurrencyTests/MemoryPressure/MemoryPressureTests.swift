import Foundation
import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("Memory pressure")
struct MemoryPressureTests {
    private typealias Machine = MemoryPressureStateMachine

    /// Readings by script.
    private final class Script: MemoryReader {
        let reading = Shared<MemoryReading?>(nil)
        func read() -> MemoryReading? { reading.value }
    }

    private func at(_ seconds: Int) -> MonotonicTime { .zero + .seconds(seconds) }

    @Test("lets caches keep all, a share, or nothing, and pauses after")
    func table() {
        var machine = Machine(.init(stalled: 0.1, fullyStalled: 0.2, kept: 0.5, pause: .seconds(10)))
        #expect(machine.observe(nil, now: at(0)) == nil)
        #expect(machine.observe(MemoryReading(stalled: 0.09, fullyStalled: 0, limitHits: 7), now: at(0)) == nil, "what was before is no news")
        #expect(machine.observe(MemoryReading(stalled: 0, fullyStalled: 0, limitHits: 8), now: at(1)) == 0.5)
        #expect(machine.observe(MemoryReading(stalled: 1, fullyStalled: 1, limitHits: 9), now: at(10)) == nil, "it pauses")
        #expect(machine.observe(MemoryReading(stalled: 0, fullyStalled: 0, limitHits: 9), now: at(11)) == nil, "the ninth was in the pause")
        #expect(machine.observe(MemoryReading(stalled: 0.1, fullyStalled: 0.19), now: at(11)) == 0.5)
        #expect(machine.observe(MemoryReading(stalled: 1, fullyStalled: 0.2), now: at(21)) == 0)
        #expect(machine.reliefs == 3)
        #expect(machine.readings == 6)
        #expect(machine.unreadable == 1)
    }

    @Test("relieves never oftener than its pause and never without pressure, in any order; without the pause it does", arguments: [false, true])
    func randomOrder(isImpatient: Bool) {
        let holds = (0..<60 as Range<UInt64>).allSatisfy { seed in
            var random = SeededRandom(seed: seed)
            var machine = Machine(.init(stalled: 0.5, fullyStalled: 0.8, kept: 0.3, pause: isImpatient ? .zero : .seconds(7)))
            var latest: Int?
            for second in 0..<200 {
                let reading = MemoryReading(stalled: .random(in: 0...1, using: &random), fullyStalled: .random(in: 0...1, using: &random))
                guard let kept = machine.observe(reading, now: at(second)) else { continue }
                if let latest, second - latest < 7 { return false }
                if reading.stalled < 0.5, reading.fullyStalled < 0.8 { return false }
                if kept != (reading.fullyStalled >= 0.8 ? 0 : 0.3) { return false }
                latest = second
            }
            return true
        }
        #expect(holds != isImpatient)
    }

    @Test("trims the caches that are there, on its interval, and forgets those that are gone", .timeLimit(.minutes(5)))
    func caches() async throws {
        let clock = ManualClock()
        let script = Script()
        let pressure = MemoryPressure(.init(interval: .seconds(1), kept: 0.5, pause: .zero), reader: script, clock: clock)
        let cache = LRUCache<Int, Int>(.bytes(1_000) { _, _ in 10 }, clock: clock)
        for key in 0..<100 { cache.set(key, for: key) }
        var gone: LRUCache<Int, Int>? = LRUCache(.entries(9))
        pressure.relieve(cache)
        pressure.relieve(gone!)
        gone = nil
        let watch = Task { await pressure.run() }  // cancelled and awaited below
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(1))
        try await until { pressure.snapshot.unreadable == 1 }
        #expect(cache.snapshot.bytes == 1_000)
        script.reading.set(MemoryReading(stalled: 0.4, fullyStalled: 0))
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(1))
        try await until { pressure.snapshot.freed == 500 }
        #expect(cache.snapshot.bytes == 500)
        #expect(cache.value(for: 99) == 99, "what was used last stays")
        #expect(cache.value(for: 0) == nil)
        #expect(pressure.snapshot.caches == 1)
        script.reading.set(MemoryReading(stalled: 0.9, fullyStalled: 0.9))
        #expect(pressure.look() == 500)
        #expect(cache.snapshot.entries == 0)
        watch.cancel()
        await watch.value
    }

    @Test("reads what the kernel says of the group, of the machine, or nothing")
    func reader() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-memory-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // what is left is in the system's folder for such files
        func write(_ path: String, _ text: String) throws {
            let file = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        #expect(SystemMemoryReader(root: folder.path).read() == nil)
        try write("proc/pressure/memory", "some avg10=1.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.25 avg60=0.00 avg300=0.00 total=1\n")
        #expect(SystemMemoryReader(root: folder.path).read() == MemoryReading(stalled: 0.015, fullyStalled: 0.0025))
        try write("proc/self/cgroup", "4:memory:/old\n0::/app\n")
        try write("sys/fs/cgroup/app/memory.pressure", "some avg10=30.00 avg60=0.00\nfull avg10=10.00 avg60=0.00\n")
        try write("sys/fs/cgroup/app/memory.events", "low 0\nhigh 12\nmax 3\noom 0\n")
        #expect(SystemMemoryReader(root: folder.path).read() == MemoryReading(stalled: 0.3, fullyStalled: 0.1, limitHits: 15))
        try write("sys/fs/cgroup/app/memory.pressure", "nonsense\n")
        #expect(SystemMemoryReader(root: folder.path).read() == nil)
    }
}
