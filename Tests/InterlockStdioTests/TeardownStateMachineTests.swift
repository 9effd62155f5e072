import InterlockConcurrency
import InterlockSimulation
@testable import InterlockStdio
import Testing

@Suite("Ending a child")
struct TeardownStateMachineTests {
    private func machine() -> TeardownStateMachine {
        TeardownStateMachine(exitGrace: .seconds(2), terminationGrace: .seconds(3))
    }

    private func time(_ seconds: Int) -> MonotonicTime { .zero + .seconds(seconds) }

    @Test("A child that exits when its input ends is reaped without a signal")
    func polite() {
        var teardown = machine()
        #expect(teardown.begin(now: .zero) == .closeInput(until: time(2)))
        #expect(teardown.pipesClosed() == .none)
        #expect(teardown.exited(now: time(1)) == .reap)
        #expect(teardown.timeIsUp(now: time(2)) == .none)
        #expect(teardown.begin(now: time(2)) == .none)
    }

    @Test("A child that ignores everything is terminated, then killed, then reaped")
    func stubborn() {
        var teardown = machine()
        _ = teardown.begin(now: .zero)
        #expect(teardown.timeIsUp(now: time(2)) == .terminate(until: time(5)))
        #expect(teardown.timeIsUp(now: time(5)) == .kill)
        #expect(teardown.killed() == .none)
        #expect(teardown.exited(now: time(5)) == .reap)
    }

    @Test("A child that dies by itself and leaves nobody is reaped at once, in either order of the news")
    func unasked() {
        var first = machine()
        #expect(first.pipesClosed() == .none)
        #expect(first.exited(now: .zero) == .reap)
        var second = machine()
        #expect(second.exited(now: .zero) == .terminate(until: time(3)))
        #expect(second.pipesClosed() == .reap)
    }

    @Test("Grandchildren that hold the pipes are terminated and killed after their parent has gone")
    func grandchildren() {
        var teardown = machine()
        #expect(teardown.exited(now: .zero) == .terminate(until: time(3)))
        #expect(teardown.timeIsUp(now: time(3)) == .kill)
        #expect(teardown.killed() == .reap)
        #expect(teardown.pipesClosed() == .none)
    }

    @Test("A timer that had begun to run when the child's exit set another takes nothing of its time")
    func lateTimer() {
        var teardown = machine()
        _ = teardown.begin(now: .zero)
        #expect(teardown.exited(now: time(2)) == .terminate(until: time(5)))
        #expect(teardown.timeIsUp(now: time(2)) == .none)
        #expect(teardown.timeIsUp(now: time(5)) == .kill)
    }

    @Test("Whatever happens in whatever order, it is reaped once, never before it has exited, and never signalled after", arguments: 0..<200)
    func invariants(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var teardown = machine()
        var now = MonotonicTime.zero
        var timer: MonotonicTime?
        var hasExited = false
        var reaps = 0
        func note(_ action: TeardownStateMachine.Action) {
            switch action {
            case .closeInput(let until), .terminate(let until):
                #expect(reaps == 0)
                timer = until
            case .kill:
                #expect(reaps == 0)
                note(teardown.killed())
            case .reap:
                reaps += 1
                #expect(hasExited)
            case .none: break
            }
        }
        for _ in 0..<40 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: note(teardown.begin(now: now))
            case 1 where !hasExited:
                hasExited = true
                note(teardown.exited(now: now))
            case 2: note(teardown.pipesClosed())
            default:
                if let due = timer {
                    now = max(now, due)
                    timer = nil
                    note(teardown.timeIsUp(now: now))
                }
            }
            #expect(reaps <= 1)
        }
        if !hasExited {
            hasExited = true
            note(teardown.exited(now: now))
        }
        while let due = timer {
            timer = nil
            note(teardown.timeIsUp(now: due))
        }
        #expect(reaps == 1)
    }
}
