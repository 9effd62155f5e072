/// How fast a queue has been moving lately; the ground for a retry-after.
///
/// The average time from one served caller to the next while somebody waits. The latest counts for a sixteenth, so a
/// callee that has become slow is noticed within a few calls, and a single slow call is forgotten as soon.
package struct QueuePace: Sendable, Hashable {
    /// What the latest interval counts for.
    private static let weight = 1.0 / 16

    private var latest = MonotonicTime.zero
    /// Nanoseconds; `nil` before anybody was served.
    private var interval: Double?

    package init() {}

    /// The queue was empty and gets its first waiter: the time it lay empty says nothing.
    package mutating func start(now: MonotonicTime) {
        latest = now
    }

    /// Somebody left the queue with what it waited for.
    package mutating func countGrant(now: MonotonicTime) {
        let sample = Double(max(0, (now - latest).wholeNanoseconds))
        interval = interval.map { $0 + (sample - $0) * Self.weight } ?? sample
        latest = max(latest, now)
    }

    /// How long the queue needs for `waiting` callers at this pace; `nil` before it has moved at all.
    ///
    /// A call that is taking long already counts as if it ended now.
    package func timeToDrain(_ waiting: Int, now: MonotonicTime) -> Duration? {
        guard let interval else { return nil }
        let running = Double(max(0, (now - latest).wholeNanoseconds))
        let pace = running > interval ? interval + (running - interval) * Self.weight : interval
        // A year is as good as for ever, and keeps the sum within its type.
        let total = min(pace * Double(max(1, waiting)), 365 * 86_400 * 1e9)
        return total < 1 ? nil : .nanoseconds(Int64(total))
    }
}
