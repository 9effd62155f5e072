/// A resource whose borrower let go of it without giving it back.
public struct ResourceLeak: Sendable, Hashable {
    /// The line that asked for it.
    public var place: SourcePlace
    /// How long it had been lent.
    public var heldFor: Duration
}
