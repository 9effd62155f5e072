/// How fast a queue has been moving since it last began to fill; the ground for a retry-after.
struct QueuePace: Sendable, Hashable {
    private var since = MonotonicTime.zero
    private var grants = 0

    /// The queue was empty and gets its first waiter.
    mutating func start(now: MonotonicTime) {
        since = now
        grants = 0
    }

    /// Somebody left the queue with a permit.
    mutating func countGrant() {
        grants += 1
    }

    /// How long the queue needs for `waiting` callers at this pace; `nil` before it has moved at all.
    func timeToDrain(_ waiting: Int, now: MonotonicTime) -> Duration? {
        guard grants > 0, now > since else { return nil }
        return (now - since) / grants * waiting
    }
}
