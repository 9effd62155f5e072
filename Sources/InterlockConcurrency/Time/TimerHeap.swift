/// The timers of a clock in order of time, then of arrival: a binary heap that forgets cancelled timers lazily.
///
/// A cancelled timer stays until it comes to the top or until a sweep. ``insert(at:_:)`` sweeps when more than half of at
/// least 64 timers are cancelled, so the heap never holds more than twice the live timers plus 64, and the cost of
/// sweeping is a constant per timer.
package struct TimerHeap: Sendable {
    private struct Entry {
        let time: MonotonicTime
        let sequence: UInt64
        let action: ScheduledAction

        func precedes(_ other: Entry) -> Bool {
            time == other.time ? sequence < other.sequence : time < other.time
        }
    }

    private var entries: [Entry] = []
    private var nextSequence: UInt64 = 0
    private let cancelledCount = ScheduledAction.CancelledCount()
    private static let sweepMinimum = 64

    package init() {}

    /// Timers in the heap, with those that were cancelled and not yet dropped.
    package var storedCount: Int { entries.count }

    /// Cancelled timers the heap believes it has, which decides when it sweeps. For tests.
    package var countedCancelled: Int { cancelledCount.value }

    /// Timers that can still run. Walks the heap.
    package var pendingCount: Int { entries.count { $0.action.isPending } }

    /// The time of the first timer, which may be a cancelled one.
    package var firstTime: MonotonicTime? { entries.first?.time }

    /// Adds a timer and returns its handle.
    package mutating func insert(at time: MonotonicTime, _ work: @escaping @Sendable () -> Void) -> ScheduledAction {
        if entries.count >= Self.sweepMinimum, cancelledCount.value > entries.count / 2 { sweep() }
        let action = ScheduledAction(at: time, cancelledCount: cancelledCount, work)
        entries.append(Entry(time: time, sequence: nextSequence, action: action))
        nextSequence += 1
        siftUp(from: entries.count - 1)
        return action
    }

    /// Takes out the first timer that is due at `now`; it may turn out to be cancelled when it is run.
    package mutating func popDue(at now: MonotonicTime) -> ScheduledAction? {
        guard let first = entries.first, first.time <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown(from: 0)
        }
        if first.action.leaveHeap() { cancelledCount.subtract(1) }
        return first.action
    }

    /// Drops cancelled timers from the top, so that ``firstTime`` is one worth waking for.
    package mutating func dropCancelledFirst() {
        while let first = entries.first, !first.action.isPending { _ = popDue(at: first.time) }
    }

    private mutating func sweep() {
        entries.removeAll { entry in
            guard !entry.action.isPending else { return false }
            if entry.action.leaveHeap() { cancelledCount.subtract(1) }
            return true
        }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(from: index) }
    }

    private mutating func siftUp(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index].precedes(entries[parent]) else { return }
            entries.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(from start: Int) {
        var index = start
        while true {
            let left = 2 * index + 1
            guard left < entries.count else { return }
            let right = left + 1
            let smaller = right < entries.count && entries[right].precedes(entries[left]) ? right : left
            guard entries[smaller].precedes(entries[index]) else { return }
            entries.swapAt(index, smaller)
            index = smaller
        }
    }
}
