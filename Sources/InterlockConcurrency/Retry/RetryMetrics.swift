import Synchronization

/// Counts what came of the calls of a ``RetryPolicy``.
///
/// Each policy makes one, which its copies share; pass one to several policies to count their calls together.
public final class RetryMetrics: Sendable {
    private let tally = Mutex(RetryTally())

    /// Makes one with nothing counted.
    public init() {}

    /// The counters now.
    public var snapshot: RetrySnapshot { tally.withLock { $0.snapshot } }

    func note(_ event: RetryTally.Event) {
        tally.withLock { $0.note(event) }
    }
}
