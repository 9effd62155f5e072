/// Which threads have a timer. Pure: the shell asks the kernel, and says what came of it.
struct ThreadTimerTable: Sendable {
    private let capacity: Int
    private var timers: [Int32: Int32] = [:]
    /// Threads that the kernel refused a timer, or that were one too many.
    private(set) var refused: Set<Int32> = []

    /// - Parameter capacity: threads that have a timer at a time; further ones are not sampled.
    init(capacity: Int) { self.capacity = capacity }

    /// Threads with a timer.
    var count: Int { timers.count }

    /// These threads live now. Returns those that are to get a timer, and the timers of those that have ended.
    mutating func look(at present: Set<Int32>) -> (start: [Int32], stop: [Int32]) {
        let ended = timers.filter { !present.contains($0.key) }
        for thread in ended.keys { timers[thread] = nil }
        refused.formIntersection(present)
        let new = present.filter { timers[$0] == nil && !refused.contains($0) }.sorted()
        let room = max(0, capacity - timers.count)
        refused.formUnion(new.dropFirst(room))
        return (Array(new.prefix(room)), ended.values.sorted())
    }

    /// A thread has got its timer, or `nil` when the kernel refused it: it is not asked for again while the thread lives.
    mutating func started(_ thread: Int32, timer: Int32?) {
        if let timer { timers[thread] = timer } else { refused.insert(thread) }
    }

    /// The timers of all threads, which forget them.
    mutating func removeAll() -> [Int32] {
        defer { timers = [:] }
        return timers.values.sorted()
    }
}
