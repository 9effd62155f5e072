/// The state and the counters of a ``WorkerPool`` at one moment. Counters run since it was made.
public struct WorkerPoolSnapshot: Sendable, Hashable {
    /// Threads the pool has.
    public var threads: Int
    /// Threads at work now.
    public var busy: Int
    /// Calls and steps of asynchronous calls that wait for a thread.
    public var queued: Int
    /// Asynchronous calls that have begun and not ended, wherever they are.
    public var asyncCalls: Int
    /// Calls of ``WorkerPool/run(deadline:_:)`` that have ended, with a value or an error of their own.
    public var completed: Int
    /// Steps of asynchronous calls that have run.
    public var completedSteps: Int
    /// Calls turned away because the queue was full or the pool was shutting down.
    public var refused: Int
    /// Calls whose deadline passed before a thread took them.
    public var expired: Int
    /// Calls cancelled before a thread took them.
    public var cancelled: Int
    /// The longest queue there has been.
    public var peakQueued: Int
    /// Thread time spent on work, all threads together.
    public var busyTime: Duration
    /// The share of all threads' time since the pool was made that was spent on work, 0 to 1. For the share in an
    /// interval, divide the difference of two ``busyTime`` by its length and ``threads``.
    public var utilisation: Double
    /// Whether the queue of calls has been full and not been empty since: hold back until ``WorkerPool/waitForQueue(deadline:)``.
    public var needsDrain: Bool
    /// How long calls of `run` waited for a thread.
    public var waits: DurationHistogram
    /// How long calls of `run` took on their thread.
    public var runs: DurationHistogram
}
