/// Carries short messages between the instances that share it: list changes, cancellations.
///
/// At most once: an instance that is not connected at the moment misses the message. It is told by ``BusEvent/lost`` when the bus sees that, and by
/// ``BusEvent/gap`` when it is back, so that it can assume the worst. Messages of one sender on one channel arrive in order; a sender gets its own as well.
public protocol MessageBus: Sendable {
    /// Sends to everybody who listens on `channel` now.
    func publish(_ message: [UInt8], to channel: String) async throws(StoreError)
    /// Listens until the subscription is cancelled. `receive` must be short; it is called from any thread, one call at a time.
    func subscribe(to channel: String, _ receive: @escaping @Sendable (BusEvent) -> Void) async throws(StoreError) -> BusSubscription
}

/// What a listener on a ``MessageBus`` hears.
public enum BusEvent: Sendable, Hashable {
    case message([UInt8])
    /// From here on messages are missed, until the next ``gap``. A bus that cannot be lost never says it.
    case lost
    /// Messages may have been missed before this; from here on they are heard.
    case gap
}

/// A listener on a ``MessageBus``.
public struct BusSubscription: Sendable {
    private let end: @Sendable () -> Void

    /// - Parameter end: stops the calls; may be called more than once.
    public init(_ end: @escaping @Sendable () -> Void) { self.end = end }

    /// Stops listening. Signals and returns; a call that is under way finishes.
    public func cancel() { end() }
}
