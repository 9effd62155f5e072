import InterlockConcurrency

/// What a histogram counted between two looks at it.
struct IntervalHistogram: Sendable {
    private var buckets: [DurationHistogram.Bucket] = []
    private(set) var count = 0

    /// - Parameter earlier: the same histogram before; one that has counted more than `later` was another, and nothing is taken off.
    init(from earlier: DurationHistogram?, to later: DurationHistogram) {
        guard let earlier, earlier.count <= later.count else {
            buckets = later.buckets
            count = later.count
            return
        }
        guard later.count > earlier.count else { return }
        var before = earlier.buckets[...]
        for var bucket in later.buckets {
            while let first = before.first, first.upperBound < bucket.upperBound { before.removeFirst() }
            if let first = before.first, first.upperBound == bucket.upperBound { bucket.count -= first.count }
            if bucket.count > 0 {
                buckets.append(bucket)
                count += bucket.count
            }
        }
    }

    /// A duration that the given share of what was counted does not exceed: never too low, at most a quarter too high.
    func quantile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        let rank = max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for bucket in buckets {
            seen += bucket.count
            if seen >= rank { return bucket.upperBound }
        }
        return buckets.last?.upperBound
    }
}
