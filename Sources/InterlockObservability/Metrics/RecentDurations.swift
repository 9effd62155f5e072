import InterlockConcurrency

/// The histogram of the last minute, in slots of five seconds that are forgotten one by one.
///
/// At most twelve histograms of 2 KB, and only those of slots in which something was recorded. Covers 55 to 60 seconds.
struct RecentDurations: Sendable {
    private static let slotNanoseconds: Int64 = 5_000_000_000
    private static let slotCount: Int64 = 12

    private var finished = RingBuffer<(slot: Int64, histogram: DurationHistogram)>(capacity: Int(slotCount) - 1)
    private var current = DurationHistogram()
    private var currentSlot: Int64

    init(at now: MonotonicTime) {
        currentSlot = now.nanoseconds / Self.slotNanoseconds
    }

    mutating func record(_ duration: Duration) { current.record(duration) }

    /// Moves on to the slot of the present and forgets what has become too old.
    mutating func advance(to now: MonotonicTime) {
        let slot = now.nanoseconds / Self.slotNanoseconds
        guard slot > currentSlot else { return }
        if current.count > 0 {
            finished.append((currentSlot, current))
            current = DurationHistogram()
        }
        currentSlot = slot
        while let oldest = finished.first, oldest.slot <= slot - Self.slotCount { _ = finished.popFirst() }
    }

    /// Everything that is not forgotten.
    var merged: DurationHistogram {
        guard !finished.isEmpty else { return current }
        var all = current
        for entry in finished { all.merge(entry.histogram) }
        return all
    }
}
