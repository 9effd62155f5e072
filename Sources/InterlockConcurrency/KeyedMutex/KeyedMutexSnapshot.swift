/// The state and the counters of a ``KeyedMutex`` at one moment. Counters run since it was made.
public struct KeyedMutexSnapshot: Sendable, Hashable {
    /// Keys that are held or waited for. An idle key takes no memory.
    public var keysHeld: Int
    /// Callers inside.
    public var holders: Int
    /// Callers in line.
    public var waiting: Int
    /// Times a caller got all its keys.
    public var acquisitions: Int
    /// Acquisitions that had to wait in line.
    public var contended: Int
    /// Callers turned away because too many were waiting or the mutex was shutting down.
    public var refused: Int
    /// Callers whose deadline passed in line, or before they joined it.
    public var expired: Int
    /// Callers cancelled in line, or before they joined it.
    public var cancelled: Int
    /// The most callers ever in line at a time.
    public var peakWaiting: Int
    /// How long those who had to wait in line waited; the others waited for nothing and are not in it.
    public var waits: DurationHistogram
    /// How long callers held their keys; empty unless the mutex measures runs.
    public var runs: DurationHistogram
}
