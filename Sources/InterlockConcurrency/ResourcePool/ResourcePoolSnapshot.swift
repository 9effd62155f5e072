/// The state and the counters of a ``ResourcePool`` at one moment. Counters run since it was made.
public struct ResourcePoolSnapshot: Sendable, Hashable {
    /// A resource that is lent.
    public struct Lease: Sendable, Hashable {
        /// The line that asked for it.
        public var place: SourcePlace
        /// For how long it has been lent.
        public var heldFor: Duration
    }

    /// Resources there may be.
    public var maximum: Int
    /// Resources there are, with those being made and closed.
    public var total: Int
    /// Resources that lie ready.
    public var idle: Int
    /// Resources that are lent, longest first: those at the front are where to look for a leak.
    public var leases: [Lease]
    /// Callers in the queue.
    public var waiting: Int
    /// Times a resource was lent.
    public var granted: Int
    /// Callers turned away because the queue was full or the pool was shutting down.
    public var refused: Int
    /// Callers whose deadline passed in the queue, or before they joined it.
    public var expired: Int
    /// Callers cancelled in the queue, or before they joined it.
    public var cancelled: Int
    /// The longest queue there has been.
    public var peakWaiting: Int
    /// Resources made.
    public var made: Int
    /// Times making one failed.
    public var makeFailures: Int
    /// Resources closed.
    public var closed: Int
    /// Resources that failed their validation.
    public var invalid: Int
    /// Resources whose borrower let go of them without giving them back.
    public var leaked: Int
    /// How long those who had to queue waited.
    public var waits: DurationHistogram
    /// How long resources were lent.
    public var runs: DurationHistogram
}
