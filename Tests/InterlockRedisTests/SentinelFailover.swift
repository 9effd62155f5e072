import Foundation
import InterlockConcurrency
import InterlockRedis
import InterlockStorage
import Testing

/// A master, its replica and a sentinel: the master is killed while a client writes.
struct SentinelFailover {
    /// How long the sentinel waits before it takes a master for dead.
    static let patience = Duration.milliseconds(500)

    /// From the kill to the first write that the new master has confirmed.
    let gap: Duration
    /// Writes in between, each of which failed in bounded time.
    let failed: Int
    /// What a client that knows only the first master's address was told of its write afterwards: the control.
    let boundToAddress: StoreError?

    init() async throws {
        let first = try RedisServerProcess(["--repl-diskless-sync-delay", "0"])
        let second = try RedisServerProcess(["--replicaof", "127.0.0.1 \(first.port)"])
        try await withClient(second.configuration()) { replica in
            try await eventually { try await replica.send(RedisCommand("INFO", ["replication"])).string?.contains("master_link_status:up") == true }
        }
        // Only now: a sentinel asks a master for its replicas when it starts, and then every ten seconds.
        let file = first.folder + "/sentinel.conf"
        try """
            sentinel monitor mymaster 127.0.0.1 \(first.port) 1
            sentinel down-after-milliseconds mymaster \(Int(Self.patience.seconds * 1_000))
            sentinel failover-timeout mymaster 3000

            """.write(toFile: file, atomically: true, encoding: .utf8)
        let sentinel = try RedisServerProcess(configuration: file, ["--sentinel"])
        var configuration = first.configuration()
        configuration.reconnect = Backoff(first: .milliseconds(20), longest: .milliseconds(200))
        var (gap, failed, refusal) = (Duration.zero, 0, StoreError?.none)
        let bound = configuration
        // The first of these answers nobody.
        configuration.topology = .sentinel([NodeAddress(host: "127.0.0.1", port: 1), sentinel.address], master: "mymaster")
        try await withClient(configuration) { client in
            try await client.start()
            try await withClient(bound) { boundClient in
                try await boundClient.start()
                _ = try await client.send(RedisCommand("SET", ["k", "v"]))
                try await withClient(second.configuration()) { replica in
                    try await eventually { try await replica.send(RedisCommand("GET", ["k"])).string == "v" }
                }
                try await withClient(sentinel.configuration()) { asked in
                    try await eventually { try await asked.send(RedisCommand("INFO", ["sentinel"])).string?.contains("slaves=1") == true }
                }
                let killed = ContinuousClock.now
                first.kill()
                try await eventually {
                    do throws(StoreError) {
                        _ = try await client.send(RedisCommand("SET", ["k", "w"]))
                        return true
                    } catch {
                        failed += 1
                        return false
                    }
                }
                gap = ContinuousClock.now - killed
                do throws(StoreError) { _ = try await boundClient.send(RedisCommand("SET", ["k", "x"]), budget: .milliseconds(500)) } catch { refusal = error }
                try await withClient(second.configuration()) { master in
                    let value = try await master.send(RedisCommand("GET", ["k"])).string
                    #expect(value == "w")
                }
            }
        }
        configuration.topology = .sentinel([sentinel.address], master: "other")
        try await withClient(configuration) { client in
            let error = await #expect(throws: StoreError.self) { try await client.start() }
            #expect(error?.code == .refused)
        }
        (self.gap, self.failed, boundToAddress) = (gap, failed, refusal)
    }
}
