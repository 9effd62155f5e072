/// Something that decides about requests from their head, as an operator sees it: what it refused, by reason.
///
/// Such requests never become calls, so they are in no figure of calls.
public struct ObservedGate: Sendable {
    /// What metrics call it: `authorization`, `tenants`.
    public var name: String
    /// Refusals since the start by reason: always the same few reasons, those that never occurred too. Asked from any thread once a second.
    public var refusals: @Sendable () -> [String: Int]

    /// Makes a view of a gate.
    public init(name: String, refusals: @escaping @Sendable () -> [String: Int]) {
        self.name = name
        self.refusals = refusals
    }
}

/// The connections of a listener at one moment.
public struct ObservedConnections: Sendable, Hashable {
    /// Connections that are served.
    public var active: Int
    /// How many there may be.
    public var limit: Int
    /// Connections that wait to be served.
    public var waiting: Int

    /// Makes the figures of one moment.
    public init(active: Int, limit: Int, waiting: Int) {
        self.active = active
        self.limit = limit
        self.waiting = waiting
    }
}
