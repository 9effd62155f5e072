/// Keeps the events of resumable streams until a client has had the chance to ask for them again.
///
/// Event ids are made by the runtime: unique in a session, rising within a stream. Calls are short and never wait; they may come from any thread.
/// `EventStoreConformance` in `InterlockTesting` says when an implementation is done.
public protocol EventStore: Sendable {
    /// Keeps one event. When the budget is used up the oldest events go first, whatever session they belong to.
    func append(_ event: StoredEvent)
    /// The events of one stream after `sequence`, in order; `nil` if some of them are gone or the stream is not known, so that a gap is
    /// never passed over in silence. Sessions are compared byte for byte.
    func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]?
    /// Forgets everything of a session.
    func remove(session: String)
    /// Bytes kept now, as counted against the budget.
    var storedBytes: Int { get }
}

/// One event of a resumable stream.
public struct StoredEvent: Sendable, Hashable {
    public var session: String
    /// The stream's number within the session.
    public var stream: UInt32
    /// The event's number within the stream, from 1.
    public var sequence: UInt32
    /// The message; empty for a priming event.
    public var data: [UInt8]
    /// Whether this is the response that ends its stream.
    public var isLast: Bool

    public init(session: String, stream: UInt32, sequence: UInt32, data: [UInt8], isLast: Bool = false) {
        self.session = session
        self.stream = stream
        self.sequence = sequence
        self.data = data
        self.isLast = isLast
    }
}
