internal import InterlockConcurrency
internal import InterlockStorage

/// Everything goes to one server: the one that is named, or the master that sentinels know.
struct MasterRouter: Router {
    let node: RedisNode
    let connector: @Sendable (@escaping @Sendable ([RESPValue]) -> Void) async throws(StoreError) -> RedisConnection

    func send(_ command: RedisCommand, deadline: MonotonicTime) async throws(StoreError) -> RESPValue {
        let reply = try await node.send(command, deadline: deadline)
        if case .error(let error) = reply { noteDemotion(error) }
        return reply
    }

    func send(_ commands: [RedisCommand], deadline: MonotonicTime) async -> [RedisConnection.Reply] {
        let replies = await node.send(commands, deadline: deadline)
        for case .success(.error(let error)) in replies { noteDemotion(error) }
        return replies
    }

    func connect(onPush: @escaping @Sendable ([RESPValue]) -> Void) async throws(StoreError) -> RedisConnection {
        try await connector(onPush)
    }

    func start(deadline: MonotonicTime) async throws(StoreError) {
        _ = try await node.connection(deadline)
    }

    func shutDown() async {
        await node.shutDown()
    }

    var health: RedisHealth { node.health }

    /// A server that takes no writes any more is the master no longer: the next connection is made to the one that is.
    private func noteDemotion(_ error: RESPErrorReply) {
        guard error.code == "READONLY" else { return }
        node.reset(StoreError(.unavailable, "Redis at \(node.name) has become a replica; connecting to the master anew", outage: .readOnly))
    }
}
