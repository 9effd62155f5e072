/// An event store that several instances share, so that a stream broken on one can be resumed on another.
///
/// `append` still returns at once: what cannot be written is reported to the store's own log and metrics, and leaves a gap that
/// ``fetch(session:stream:after:)`` admits.
public protocol SharedEventStore: EventStore {
    /// The events of one stream after `sequence`, in order, whoever wrote them; `nil` if some of them are gone or the stream is not known.
    func fetch(session: String, stream: UInt32, after sequence: UInt32) async throws(StoreError) -> [StoredEvent]?
    /// Hands over the events of one stream after `sequence`, those that are there and those to come, in order and each once, until its last
    /// event or the subscription's end. `receive` must be short; a `nil` says that events are missing and ends it.
    func follow(
        session: String, stream: UInt32, after sequence: UInt32, _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription
}
