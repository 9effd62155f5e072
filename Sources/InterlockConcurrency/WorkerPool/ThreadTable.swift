/// What the threads of a ``WorkerPool`` sleep on, and how much time they have had between them.
struct ThreadTable: Sendable {
    /// One for each worker there has been, so that a thread that is about to end can still be woken.
    private(set) var parkers: [ThreadParker]
    private var count: Int
    private var since: MonotonicTime
    private var before = Duration.zero

    init(count: Int, since: MonotonicTime) {
        parkers = (0..<count).map { _ in ThreadParker() }
        self.count = count
        self.since = since
    }

    mutating func setCount(_ count: Int, now: MonotonicTime) {
        before = available(now: now)
        since = now
        self.count = count
        while parkers.count < count { parkers.append(ThreadParker()) }
    }

    /// The time all threads together have had for work.
    func available(now: MonotonicTime) -> Duration { before + (now - since) * count }
}
