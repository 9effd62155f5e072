import Synchronization

/// One connection of a peer: a pipe pair, an in-memory link, a TCP connection.
///
/// Its `id` is private to this process and never leaves it; it is what state is keyed by where a client's own ids must not be.
public final class Connection: Sendable {
    /// The way messages travel.
    public enum Kind: Sendable, Hashable {
        case inMemory, stdio, http1, http2, serverSentEvents
    }

    /// Unique in this process.
    public let id: UInt64
    public let kind: Kind
    /// The peer's address for logs, after `trustedProxies` had their say; `nil` where there is none.
    public let remoteAddress: String?

    public init(kind: Kind, remoteAddress: String? = nil) {
        self.id = Self.nextID.wrappingAdd(1, ordering: .relaxed).newValue
        self.kind = kind
        self.remoteAddress = remoteAddress
    }

    private static let nextID = Atomic<UInt64>(0)
}
