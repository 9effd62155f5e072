public import InterlockStorage

/// Short messages between instances over Redis publish and subscribe.
///
/// Listening takes one more connection of the client's. When it is lost every listener hears ``BusEvent/lost``, and when it was made anew ``BusEvent/gap``.
public final class RedisMessageBus: MessageBus {
    private let client: RedisClient
    private let prefix: String

    public init(_ client: RedisClient) {
        self.client = client
        prefix = client.configuration.prefix + "bus:"
    }

    public func publish(_ message: [UInt8], to channel: String) async throws(StoreError) {
        _ = try await client.send(RedisCommand("PUBLISH", [.text(prefix + channel), .bytes(message)]))
    }

    public func subscribe(to channel: String, _ receive: @escaping @Sendable (BusEvent) -> Void) async throws(StoreError) -> BusSubscription {
        try await client.subscribe(to: prefix + channel, receive)
    }
}
