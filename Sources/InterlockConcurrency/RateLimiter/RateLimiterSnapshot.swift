/// The state and the counters of a ``RateLimiter`` at one moment. Counters run since it was made.
public struct RateLimiterSnapshot: Sendable, Hashable {
    /// Keys in the table.
    public var keys: Int
    /// Requests within their limits.
    public var allowed: Int
    /// Requests over a limit; in shadow mode they ran all the same.
    public var refused: Int
    /// Of those refused, how many because their key was blocked or known to be over a limit elsewhere.
    public var refusedWhileBlocked: Int
    /// Keys dropped from the table after all they had used had come back: nothing was lost.
    public var evictedRecovered: Int
    /// Keys dropped although they had something used up: those requests may exceed the limit. Raise `maxKeys` if it grows.
    public var evictedLive: Int
    /// Callers that wait for their instant.
    public var waiting: Int
    /// The most callers that waited at a time.
    public var peakWaiting: Int
    /// Of those allowed, how many gave their units back because too many were waiting, or the limiter shut down; with those
    /// that had to give up their places.
    public var turnedAway: Int
    /// Of those allowed, how many gave their units back because they were cancelled before their instant.
    public var cancelled: Int
    /// How long those who waited waited.
    public var waits: DurationHistogram
}
