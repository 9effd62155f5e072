/// The state and the counters of a ``FileLock`` at one moment. Counters run since it was made.
///
/// Every caller that has asked, other than by a try that missed, is counted once: among `acquisitions`, `refused`, `failed`,
/// `expired` or `cancelled`.
public struct FileLockSnapshot: Sendable, Hashable {
    /// Whether a caller of this lock holds it.
    public var isHeld: Bool
    /// Whether a thread waits for another process, or another ``FileLock`` of the same file, to let go of it. It may stay so
    /// although nobody waits here any more.
    public var isBlocked: Bool
    /// Callers in line.
    public var waiting: Int
    /// Times the lock was given to somebody.
    public var acquisitions: Int
    /// Acquisitions that had to wait, for another caller or another process.
    public var contended: Int
    /// Callers turned away because the line was full or the lock was shutting down.
    public var refused: Int
    /// Callers that were told why the file could not be locked.
    public var failed: Int
    /// Callers whose deadline passed in line, or before they joined it.
    public var expired: Int
    /// Callers cancelled in line, or before they joined it.
    public var cancelled: Int
    /// The longest line there has been.
    public var peakWaiting: Int
    /// How long those who had to wait waited; the others waited for nothing and are not in it.
    public var waits: DurationHistogram
    /// How long callers held the lock.
    public var runs: DurationHistogram

    init<W>(_ machine: FileLockStateMachine<W>) {
        let counters = machine.counters
        isHeld = machine.isHeld
        isBlocked = machine.isBlocked
        waiting = machine.waiting
        acquisitions = counters.granted
        contended = counters.waited
        refused = counters.refused
        failed = machine.failed
        expired = counters.expired
        cancelled = counters.cancelled
        peakWaiting = counters.peakWaiting
        waits = counters.waits
        runs = counters.runs
    }
}
