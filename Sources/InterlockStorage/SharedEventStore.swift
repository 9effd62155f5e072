/// An event store that several instances share, so that a stream broken on one can be resumed on another.
///
/// `append` still returns at once: what cannot be written is reported to the store's own log and metrics, and leaves a gap that
/// ``fetch(session:stream:after:)`` admits.
///
/// A stream may have an owner, the instance that writes it. When that is lost another one ends the stream in its stead, under a higher fence; from
/// then on the store refuses what the old owner writes, which may only have been paused. `SharedEventStoreConformance` in `InterlockTesting` says
/// when an implementation is done.
public protocol SharedEventStore: EventStore {
    /// The events of one stream after `sequence`, in order, whoever wrote them; `nil` if some of them are gone or the stream is not known.
    func fetch(session: String, stream: UInt32, after sequence: UInt32) async throws(StoreError) -> [StoredEvent]?
    /// Hands over the events of one stream after `sequence`, those that are there and those to come, in order and each once, until its last
    /// event or the subscription's end. `receive` must be short; a `nil` says that events are missing and ends it.
    func follow(
        session: String, stream: UInt32, after sequence: UInt32, _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription

    /// Forgets what this process keeps for itself of a session that it serves no more, expired here or ended elsewhere; what others can read stays.
    /// Returns at once.
    func release(session: String)

    /// The leases by which the instances that write here show that they live, under ``StreamOwner/leaseKey``.
    var instances: any LeaseStore { get }
    /// Keeps one event of a stream that has an owner; the first names it. Returns at once.
    ///
    /// - Parameter refused: called, from any thread, if the stream has meanwhile got an owner with a higher fence: the event is not kept, and
    ///   the stream is no longer this instance's to write.
    func append(_ event: StoredEvent, by owner: StreamOwner, refused: @escaping @Sendable () -> Void)
    /// How far a stream has come, and whose it is; `nil` if it is not known. A store whose events arrive late waits for them a moment, since a client
    /// may have seen one that is not there yet.
    func standing(session: String, stream: UInt32) async throws(StoreError) -> StreamStanding?
    /// Ends a stream in the stead of its owner, in one step: if its fence is still `owner`'s, that of `successor` is higher, and it has not
    /// ended, its last event is `data`, numbered above all events and above `sequence`. False, and nothing has changed, if not.
    func takeOver(
        session: String, stream: UInt32, from owner: StreamOwner, by successor: StreamOwner, after sequence: UInt32, ending data: [UInt8]
    ) async throws(StoreError) -> Bool
}
