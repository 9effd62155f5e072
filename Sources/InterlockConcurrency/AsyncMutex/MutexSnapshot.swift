/// The state and the counters of an ``AsyncMutex`` at one moment. Counters run since it was made.
public struct MutexSnapshot: Sendable, Hashable {
    /// Whether somebody is inside.
    public var isHeld: Bool
    /// Callers in line.
    public var waiting: Int
    /// Times the lock was given to somebody.
    public var acquisitions: Int
    /// Acquisitions that had to wait in line.
    public var contended: Int
    /// Callers turned away because the line was full or the lock was shutting down.
    public var refused: Int
    /// Callers whose deadline passed in line, or before they joined it.
    public var expired: Int
    /// Callers cancelled in line, or before they joined it.
    public var cancelled: Int
    /// The longest line there has been.
    public var peakWaiting: Int
    /// How long those who had to wait in line waited; the others waited for nothing and are not in it.
    public var waits: DurationHistogram
    /// How long the lock was held; empty unless the lock measures runs.
    public var runs = DurationHistogram()
}
