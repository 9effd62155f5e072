internal import InterlockConcurrency
internal import InterlockStorage

/// Finds the server for a command.
protocol Router: Sendable {
    /// Sends a command to where its key is. The reply may be an error of the server's, though none that only says where to ask.
    func send(_ command: RedisCommand, deadline: MonotonicTime) async throws(StoreError) -> RESPValue
    /// Sends commands, those for one server right after one another; replies in the order of the commands.
    func send(_ commands: [RedisCommand], deadline: MonotonicTime) async -> [RedisConnection.Reply]
    /// Makes a connection for the caller alone, for subscriptions.
    func connect(onPush: @escaping @Sendable ([RESPValue]) -> Void) async throws(StoreError) -> RedisConnection
    /// Waits until the servers can be reached, or says why not.
    func start(deadline: MonotonicTime) async throws(StoreError)
    func shutDown() async
    var health: RedisHealth { get }
}
