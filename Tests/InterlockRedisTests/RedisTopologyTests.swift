import InterlockRedis
import InterlockStorage
import Testing

extension AgainstRedis {
    /// Servers that take each other's place, with as much load as a few seconds hold; `RedisProofs` has more of it.
    @Suite(.timeLimit(.minutes(5)))
    struct RedisTopologyTests {
        @Test("a sentinel leads to the new master; a client that knows an address only stays without one")
        func failover() async throws {
            let failover = try await SentinelFailover()
            #expect(failover.boundToAddress?.code == .unavailable)
        }

        @Test("a cluster is followed while its slots move; a client that follows nobody reads a part of it")
        func movingSlots() async throws {
            let cluster = try await MovingCluster()
            try await withClient(cluster.configuration()) { client in
                let counted = try await cluster.count(50, moving: 0..<60, with: client)
                #expect(counted.acknowledged >= 500 && counted.found == counted.acknowledged)
                #expect(counted.redirections > 0)
                #expect((1..<50).contains(counted.readWithoutFollowing))
                let (asked, triedAgain) = try await cluster.splitASlot(with: client)
                #expect(asked >= 2 && triedAgain >= 1)
                try await cluster.serveOtherStores(with: client)
            }
        }
    }
}
