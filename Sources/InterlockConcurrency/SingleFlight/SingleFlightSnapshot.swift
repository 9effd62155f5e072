/// The state and the counters of a ``SingleFlight`` at one moment. Counters run since it was made.
public struct SingleFlightSnapshot: Sendable, Hashable {
    /// Pieces of work under way that somebody waits for.
    public var underWay: Int
    /// Pieces of work that run, with those that were cancelled, or out of time, and have not ended yet.
    public var running: Int
    /// The most that ever ran at a time.
    public var peakRunning: Int
    /// Callers that wait for one.
    public var waiting: Int
    /// Pieces of work begun.
    public var started: Int
    /// Callers that joined work under way: work saved.
    public var joined: Int
    /// Callers turned away because too many waited or too much ran, with those that had to give up their places.
    public var refused: Int
    /// Callers whose deadline passed, or whose work was out of time.
    public var expired: Int
    /// Callers that were cancelled.
    public var cancelled: Int
    /// Pieces of work that were given up since their time was over.
    public var timedOut: Int
    /// The most callers that waited at a time.
    public var peakWaiting: Int
    /// How long callers waited that got a value.
    public var waits: DurationHistogram
    /// How long the work took, with that which failed or was abandoned.
    public var runs: DurationHistogram
}
