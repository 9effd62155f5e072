public import InterlockConcurrency

/// What a server holds at one moment.
public struct ServerSnapshot: Sendable, Hashable {
    /// Live sessions of the legacy revisions.
    public var sessions: Int
    /// Requests that run or wait, without control messages.
    public var callsInFlight: Int
    /// Permits of the server-wide limit.
    public var admission: LimiterSnapshot
    /// Bytes charged for requests that run or wait.
    public var pendingBytes: Int
    /// Open subscription streams (2026-07-28).
    public var subscriptions: Int
    /// Bytes kept for streams that may be resumed.
    public var storedEventBytes: Int
}
