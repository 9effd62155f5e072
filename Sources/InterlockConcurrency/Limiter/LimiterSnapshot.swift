/// The state and the counters of a limiter at one moment. Counters run since it was made.
public struct LimiterSnapshot: Sendable, Hashable {
    /// Permits there are now.
    public var limit: Int
    /// Permits in use; more than `limit` for a while after the limit was lowered.
    public var active: Int
    /// Callers in the queue.
    public var waiting: Int
    /// Callers that got their permits.
    public var granted: Int
    /// Callers turned away because the queue was full or the limiter was shutting down.
    public var refused: Int
    /// Callers whose deadline passed in the queue, or before they joined it.
    public var expired: Int
    /// Callers cancelled in the queue, or before they joined it.
    public var cancelled: Int
    /// The most permits ever in use at a time.
    public var peakActive: Int
    /// The longest queue there has been.
    public var peakWaiting: Int
    /// How long those who had to queue waited; the others waited for nothing and are not in it.
    public var waits: DurationHistogram
    /// How long permits were held; empty unless the limiter measures runs.
    public var runs: DurationHistogram

    init(limit: Int, active: Int, waiting: Int, peakActive: Int, counters: WaitCounters) {
        self.limit = limit
        self.active = active
        self.waiting = waiting
        self.granted = counters.granted
        self.refused = counters.refused
        self.expired = counters.expired
        self.cancelled = counters.cancelled
        self.peakActive = peakActive
        self.peakWaiting = counters.peakWaiting
        self.waits = counters.waits
        self.runs = counters.runs
    }
}
