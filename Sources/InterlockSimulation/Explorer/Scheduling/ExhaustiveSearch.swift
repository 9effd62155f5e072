/// Every schedule, one after the other, depth first; or every one with at most so many preemptions.
///
/// Two things keep the number down. A preemption bound leaves out schedules that interrupt running tasks more often than
/// it allows; most bugs need one or two. Sleep sets leave out a schedule that only swaps two independent steps of one
/// seen before; they need to know what steps touch, so they work as far as ``Footprint``s are known.
package struct ExhaustiveSearch: ScheduleChooser {
    private struct Sleeper {
        let serial: Int
        let footprint: Footprint
    }

    private struct Frame {
        let serials: [Int]
        let count: Int
        let continuesLast: Bool
        /// Preemptions before this choice.
        let spent: Int
        var position: Int
        /// Candidates that need not be tried here, with what they touch.
        var sleeping: [Sleeper]
        /// What the choice at ``position`` touched, once it has run.
        var footprint = Footprint.unknown

        func cost(of position: Int) -> Int { continuesLast && position != 0 ? 1 : 0 }
    }

    private let preemptions: Int?
    private let usesSleepSets: Bool
    private var frames: [Frame] = []
    private var depth = 0
    private var inherited: [Sleeper] = []
    private var isPending = false
    package private(set) var hasDiverged = false
    /// Whether everything has been seen, within the bound.
    package private(set) var isComplete = false
    /// Schedules given up because they only swap independent steps.
    package private(set) var pruned = 0

    /// Makes a search at its beginning.
    ///
    /// - Parameters:
    ///   - preemptions: At most so many interruptions of a task that could go on; `nil` for no bound.
    ///   - usesSleepSets: Whether ``observe(_:)`` is told the truth. Without it nothing is pruned that way.
    package init(preemptions: Int?, usesSleepSets: Bool) {
        self.preemptions = preemptions
        self.usesSleepSets = usesSleepSets
    }

    package mutating func begin(schedule: Int) {
        depth = 0
        inherited = []
        isPending = false
    }

    package mutating func choose(among candidates: Candidates) -> Int? {
        if candidates.count == 1, !usesSleepSets { return 0 }
        let frame: Frame
        if depth < frames.count {
            frame = frames[depth]
            // The same choices must lead to the same candidates; otherwise something is out of control.
            if frame.count != candidates.count || frame.serials != candidates.serials {
                hasDiverged = true
                return nil
            }
        } else {
            let spent = frames.last.map { $0.spent + $0.cost(of: $0.position) } ?? 0
            var new = Frame(
                serials: candidates.serials, count: candidates.count, continuesLast: candidates.continuesLast, spent: spent,
                position: -1, sleeping: inherited)
            guard let position = next(in: new) else {
                pruned += 1
                return nil
            }
            new.position = position
            frames.append(new)
            frame = new
        }
        depth += 1
        isPending = true
        return frame.position
    }

    package mutating func observe(_ footprint: Footprint) {
        guard usesSleepSets, isPending else { return }
        isPending = false
        frames[depth - 1].footprint = footprint
        inherited = frames[depth - 1].sleeping.filter { $0.footprint.isIndependent(of: footprint) }
    }

    package mutating func end() -> Bool {
        while var frame = frames.popLast() {
            if usesSleepSets { frame.sleeping.append(Sleeper(serial: frame.serials[frame.position], footprint: frame.footprint)) }
            guard let position = next(in: frame) else { continue }
            frame.position = position
            frame.footprint = .unknown
            frames.append(frame)
            return true
        }
        isComplete = true
        return false
    }

    /// The next position that is neither asleep nor too expensive.
    private func next(in frame: Frame) -> Int? {
        var position = frame.position + 1
        while position < frame.count {
            let isAllowed = preemptions.map { frame.spent + frame.cost(of: position) <= $0 } ?? true
            if isAllowed, !frame.sleeping.contains(where: { $0.serial == frame.serials[position] }) { return position }
            position += 1
        }
        return nil
    }
}
