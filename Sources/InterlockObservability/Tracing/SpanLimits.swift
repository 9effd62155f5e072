/// How much one span may hold; what goes beyond is dropped and counted in what is exported.
public struct SpanLimits: Sendable, Hashable {
    /// Attributes of the span, and of each of its events and links.
    public var attributes: Int
    /// Events.
    public var events: Int
    /// Links.
    public var links: Int
    /// Bytes of a text in an attribute; the rest is cut off.
    public var textBytes: Int

    /// Makes limits.
    public init(attributes: Int = 128, events: Int = 128, links: Int = 32, textBytes: Int = 4_096) {
        self.attributes = max(0, attributes)
        self.events = max(0, events)
        self.links = max(0, links)
        self.textBytes = max(0, textBytes)
    }
}
