/// The connections of a listener at one moment, of all kinds of HTTP.
public struct ConnectionCounts: Sendable, Hashable {
    /// Connections that are served.
    public var active: Int
    /// How many there may be (``HTTPServerConfiguration/maximumConnections``).
    public var limit: Int
    /// Connections beyond it that wait to be served, and are not read meanwhile.
    public var waiting: Int
}
