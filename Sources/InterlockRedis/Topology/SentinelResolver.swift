internal import InterlockConcurrency
internal import InterlockStorage
import Synchronization

/// Connects to the master of a name, asking one sentinel after another where it is.
///
/// What a sentinel says may be old, so the server is asked as well whether it is the master. The sentinel that answered last is asked first.
final class SentinelResolver: Sendable {
    private let sentinels: [NodeAddress]
    private let master: String
    private let connector: RedisConnector
    private let first = Mutex(0)

    init(sentinels: [NodeAddress], master: String, connector: RedisConnector) {
        self.sentinels = sentinels
        self.master = master
        self.connector = connector
    }

    func connect(onPush: @escaping @Sendable ([RESPValue]) -> Void = { _ in }) async throws(StoreError) -> RedisConnection {
        let start = first.withLock { $0 }
        var problems: [StoreError] = []
        for step in sentinels.indices {
            let index = (start + step) % sentinels.count
            do throws(StoreError) {
                let address = try await address(from: sentinels[index])
                let connection = try await connector.connect(to: address, onPush: onPush)
                try await verify(connection)
                // interlock:allow stale-state because it is only where to begin next time: whichever sentinel led to the master last will do
                first.withLock { $0 = index }
                return connection
            } catch {
                problems.append(error)
            }
        }
        let code = problems.contains { $0.code == .refused } ? StoreError.Code.refused : .unavailable
        throw StoreError(
            code, "no sentinel leads to the master '\(master)': \(problems.map(\.message).joined(separator: "; "))",
            outage: problems.lazy.compactMap(\.outage).first { !$0.concernsEverything } ?? problems.last?.outage)
    }

    private func address(from sentinel: NodeAddress) async throws(StoreError) -> NodeAddress {
        let connection = try await connector.connect(to: sentinel, as: .sentinel)
        defer { connection.close(StoreError(.unavailable, "the sentinel has been asked")) }
        let command = RedisCommand("SENTINEL", ["GET-MASTER-ADDR-BY-NAME", .text(master)])
        let reply = try await connection.send(command, deadline: connector.clock.now + connector.configuration.connectTimeout)
        if case .error(let error) = reply { throw StoreError(error, to: "SENTINEL GET-MASTER-ADDR-BY-NAME") }
        guard let parts = reply.elements, parts.count == 2, let host = parts[0].string, let port = parts[1].int, (1...65_535).contains(port) else {
            throw StoreError(.refused, "the sentinel \(sentinel) knows no master '\(master)'")
        }
        return NodeAddress(host: host, port: Int(port))
    }

    private func verify(_ connection: RedisConnection) async throws(StoreError) {
        do throws(StoreError) {
            let reply = try await connection.send(RedisCommand("ROLE"), deadline: connector.clock.now + connector.configuration.connectTimeout)
            if case .error(let error) = reply { throw StoreError(error, to: "ROLE") }
            guard let role = reply.elements?.first?.string, role == "master" else {
                throw StoreError(.unavailable, "Redis at \(connection.name) is not the master the sentinels take it for")
            }
        } catch {
            connection.close(error)
            throw error
        }
    }
}
