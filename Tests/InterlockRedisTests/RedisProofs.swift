import Foundation
import InterlockConcurrency
import InterlockJSON
import InterlockRedis
import InterlockStorage
import Testing

/// What runs long or measures time against real servers; `dev/prove redis` turns it on. Each figure stands beside its control in the same run.
extension AgainstRedis {
    @Suite(.enabled(if: ProcessInfo.processInfo.environment["INTERLOCK_PROVE"] != nil), .timeLimit(.minutes(5)))
    struct RedisProofs {
        @Test("callers that share a connection share its round trips")
        func pipelining() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration(poolSize: 1)) { client in
                try await client.start()
                func perSecond(_ callers: Int, _ rounds: Int) async throws -> Double {
                    let took = try await ContinuousClock().measure {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for _ in 0..<callers {
                                group.addTask { for _ in 0..<rounds { _ = try await client.send(RedisCommand("INCR", ["n"])) } }
                            }
                            try await group.waitForAll()
                        }
                    }
                    return Double(callers * rounds) / took.seconds
                }
                _ = try await perSecond(50, 20)
                var (alone, together): ([Double], [Double]) = ([], [])
                for _ in 0..<5 {
                    alone.append(try await perSecond(1, 1_000))
                    together.append(try await perSecond(500, 20))
                }
                let (control, figure) = (alone.sorted()[2], together.sorted()[2])
                let number = try await client.send(RedisCommand("GET", ["n"])).string
                #expect(number == "\(1_000 + 5 * 11_000)")
                proof(
                    "INCR a second over one connection, 500 callers at once, median of 5", "\(Int(figure))",
                    control: "one caller, one after the other: \(Int(control))",
                    demand: "at least three times as many", holds: figure >= 3 * control)
            }
        }

        @Test("50,000 sessions through the store")
        func memoryOfFiftyThousandSessions() async throws {
            let (server, bare) = (try RedisServerProcess(), try RedisServerProcess())
            try await withClient(server.configuration()) { client in
                let (store, number) = (RedisSessionStore(client), 50_000)
                let before = try await usedMemory(client)
                let capabilities = try RawJSON(parsing: #"{"roots":{"listChanged":true},"sampling":{}}"#)
                let info = try RawJSON(parsing: #"{"name":"client","version":"1.0.0"}"#)
                for start in stride(from: 0, to: number, by: 500) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in start..<(start + 500) {
                            let record = SessionRecord(
                                id: "\(UUID())", revision: "2025-11-25", principal: "user-\(number)", clientInfo: info, clientCapabilities: capabilities,
                                isInitialized: true, createdAt: 1_767_225_600_000, lastUsedAt: 1_767_225_600_000)
                            group.addTask { try await store.save(record) }
                        }
                        try await group.waitForAll()
                    }
                }
                let count = try await store.count()
                let each = (try await usedMemory(client) - before) / Int64(number)
                // The control: the same names without anything in them.
                let names = try await client.send(RedisCommand("KEYS", ["interlock:session:*"])).elements?.compactMap(\.string) ?? []
                var control: Int64 = 0
                try await withClient(bare.configuration()) { other in
                    let before = try await usedMemory(other)
                    for start in stride(from: 0, to: names.count, by: 500) {
                        let commands = names[start..<min(start + 500, names.count)].map { RedisCommand("SET", [.text($0), ""]) }
                        for reply in await other.send(commands) { _ = try reply.get() }
                    }
                    control = (try await usedMemory(other) - before) / Int64(number)
                }
                proof(
                    "memory of Redis for one session with a principal, 50,000 through the store", "\(each) bytes, \(count) sessions found",
                    control: "\(control) bytes for a bare key of that name", demand: "all found, at most 1,024 bytes",
                    holds: count == number && names.count == number && each <= 1_024)
            }
        }

        @Test("a failover by a sentinel")
        func failover() async throws {
            var gaps: [Duration] = []
            var failures: [Int] = []
            for _ in 0..<5 {
                let failover = try await SentinelFailover()
                #expect(failover.boundToAddress?.code == .unavailable)
                gaps.append(failover.gap)
                failures.append(failover.failed)
            }
            let (slowest, median) = (gaps.max()!, gaps.sorted()[2])
            proof(
                "Sentinel failover: from the master's kill to the first confirmed write, slowest of 5",
                String(format: "%.1f s (median %.1f s), %d to %d writes failed meanwhile", slowest.seconds, median.seconds, failures.min()!, failures.max()!),
                control: "a client that knows the old master's address only: unavailable, 5 of 5",
                demand: "below 10 s; the sentinel alone waits \(SentinelFailover.patience.seconds) s", holds: slowest < .seconds(10))
        }

        @Test("a cluster of six whose slots move under load")
        func movingSlots() async throws {
            let cluster = try await MovingCluster()
            try await withClient(cluster.configuration()) { client in
                let counted = try await cluster.count(50, moving: 0..<600, with: client)
                proof(
                    "increments by compare-and-set over six processes while 600 slots move",
                    "\(counted.found) found of \(counted.acknowledged) acknowledged, \(counted.redirections) questions sent on",
                    control: "a client that follows nobody reads \(counted.readWithoutFollowing) of the 50 counters", demand: "all",
                    holds: counted.found == counted.acknowledged && counted.redirections > 0 && (1..<50).contains(counted.readWithoutFollowing))
                let (asked, triedAgain) = try await cluster.splitASlot(with: client)
                proof(
                    "two keys of a slot on its way, read in one question", "both read; sent on by ASK \(asked) times, tried again \(triedAgain) times",
                    control: "the slot's owner refused with TRYAGAIN at least once", demand: "both read", holds: asked >= 2 && triedAgain >= 1)
                try await cluster.serveOtherStores(with: client)
            }
        }

        private func usedMemory(_ client: RedisClient) async throws -> Int64 {
            let info = try await client.send(RedisCommand("INFO", ["memory"])).string ?? ""
            return info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }.flatMap { Int64($0.dropFirst(12)) } ?? 0
        }
    }
}
