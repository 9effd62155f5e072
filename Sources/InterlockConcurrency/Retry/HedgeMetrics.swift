import Synchronization

/// Counts what came of the calls of a ``Hedge``.
///
/// Each hedge makes one, which its copies share; pass one to several hedges to count their calls together.
public final class HedgeMetrics: Sendable {
    private let tally = Mutex(HedgeTally())

    /// Makes one with nothing counted.
    public init() {}

    /// The counters now.
    public var snapshot: HedgeSnapshot { tally.withLock { $0.snapshot } }

    func note(_ event: HedgeTally.Event) {
        tally.withLock { $0.note(event) }
    }
}
