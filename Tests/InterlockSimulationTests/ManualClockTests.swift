import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

@Suite("A manual clock")
struct ManualClockTests {
    @Test("runs what is due in order of time, then of scheduling, each at its own time")
    func order() {
        let clock = ManualClock()
        let log = Mutex<[String]>([])
        func note(_ name: String, at seconds: Int) {
            clock.schedule(after: .seconds(seconds)) { log.withLock { $0.append("\(name)@\(clock.now.nanoseconds / 1_000_000_000)") } }
        }
        note("c", at: 3)
        note("a", at: 1)
        note("b", at: 1)
        note("late", at: 10)
        clock.advance(by: .seconds(5))
        #expect(log.withLock { $0 } == ["a@1", "b@1", "c@3"])
        #expect(clock.now.nanoseconds == 5_000_000_000)
        #expect(clock.pendingCount == 1)
    }

    @Test("runs what an action schedules within the interval, and not what lies beyond it")
    func cascade() {
        let clock = ManualClock()
        let count = Mutex(0)
        @Sendable func tick() {
            count.withLock { $0 += 1 }
            clock.schedule(after: .seconds(1)) { tick() }
        }
        clock.schedule(after: .seconds(1)) { tick() }
        clock.advance(by: .milliseconds(4_500))
        #expect(count.withLock { $0 } == 4)
        #expect(clock.pendingCount == 1)
    }

    @Test("does not run a cancelled action, and cancels once")
    func cancel() {
        let clock = ManualClock()
        let action = clock.schedule(after: .seconds(1)) { Issue.record("a cancelled action ran") }
        #expect(action.cancel())
        #expect(!action.cancel())
        #expect(clock.pendingCount == 0)
        clock.advance(by: .seconds(2))
        let second = clock.schedule(after: .seconds(1)) {}
        clock.advance(by: .seconds(1))
        #expect(!second.cancel(), "an action that has run cannot be cancelled")
    }

    @Test("never goes back, and moves its wall along")
    func monotonic() {
        let clock = ManualClock(wallTime: 1_000)
        clock.advance(by: .seconds(2))
        clock.advance(to: .zero)
        #expect(clock.now == .zero + .seconds(2))
        #expect(clock.wallTime == 3_000)
    }

    @Test("wakes a sleeper at its time and not before", .timeLimit(.minutes(5)))
    func sleep() async throws {
        let clock = ManualClock()
        let isAwake = Mutex(false)
        async let sleeper: Void = {
            try await clock.sleep(for: .seconds(1))
            isAwake.withLock { $0 = true }
        }()
        try await clock.waitForPending(1)
        clock.advance(by: .milliseconds(999))
        #expect(!isAwake.withLock { $0 })
        clock.advance(by: .milliseconds(1))
        try await sleeper
    }

    @Test("lets a cancelled sleeper go at once and forgets its timer", .timeLimit(.minutes(5)))
    func cancelSleep() async throws {
        let clock = ManualClock()
        let sleeper = Task { try await clock.sleep(for: .seconds(1)) }  // awaited below
        try await clock.waitForPending(1)
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.pendingCount == 0)
    }

    @Test("lets a cancelled watcher of its timers go", .timeLimit(.minutes(5)))
    func cancelWatch() async throws {
        let clock = ManualClock()
        let watcher = Task { try await clock.waitForPending(1) }  // awaited below
        watcher.cancel()
        await #expect(throws: CancellationError.self) { try await watcher.value }
    }

    @Test("the next moment is that of what is pending, not of what was taken back; all that is due then runs, and nothing that is due later")
    func next() {
        let clock = ManualClock()
        let ran = Mutex<[Int]>([])
        #expect(!clock.advanceToNext() && clock.now == .zero)
        clock.schedule(after: .seconds(1)) { Issue.record("was taken back") }.cancel()
        clock.schedule(after: .seconds(2)) {
            ran.withLock { $0.append(1) }
            clock.schedule(after: .zero) { ran.withLock { $0.append(3) } }
            clock.schedule(after: .seconds(1)) { ran.withLock { $0.append(4) } }
        }
        clock.schedule(after: .seconds(2)) { ran.withLock { $0.append(2) } }
        #expect(clock.advanceToNext() && clock.now == .zero + .seconds(2) && ran.withLock(\.self) == [1, 2, 3])
        #expect(clock.advanceToNext() && clock.now == .zero + .seconds(3) && ran.withLock(\.self) == [1, 2, 3, 4])
        #expect(!clock.advanceToNext() && clock.now == .zero + .seconds(3))
    }
}
