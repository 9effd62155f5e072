/// The state and the counters of a ``ProcessWorkerPool`` at one moment. Counters run since it was made.
///
/// Every call is counted once when it asks, among `granted`, `refused`, `expired` or `cancelled`; and one that was granted
/// once when it ends, among `startFailures`, `succeeded`, `failed`, `died`, `timedOut` or `aborted`.
public struct ProcessWorkerPoolSnapshot: Sendable, Hashable {
    /// Processes there may be.
    public var maximum: Int
    /// Processes there are, with those being started and ended.
    public var total: Int
    /// Processes that have a call.
    public var busy: Int
    /// Processes that lie ready.
    public var idle: Int
    /// Calls in line.
    public var waiting: Int
    /// Calls that were given a process.
    public var granted: Int
    /// Calls turned away because the line was full or the pool was shutting down.
    public var refused: Int
    /// Calls whose deadline passed in line, or before they joined it.
    public var expired: Int
    /// Calls cancelled in line, or before they joined it.
    public var cancelled: Int
    /// The longest line there has been.
    public var peakWaiting: Int
    /// Processes started.
    public var started: Int
    /// Calls whose process could not be started.
    public var startFailures: Int
    /// Processes that have ended, killed or not.
    public var ended: Int
    /// Processes that ended by themselves while they lay ready, or spoke without being asked; no call failed by it.
    public var diedIdle: Int
    /// Times an idle process gave back the memory of a large call.
    public var emptied: Int
    /// Calls that were answered.
    public var succeeded: Int
    /// Calls that failed by what their process said.
    public var failed: Int
    /// Calls whose process ended, or made no sense and was ended.
    public var died: Int
    /// Calls whose time was up; their processes were killed.
    public var timedOut: Int
    /// Calls cancelled at work; their processes were killed.
    public var aborted: Int
    /// How long those who had to stand in line waited; the others waited for nothing and are not in it.
    public var waits: DurationHistogram
    /// How long calls had their process, with its start.
    public var runs: DurationHistogram

    init<W>(_ machine: ProcessWorkerPoolStateMachine<W>) {
        let (counters, outcomes) = (machine.counters, machine.outcomes)
        maximum = machine.size
        total = machine.total
        busy = machine.taken
        idle = machine.idleCount
        waiting = machine.waiting
        granted = counters.granted
        refused = counters.refused
        expired = counters.expired
        cancelled = counters.cancelled
        peakWaiting = counters.peakWaiting
        started = outcomes.started
        startFailures = outcomes.startFailures
        ended = outcomes.ended
        diedIdle = outcomes.diedIdle
        emptied = outcomes.emptied
        succeeded = outcomes.succeeded
        failed = outcomes.failed
        died = outcomes.died
        timedOut = outcomes.timedOut
        aborted = outcomes.aborted
        waits = counters.waits
        runs = counters.runs
    }
}
