/// What has become of the things given to an outbox. `offered` is the sum of all others.
public struct OutboxSnapshot: Sendable, Hashable {
    /// Things given to it.
    public var offered: Int
    /// Things that wait.
    public var waiting: Int
    /// Things being sent now.
    public var inFlight: Int
    /// Things that have arrived.
    public var delivered: Int
    /// Things refused because the outbox was full or had shut down.
    public var dropped: Int
    /// Things given up after their last attempt, or at the end of the shutdown.
    public var lost: Int
}
