/// The state and the counters of a ``CircuitBreaker`` at one moment. Counters run since it was made.
public struct CircuitBreakerSnapshot: Sendable, Hashable {
    /// What it does with calls. An open breaker whose time is over is open until the next call.
    public var state: CircuitBreaker.State
    /// Calls in the window now.
    public var windowCalls: Int
    /// Failures among them.
    public var windowFailures: Int
    /// Slow ones among them.
    public var windowSlowCalls: Int
    /// Calls let through.
    public var admitted: Int
    /// Calls kept away.
    public var refused: Int
    /// Calls that ended well, or with an error that counts as an answer.
    public var succeeded: Int
    /// Calls that failed.
    public var failed: Int
    /// Calls that said nothing about the callee.
    public var ignored: Int
    /// Calls that were slow, failed or not.
    public var slow: Int
    /// Changes of state.
    public var transitions: Int
    /// How long calls took.
    public var runs: DurationHistogram
}
