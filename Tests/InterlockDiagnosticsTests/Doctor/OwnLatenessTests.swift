import InterlockConcurrency
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("How late this program is itself", .timeLimit(.minutes(5)))
struct OwnLatenessTests {
    private static func time(_ milliseconds: Int) -> MonotonicTime { .zero + .milliseconds(milliseconds) }

    /// Ticks that were due and seen at these milliseconds.
    private static func lateness(_ ticks: [(due: Int, seen: Int)]) -> OwnLateness {
        var lateness = OwnLateness()
        for tick in ticks {
            lateness.expect(at: time(tick.due))
            lateness.tick(at: time(tick.seen))
        }
        return lateness
    }

    @Test("Only what was overdue within the time counts, and only the longest of it", arguments: [
        ("in time", [(10, 10), (20, 21)], nil, 0, 100, 0),
        ("late within", [(10, 60), (70, 95)], nil, 0, 100, 50),
        ("begun before", [(10, 60)], nil, 40, 100, 20),
        ("over before", [(10, 60)], nil, 60, 100, 0),
        ("not come yet", [], 30, 0, 100, 70),
        ("not due yet", [(10, 10)], 110, 0, 100, 0),
        ("not come yet, begun before", [(10, 15)], 20, 50, 100, 50),
    ] as [(String, [(Int, Int)], Int?, Int, Int, Int)])
    func overlap(name: String, ticks: [(Int, Int)], awaited: Int?, begin: Int, end: Int, expected: Int) {
        var lateness = Self.lateness(ticks.map { (due: $0.0, seen: $0.1) })
        if let awaited { lateness.expect(at: Self.time(awaited)) }
        #expect(lateness.longest(from: Self.time(begin), to: Self.time(end)) == .milliseconds(expected), "\(name)")
        #expect(lateness.ticks.count == ticks.count)
    }

    @Test("In any order: never negative, never longer than the time asked for, and no more is kept than the bound", arguments: 1...20 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var lateness = OwnLateness()
        var now = 0, ticked = 0, isAwaited = false, worst = 0, due = 0
        for _ in 0..<2_000 {
            now += Int.random(in: 0...40, using: &random)
            if Bool.random(using: &random) {
                due = now + 10
                lateness.expect(at: Self.time(due))
                isAwaited = true
            } else {
                lateness.tick(at: Self.time(now))
                if isAwaited {
                    ticked += 1
                    worst = max(worst, now - due)
                }
                isAwaited = false
            }
            let begin = now - Int.random(in: 0...200, using: &random)
            let longest = lateness.longest(from: Self.time(begin), to: Self.time(now))
            #expect(longest >= .zero && longest <= .milliseconds(now - begin))
        }
        #expect(lateness.ticks.count == ticked && lateness.ticks.longest == .milliseconds(max(0, worst)))
        // Far more late ticks than are kept: the oldest are gone, the newest are there.
        for number in 0..<1_000 {
            lateness.expect(at: Self.time(now + number * 100))
            lateness.tick(at: Self.time(now + number * 100 + 50))
        }
        #expect(lateness.longest(from: Self.time(now), to: Self.time(now + 10_000)) == .zero)
        #expect(lateness.longest(from: Self.time(now), to: Self.time(now + 200_000)) == .milliseconds(50))
    }

    /// A clock whose actions come late, as on a machine whose processors others have.
    private struct LateClock: SchedulingClock {
        let manual: ManualClock
        let lateness: Duration
        var now: MonotonicTime { manual.now }
        var wallTime: Int64 { manual.wallTime }
        func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction { manual.schedule(at: time + lateness, action) }
    }

    @Test("A machine that lets the timer wait is seen, one that does not is not", arguments: [0, 3, 150])
    func ticker(lateness: Int) async throws {
        let manual = ManualClock()
        let ticker = OwnTicker(clock: LateClock(manual: manual, lateness: .milliseconds(lateness)))
        let stop = StopFlag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ticker.run(until: stop) }
            for tick in 1...5 {
                try await manual.waitForPending(1)
                if tick == 5 { stop.set() }
                manual.advance(by: OwnTicker.interval + .milliseconds(lateness))
            }
            try await group.waitForAll()
        }
        #expect(ticker.ticks.count == 5 && ticker.ticks.longest == .milliseconds(lateness))
        #expect(ticker.longest(since: .zero) == (lateness >= 10 ? Double(lateness) : 0))
    }
}
