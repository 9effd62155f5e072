import InterlockConcurrency
@testable import InterlockDiagnostics
import InterlockSimulation
import Testing

@Suite("A server that takes nothing")
struct SilenceTests {
    /// Looks at a silence again and again: the first answer, and after how many milliseconds.
    private static func answer(
        every step: Int = 20, running: Double = 0, waiting: Double = 0, until: Duration = .seconds(1_000), takes: (Int) -> Bool = { _ in false }
    ) -> (Silence.Answer, Int) {
        let clock = ManualClock()
        var silence = Silence(of: WorkingProcess(clock: clock, running: running, waiting: waiting, until: until))
        for time in stride(from: step, through: 10_000, by: step) {
            clock.advance(by: .milliseconds(step))
            guard !takes(time) else {
                silence.end()
                continue
            }
            let answer = silence.look(at: clock.now)
            if answer != .goesOn { return (answer, time) }
        }
        return (.goesOn, 10_000)
    }

    @Test("stands still when it has done nothing for a second, after what it took last")
    func still() {
        #expect(Self.answer() == (.standstill, 1_120))
        #expect(Self.answer { $0 <= 600 } == (.standstill, 1_720))
        #expect(Self.answer { $0 % 900 == 0 } == (.goesOn, 10_000))
        // One that ticks over is no other.
        #expect(Self.answer(running: 0.06, waiting: 0.03) == (.standstill, 1_120))
    }

    @Test("does not while it works, or waits for a processor; after five seconds nothing is told")
    func atWork() {
        #expect(Self.answer(running: 0.3) == (.atWork, 5_200))
        #expect(Self.answer(waiting: 0.3) == (.atWork, 5_200))
        #expect(Self.answer(running: 0.07, waiting: 0.07) == (.atWork, 5_200))
        // Two seconds of work, and no more.
        #expect(Self.answer(running: 0.3, until: .seconds(2)) == (.standstill, 3_160))
        // It takes something now and then.
        #expect(Self.answer(running: 0.3) { $0 % 4_000 == 0 } == (.goesOn, 10_000))
    }

    @Test("is not told in a few looks: then this program was late, and not the server")
    func looks() {
        #expect(Self.answer(every: 800) == (.goesOn, 10_000))
        #expect(Self.answer(every: 100) == (.standstill, 2_700))
    }
}
