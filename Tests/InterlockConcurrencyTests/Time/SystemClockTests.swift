import InterlockConcurrency
import Synchronization
import Testing

@Suite("The system's clock")
struct SystemClockTests {
    private let clock = SystemClock.shared

    @Test("goes forward and knows the wall")
    func reads() {
        let first = clock.now
        #expect(clock.now >= first)
        #expect(clock.wallTime > 1_767_225_600_000)
    }

    @Test("runs actions in order of their times, also an earlier one that is added later", .timeLimit(.minutes(5)))
    func order() async {
        var ran: [Int]?
        repeat { ran = await attempt() } while ran == nil && !Task.isCancelled
        #expect(ran == [3, 6, 9])
    }

    /// What ran, but for what was due at once, which may run before the rest is added; `nil` where one of the rest may have, too.
    private func attempt() async -> [Int]? {
        let start = clock.now
        let log = Mutex<[Int]>([])
        let isInTime = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            for milliseconds in [9, 3, 6, 0] {
                clock.schedule(at: start + .milliseconds(milliseconds)) { log.withLock { $0.append(milliseconds) } }
            }
            let areAllAdded = clock.now < start + .milliseconds(3)
            clock.schedule(at: start + .milliseconds(10)) { continuation.resume(returning: areAllAdded) }
        }
        #expect(clock.now >= start + .milliseconds(10))
        return isInTime ? log.withLock { $0.filter { $0 > 0 } } : nil
    }

    @Test("sleeps as long as asked, and stops when the task is cancelled", .timeLimit(.minutes(5)))
    func sleep() async throws {
        let start = clock.now
        try await clock.sleep(for: .milliseconds(5))
        #expect(clock.now - start >= .milliseconds(5))
        let sleeper = Task { [clock] in try await clock.sleep(for: .seconds(3_600)) }  // awaited below
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    @Test("either cancels or runs an action when both are tried at once, never both and never neither", .timeLimit(.minutes(5)))
    func cancelRace() async {
        let runs = Mutex(0)
        var cancelled = 0
        var actions: [ScheduledAction] = []
        for index in 0..<2_000 {
            actions.append(clock.schedule(after: .microseconds(index % 50)) { runs.withLock { $0 += 1 } })
            if index % 3 == 0, actions[index / 2].cancel() { cancelled += 1 }
        }
        await withCheckedContinuation { continuation in
            clock.schedule(after: .milliseconds(5)) { continuation.resume() }
        }
        #expect(runs.withLock { $0 } + cancelled == 2_000)
    }

    @Test("does not gather what was cancelled")
    func bound() {
        for _ in 0..<50_000 { clock.schedule(after: .seconds(60)) {}.cancel() }
        // Other tests use the same clock, with up to some thousand timers.
        #expect(clock.storedCount < 10_000)
    }
}
