import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The scheduler's state")
struct SchedulerStateMachineTests {
    private func milliseconds(_ number: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: number * 1_000_000) }

    @Test("numbers tasks as they appear, and tells a start from going on")
    func numbers() {
        var machine = SchedulerStateMachine<String>()
        #expect(machine.number(of: 90) == 0)
        #expect(machine.number(of: 17) == 1)
        #expect(machine.number(of: 90) == 0)
        #expect(machine.knows(17) && !machine.knows(18))
        machine.taskReady("a", task: 0)
        machine.taskReady("a", task: 0)
        machine.prepareCandidates()
        #expect(machine.take(0)?.kind == .start)
        machine.prepareCandidates()
        #expect(machine.take(0)?.kind == .resume)
    }

    @Test("puts the task that ran last first, then who is ready longest")
    func order() {
        var machine = SchedulerStateMachine<String>()
        for identity in [1, 2, 3] as [UInt64] { _ = machine.number(of: identity) }
        machine.taskReady("a", task: 0)
        machine.taskReady("b", task: 1)
        machine.taskReady("c", task: 2)
        machine.prepareCandidates()
        #expect(machine.candidates.tasks == [0, 1, 2])
        #expect(!machine.candidates.continuesLast)
        #expect(machine.take(1)?.work == "b")
        machine.taskReady("b", task: 1)
        machine.prepareCandidates()
        #expect(machine.candidates.tasks == [1, 0, 2])
        #expect(machine.candidates.continuesLast)
        #expect(machine.candidates.preemptionCost(of: 0) == 0)
        #expect(machine.candidates.preemptionCost(of: 2) == 1)
        #expect(machine.take(2)?.work == "c")
        machine.prepareCandidates()
        #expect(machine.candidates.tasks == [0, 1])
        #expect(!machine.candidates.continuesLast)
    }

    @Test("turns to others when a task goes round and round")
    func patience() {
        var machine = SchedulerStateMachine<String>()
        for identity in [1, 2] as [UInt64] { _ = machine.number(of: identity) }
        machine.taskReady("spins", task: 0)
        machine.taskReady("waits", task: 1)
        var steps = 0
        while true {
            machine.prepareCandidates()
            guard machine.take(0)?.work == "spins" else { break }
            machine.taskReady("spins", task: 0)
            steps += 1
        }
        #expect(steps == SchedulerStateMachine<String>.patience)
    }

    @Test("fires timers in order of time, those of one moment together and in the order they were set")
    func timers() {
        var machine = SchedulerStateMachine<String>()
        machine.setTimer("late", for: 0, at: milliseconds(30))
        machine.setTimer("first", for: 0, at: milliseconds(10))
        machine.setTimer("second", for: 0, at: milliseconds(10))
        #expect(machine.advance().map(\.work) == ["first", "second"])
        #expect(machine.now == milliseconds(10))
        machine.setTimer("past", for: 0, at: milliseconds(5))
        #expect(machine.advance().map(\.work) == ["past"])
        #expect(machine.now == milliseconds(10))
        #expect(machine.advance().map(\.work) == ["late"])
        #expect(machine.advance().isEmpty)
    }

    @Test("does not run time up to a timer that is dead")
    func deadTimers() {
        var machine = SchedulerStateMachine<String>()
        machine.setTimer("dead", for: 0, at: milliseconds(10))
        machine.setTimer("alive", for: 0, at: milliseconds(20))
        machine.dropTimers { $0 == "dead" }
        #expect(machine.advance().map(\.work) == ["alive"])
    }

    @Test("offers the passing of time as the last choice, when asked")
    func time() {
        var machine = SchedulerStateMachine<String>()
        _ = machine.number(of: 1)
        machine.taskReady("a", task: 0)
        machine.prepareCandidates(offersTime: true)
        #expect(machine.candidates.tasks == [0])
        machine.setTimer("t", for: 0, at: milliseconds(1))
        machine.prepareCandidates(offersTime: true)
        #expect(machine.candidates.tasks == [0, -1])
        #expect(machine.take(1) == nil)
        #expect(machine.readyCount == 1)
    }

    @Test("gives back everything once and nothing twice, and time never goes back, in any order of events", arguments: 0..<40)
    func randomOrder(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var machine = SchedulerStateMachine<Int>()
        let tasks = (1...4).map { machine.number(of: UInt64($0)) }
        var ready: Set<Int> = []
        var timed: [Int: MonotonicTime] = [:]
        var next = 0
        var now = MonotonicTime.zero
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                machine.taskReady(next, task: tasks[next % 4])
                ready.insert(next)
                next += 1
            case 1:
                let time = milliseconds(Int64.random(in: 0...200, using: &random))
                machine.setTimer(next, for: 0, at: time)
                timed[next] = max(time, machine.now)
                next += 1
            case 2:
                machine.prepareCandidates()
                #expect(machine.candidates.count == ready.count)
                #expect(Set(machine.candidates.serials).count == ready.count)
                guard machine.candidates.count > 0 else { continue }
                let position = Int.random(in: 0..<machine.candidates.count, using: &random)
                let expected = machine.candidates.tasks[position]
                let entry = machine.take(position)
                #expect(entry?.task == expected)
                if let entry { #expect(ready.remove(entry.work) != nil) }
            default:
                let due = machine.advance()
                #expect(machine.now >= now)
                now = machine.now
                let earliest = timed.values.min()
                #expect(due.isEmpty == (earliest == nil))
                for timer in due { #expect(timed.removeValue(forKey: timer.work) == earliest) }
                #expect(timed.values.allSatisfy { $0 > now })
            }
            #expect(machine.readyCount == ready.count)
            #expect(machine.timerCount == timed.count)
        }
    }
}
