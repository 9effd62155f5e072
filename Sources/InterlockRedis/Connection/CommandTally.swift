internal import InterlockConcurrency
internal import InterlockStorage

/// What became of a node's commands so far.
struct CommandTally: Sendable {
    private(set) var commands = 0
    private(set) var refused = 0
    private(set) var failures = 0
    private(set) var latencies = DurationHistogram()

    /// A call has ended.
    ///
    /// - Parameters:
    ///   - failed: why commands of it got no answer, one error for each.
    ///   - count: how many commands it was.
    mutating func note(_ failed: [StoreError], of count: Int, took: Duration) {
        let kept = failed.count(where: \.isKeptAway)
        refused += kept
        commands += count - kept
        failures += failed.count { $0.code == .unavailable && !$0.isCancellation } - kept
        if kept < count { latencies.record(took) }
    }
}
