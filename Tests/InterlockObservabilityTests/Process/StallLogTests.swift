import InterlockConcurrency
@testable import InterlockObservability
import InterlockProfiler
import InterlockSimulation
import Testing

@Suite("The log of stalls")
struct StallLogTests {
    private static func time(_ milliseconds: Int) -> MonotonicTime { .zero + .milliseconds(milliseconds) }

    private static func stall(_ began: Int, _ duration: Int, hasEnded: Bool = false) -> ExecutorStall {
        ExecutorStall(began: time(began), duration: .milliseconds(duration), hasEnded: hasEnded)
    }

    private static let look = StallLog.Look(
        tools: ["search"],
        threads: [StackCapture.Thread(id: 7, frames: ["start", "App.block() -> ()", "futex"].map { StackFrame(symbol: $0) })])

    @Test("a stall is looked at when it begins, has its length when it ends, and grows between")
    func one() throws {
        var log = StallLog()
        let isLookedAt = log.began(Self.stall(1_000, 250), wallTime: 51_250, now: Self.time(1_250))
        let taken = [log.take(), log.take()]
        #expect(isLookedAt && taken == [Self.time(1_000), nil])
        let said = log.looked(Self.look, at: Self.time(1_000), now: Self.time(1_300))
        let line = try #require(said)
        #expect(line.stall.duration == .milliseconds(300) && line.unsaid == 0 && line.stall.places == ["App.block() -> ()"])
        #expect(log.records(at: Self.time(1_700)).map(\.duration) == [.milliseconds(700)])
        log.ended(Self.stall(1_000, 900, hasEnded: true), wallTime: 51_900)
        let record = try #require(log.records(at: Self.time(9_000)).first)
        #expect(record.duration == .milliseconds(900) && record.hasEnded && record.wallTime == 51_000)
        #expect(record.tools == ["search"] && record.threads.count == 1)
    }

    @Test("stalls in quick succession are all kept, looked at once a second and told once in ten")
    func pace() {
        var log = StallLog()
        var (looks, lines, unsaid) = (0, 0, 0)
        for number in 0..<50 {
            let began = number * 500
            if log.began(Self.stall(began, 250), wallTime: 0, now: Self.time(began + 250)) {
                looks += 1
                if let line = log.looked(Self.look, at: log.take() ?? .zero, now: Self.time(began + 260)) {
                    lines += 1
                    unsaid += line.unsaid
                }
            }
            log.ended(Self.stall(began, 400, hasEnded: true), wallTime: 0)
        }
        #expect(looks == 25 && lines == 3 && unsaid == 18)
        let records = log.records(at: Self.time(99_000))
        #expect(records.count == 16 && records.filter { $0.unsampled != nil }.count == 8 && records.allSatisfy { ($0.unsampled == nil) == !$0.threads.isEmpty })
    }

    @Test("a stall that nobody saw begin is kept without stacks, and a look that comes when its stall is forgotten is let go")
    func unseen() {
        var log = StallLog()
        log.ended(Self.stall(0, 300, hasEnded: true), wallTime: 300)
        #expect(log.records(at: Self.time(900)).map(\.unsampled) == ["it was over before it was noticed"])
        let line = log.looked(Self.look, at: Self.time(77), now: Self.time(1_000))
        #expect(line == nil)
    }

    @Test("threads of the pool are remembered, the last 64 of them")
    func threads() {
        var log = StallLog()
        for thread in 1...100 as ClosedRange<Int32> { log.ran(on: thread) }
        log.ran(on: 40)
        log.ran(on: 200)
        #expect(log.poolThreads == Set(38...100 as ClosedRange<Int32>).union([200]))
    }

    @Test("in any order at most sixteen are kept, oldest first, and looks keep their distance", arguments: 0..<20 as Range<UInt64>)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var log = StallLog()
        var (now, lastLook, lastLine): (Int, Int?, Int?) = (0, nil, nil)
        for _ in 0..<300 {
            now += Int.random(in: 1...3_000, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                if log.began(Self.stall(now - 250, 250), wallTime: 0, now: Self.time(now)) {
                    #expect(lastLook.map { now - $0 >= 1_000 } ?? true)
                    lastLook = now
                }
            case 1:
                if let began = log.take(), log.looked(Self.look, at: began, now: Self.time(now)) != nil {
                    #expect(lastLine.map { now - $0 >= 10_000 } ?? true)
                    lastLine = now
                }
            default: log.ended(Self.stall(now - 300, 300, hasEnded: true), wallTime: 0)
            }
            let records = log.records(at: Self.time(now))
            #expect(records.count <= 16 && records.allSatisfy { $0.duration >= .milliseconds(250) })
        }
    }
}
