/// Who writes a stream of a ``SharedEventStore``, and what whoever takes it over has to know.
public struct StreamOwner: Sendable, Hashable {
    /// The instance that writes it: holds the lease ``leaseKey`` for as long as it lives.
    public var instance: String
    /// The fence of that lease when the stream began; whoever takes the stream over has a higher one, and what the old owner writes then is refused.
    public var fence: UInt64
    /// What is told to the client when the instance is lost; its maker reads it, the store does not. At most ``maximumNote`` bytes.
    public var note: [UInt8]

    public init(instance: String, fence: UInt64, note: [UInt8] = []) {
        self.instance = instance
        self.fence = fence
        self.note = note
    }

    /// The longest note, in bytes; what is longer is not kept.
    public static let maximumNote = 1_024

    /// The lease that says that an instance lives, among ``SharedEventStore/instances``.
    public var leaseKey: String { Self.leaseKey(of: instance) }

    /// The lease that says that an instance lives, among ``SharedEventStore/instances``.
    public static func leaseKey(of instance: String) -> String { "instance:\(instance)" }
}

/// How far a stream of a ``SharedEventStore`` has come, and whose it is.
public struct StreamStanding: Sendable, Hashable {
    /// Who writes it; `nil` for a stream that was written without an owner.
    public var owner: StreamOwner?
    /// The number of its newest event.
    public var lastSequence: UInt32
    /// Whether that event is its last.
    public var hasEnded: Bool

    public init(owner: StreamOwner?, lastSequence: UInt32, hasEnded: Bool) {
        self.owner = owner
        self.lastSequence = lastSequence
        self.hasEnded = hasEnded
    }
}
