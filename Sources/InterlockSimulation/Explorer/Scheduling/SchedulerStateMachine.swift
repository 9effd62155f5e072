package import InterlockConcurrency

/// What can run, what waits for a time, and who is who: the state of one simulated schedule.
///
/// It knows nothing of threads or of Swift's jobs: `Work` is whatever the shell runs. Tasks get numbers in the order in
/// which they are first seen, so the same schedule gives the same numbers in every run.
package struct SchedulerStateMachine<Work> {
    /// Something that can run.
    package struct Entry {
        package let work: Work
        package let task: Int
        package let kind: ExplorationStep.Kind
        package let serial: Int
    }

    fileprivate struct Timer {
        let time: MonotonicTime
        let serial: Int
        let task: Int
        let work: Work
    }

    /// Steps a task may run in a row while others are ready, before the default choice turns to them.
    package static var patience: Int { 64 }

    package private(set) var now = MonotonicTime.zero
    package private(set) var steps = 0
    package private(set) var candidates = Candidates()
    /// Where in `ready` the candidate at position 0 is.
    private var firstIndex = 0
    private var ready: [Entry] = []
    /// Sorted by time, then arrival; the next one is last.
    private var timers: [Timer] = []
    private var numbers: [UInt64: Int] = [:]
    private var started: [Bool] = []
    /// The arrival number of what becomes ready next.
    package private(set) var nextSerial = 0
    private var lastTask = -1
    private var streak = 0

    package init() {}

    /// Forgets everything, and keeps the memory.
    package mutating func reset() {
        now = .zero
        steps = 0
        nextSerial = 0
        lastTask = -1
        streak = 0
        ready.removeAll(keepingCapacity: true)
        timers.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        started.removeAll(keepingCapacity: true)
    }

    package var readyCount: Int { ready.count }
    package var timerCount: Int { timers.count }
    package var taskCount: Int { started.count }

    /// Whether this task has been seen in this schedule.
    package func knows(_ identity: UInt64) -> Bool { numbers[identity] != nil }

    /// The number of a task, a new one at its first appearance.
    package mutating func number(of identity: UInt64) -> Int {
        if let number = numbers[identity] { return number }
        let number = started.count
        numbers[identity] = number
        started.append(false)
        return number
    }

    /// A task can run. The first time this is its start.
    package mutating func taskReady(_ work: Work, task: Int, kind: ExplorationStep.Kind = .resume) {
        let isStart = !started[task] && kind == .resume
        started[task] = true
        append(work, task: task, kind: isStart ? .start : kind)
    }

    /// Something that is not a task can run on behalf of one: an actor's turn, a timer's action.
    package mutating func workReady(_ work: Work, for task: Int, kind: ExplorationStep.Kind) {
        append(work, task: task, kind: kind)
    }

    private mutating func append(_ work: Work, task: Int, kind: ExplorationStep.Kind) {
        ready.append(Entry(work: work, task: task, kind: kind, serial: nextSerial))
        nextSerial += 1
    }

    /// Something is to happen at a time.
    package mutating func setTimer(_ work: Work, for task: Int, at time: MonotonicTime) {
        let timer = Timer(time: max(time, now), serial: nextSerial, task: task, work: work)
        nextSerial += 1
        var low = 0
        var high = timers.count
        while low < high {  // the first position whose timer is not later than this one
            let middle = (low + high) / 2
            if timers[middle].time > timer.time { low = middle + 1 } else { high = middle }
        }
        timers.insert(timer, at: low)
    }

    /// Drops the timers at the front that would do nothing any more, so that time does not run to them.
    package mutating func dropTimers(while isDead: (Work) -> Bool) {
        while let timer = timers.last, isDead(timer.work) { timers.removeLast() }
    }

    /// Moves time to the next timer and takes out all that are due then, in the order they were set; empty when there is none.
    package mutating func advance() -> [(work: Work, task: Int)] {
        guard let next = timers.last else { return [] }
        now = next.time
        var due: [(work: Work, task: Int)] = []
        while let timer = timers.last, timer.time == now {
            due.append((timer.work, timer.task))
            timers.removeLast()
        }
        return due
    }

    /// Fills ``candidates``.
    ///
    /// - Parameter offersTime: Whether letting time pass to the next timer is a choice too, the last one; its task is -1.
    package mutating func prepareCandidates(offersTime: Bool = false) {
        candidates.tasks.removeAll(keepingCapacity: true)
        candidates.serials.removeAll(keepingCapacity: true)
        candidates.continuesLast = false
        candidates.isLastExhausted = false
        firstIndex = 0
        if lastTask >= 0, let index = ready.firstIndex(where: { $0.task == lastTask }) {
            if streak < Self.patience || ready.count == 1 {
                firstIndex = index
                candidates.continuesLast = true
            } else {
                candidates.isLastExhausted = true
                firstIndex = ready.firstIndex { $0.task != lastTask } ?? 0
            }
        }
        guard !ready.isEmpty else { return }
        candidates.tasks.append(ready[firstIndex].task)
        candidates.serials.append(ready[firstIndex].serial)
        for index in ready.indices where index != firstIndex {
            candidates.tasks.append(ready[index].task)
            candidates.serials.append(ready[index].serial)
        }
        if offersTime, let timer = timers.last {
            candidates.tasks.append(-1)
            candidates.serials.append(timer.serial)
        }
    }

    /// Takes out the candidate at a position of ``candidates``; `nil` when that is "let time pass".
    package mutating func take(_ position: Int) -> Entry? {
        steps += 1
        guard position < ready.count else { return nil }
        let index = position == 0 ? firstIndex : (position <= firstIndex ? position - 1 : position)
        let entry = ready.remove(at: index)
        streak = entry.task == lastTask ? streak + 1 : 1
        lastTask = entry.task
        return entry
    }

    /// Takes out what has been ready longest, without counting a step: for winding down.
    package mutating func takeOldest() -> Entry? {
        ready.isEmpty ? nil : ready.removeFirst()
    }
}

extension SchedulerStateMachine: Sendable where Work: Sendable {}
extension SchedulerStateMachine.Entry: Sendable where Work: Sendable {}
extension SchedulerStateMachine.Timer: Sendable where Work: Sendable {}
