import Foundation
import InterlockConcurrency
import InterlockJSON
@testable import InterlockRedis
import InterlockStorage
import Testing

/// Whether the slow proofs run: several servers, failovers, measurements.
private let proves = ProcessInfo.processInfo.environment["INTERLOCK_PROVE"] == "1"

extension AgainstRedis {
    @Suite(.enabled(if: proves), .timeLimit(.minutes(3)))
    struct RedisProofs {
        @Test func commandsPerSecondOnOneConnection() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration(poolSize: 1)) { client in
                try await client.start()
                for (callers, rounds) in [(1, 1_000), (50, 100), (200, 50), (500, 20)] {
                    let start = ContinuousClock.now
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<callers {
                            group.addTask { for _ in 0..<rounds { _ = try await client.send(RedisCommand("INCR", ["n"])) } }
                        }
                        try await group.waitForAll()
                    }
                    let seconds = Double((ContinuousClock.now - start).components.attoseconds) * 1e-18 + Double((ContinuousClock.now - start).components.seconds)
                    print("INCR on one connection, \(callers) callers: \(Int(Double(callers * rounds) / seconds)) per second")
                }
                let start = ContinuousClock.now
                for _ in 0..<20 { _ = await client.send((0..<500).map { _ in RedisCommand("INCR", ["n"]) }) }
                let took = ContinuousClock.now - start
                print("INCR in pipelines of 500: \(Int(10_000 / (Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18))) per second; p50 \(client.health.p50!), p99 \(client.health.p99!)")
            }
        }

        @Test func memoryOfFiftyThousandSessions() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let store = RedisSessionStore(client)
                func used() async throws -> Int64 {
                    let info = try await client.send(RedisCommand("INFO", ["memory"])).string ?? ""
                    return info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }.flatMap { Int64($0.dropFirst(12)) } ?? 0
                }
                let before = try await used()
                let capabilities = try RawJSON(parsing: #"{"roots":{"listChanged":true},"sampling":{}}"#)
                let info = try RawJSON(parsing: #"{"name":"client","version":"1.0.0"}"#)
                var bytes = 0
                for start in stride(from: 0, to: 50_000, by: 500) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in start..<(start + 500) {
                            let record = SessionRecord(
                                id: "\(UUID())", revision: "2025-11-25", principal: "user-\(number)", clientInfo: info, clientCapabilities: capabilities, isInitialized: true,
                                createdAt: 1_767_225_600_000, lastUsedAt: 1_767_225_600_000)
                            if bytes == 0 { bytes = try RawJSON(encoding: record).bytes.count }
                            group.addTask { try await store.save(record) }
                        }
                        try await group.waitForAll()
                    }
                }
                let count = try await store.count()
                #expect(count == 50_000)
                print("Redis memory per session: \((try await used() - before) / 50_000) bytes, of which \(bytes) JSON")
            }
        }

        @Test func aSentinelLeadsToTheNewMaster() async throws {
            let first = try RedisServerProcess()
            let second = try RedisServerProcess(["--replicaof", "127.0.0.1 \(first.port)"])
            let file = first.folder + "/sentinel.conf"
            try "sentinel monitor mymaster 127.0.0.1 \(first.port) 1\nsentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 3000\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            let sentinel = try RedisServerProcess(configuration: file, ["--sentinel"])
            var configuration = first.configuration()
            configuration.topology = .sentinel([NodeAddress(host: "127.0.0.1", port: 1), sentinel.address], master: "mymaster")
            configuration.reconnect = Backoff(first: .milliseconds(20), longest: .milliseconds(200))
            try await withClient(configuration) { client in
                try await client.start()
                _ = try await client.send(RedisCommand("SET", ["k", "v"]))
                try await withClient(second.configuration()) { replica in
                    try await eventually { try await replica.send(RedisCommand("GET", ["k"])).string == "v" }
                }
                try await withClient(sentinel.configuration()) { asked in
                    try await eventually { try await asked.send(RedisCommand("INFO", ["sentinel"])).string?.contains("slaves=1") == true }
                }
                first.kill()
                try await eventually { (try? await client.send(RedisCommand("SET", ["k", "w"]))) != nil }
                try await withClient(second.configuration()) { master in
                    let value = try await master.send(RedisCommand("GET", ["k"])).string
                    #expect(value == "w")
                }
            }
            configuration.topology = .sentinel([sentinel.address], master: "other")
            try await withClient(configuration) { client in
                let error = await #expect(throws: StoreError.self) { try await client.start() }
                #expect(error?.code == .refused)
            }
        }

        @Test func aClusterIsFollowedWhileSlotsMove() async throws {
            let servers = try (0..<6).map { _ in try RedisServerProcess(["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]) }
            let create = Process()
            create.executableURL = URL(fileURLWithPath: "/usr/bin/redis-cli")
            create.arguments = ["--cluster", "create"] + servers.map { "127.0.0.1:\($0.port)" } + ["--cluster-replicas", "1", "--cluster-yes"]
            create.standardOutput = FileHandle.nullDevice
            let ended = Waiter<Int32>()
            create.terminationHandler = { ended.resolve($0.terminationStatus) }
            try create.run()
            let status = await ended.suspend()
            try #require(status == 0)
            var configuration = servers[0].configuration(poolSize: 1)
            configuration.topology = .cluster([servers[0].address])
            try await withClient(configuration) { client in
                try await eventually { try await client.send(RedisCommand("CLUSTER", ["INFO"])).string?.contains("cluster_state:ok") == true }
                let store = RedisStateStore(client)
                let counters = (0..<50).map { "{t\($0)}:n" }
                func increment(_ key: String) async throws {
                    while true {
                        let old = try await store.load([key])[0]
                        let number = Int(String(decoding: old?.value ?? [48], as: UTF8.self))! + 1
                        if try await store.commit([StateChange(key, expecting: old.map { .version($0.version) } ?? .absent, value: Array("\(number)".utf8))]) { return }
                    }
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for key in counters { group.addTask { for _ in 0..<40 { try await increment(key) } } }
                    // Meanwhile slots of the first master move to another.
                    group.addTask {
                        try await withClient(servers[0].configuration()) { from in
                            try await withClient(servers[1].configuration()) { to in
                                let source = try await from.send(RedisCommand("CLUSTER", ["MYID"])).string!
                                let target = try await to.send(RedisCommand("CLUSTER", ["MYID"])).string!
                                for slot in 0..<600 as Range<Int64> {
                                    _ = try await to.send(RedisCommand("CLUSTER", ["SETSLOT", .integer(slot), "IMPORTING", .text(source)]))
                                    _ = try await from.send(RedisCommand("CLUSTER", ["SETSLOT", .integer(slot), "MIGRATING", .text(target)]))
                                    let keys = try await from.send(RedisCommand("CLUSTER", ["GETKEYSINSLOT", .integer(slot), 100])).elements?.compactMap(\.string) ?? []
                                    for key in keys {
                                        _ = try await from.send(RedisCommand("MIGRATE", ["127.0.0.1", .integer(Int64(servers[1].port)), .text(key), 0, 5_000]))
                                    }
                                    _ = try await to.send(RedisCommand("CLUSTER", ["SETSLOT", .integer(slot), "NODE", .text(target)]))
                                    _ = try await from.send(RedisCommand("CLUSTER", ["SETSLOT", .integer(slot), "NODE", .text(target)]))
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await splitInTwo(store, servers[0], servers[1])
                for key in counters {
                    let value = try await store.load([key])[0]?.value
                    #expect(value == Array("40".utf8), "\(key)")
                }
                let sessions = RedisSessionStore(client)
                for number in 0..<200 {
                    try await sessions.save(SessionRecord(
                        id: "s\(number)", revision: "r", principal: nil, clientInfo: nil, clientCapabilities: .emptyObject, createdAt: 1, lastUsedAt: 1))
                }
                let count = try await sessions.count()
                #expect(count == 200)
                let error = await #expect(throws: StoreError.self) { try await store.load(["a", "b"]) }
                #expect(error?.code == .refused)
                let leases = RedisLeaseStore(client)
                let lease = try await leases.acquire("anything", limit: 1, duration: .seconds(10))
                #expect(lease != nil)
            }
        }

        /// Reads two keys at once while one of them has moved and the other has not, and then a key that has moved ahead of its slot.
        private func splitInTwo(_ store: RedisStateStore, _ first: RedisServerProcess, _ second: RedisServerProcess) async throws {
            // Of a slot that has not moved above and is the first master's.
            let tag = (0...).lazy.map { "m\($0)" }.first { (1_000..<5_000).contains(HashSlot.of("{\($0)}")) }!
            let (slot, keys) = (RedisArgument.integer(Int64(HashSlot.of("{\(tag)}"))), ["{\(tag)}:a", "{\(tag)}:b"])
            let made = try await store.commit(keys.map { StateChange($0, expecting: .absent, value: Array($0.utf8)) })
            #expect(made)
            try await withClient(first.configuration()) { from in
                try await withClient(second.configuration()) { to in
                    func errors(_ code: String) async throws -> Int {
                        let lines = try await from.send(RedisCommand("INFO", ["errorstats"])).string?.split(whereSeparator: \.isNewline) ?? []
                        return lines.first { $0.hasPrefix("errorstat_\(code):count=") }.flatMap { Int($0.split(separator: "=")[1]) } ?? 0
                    }
                    func move(_ key: String) async throws {
                        _ = try await from.send(RedisCommand("MIGRATE", ["127.0.0.1", .integer(Int64(second.port)), .text(key), 0, 5_000]))
                    }
                    let source = try await from.send(RedisCommand("CLUSTER", ["MYID"])).string!
                    let target = try await to.send(RedisCommand("CLUSTER", ["MYID"])).string!
                    let (asked, triedAgain) = (try await errors("ASK"), try await errors("TRYAGAIN"))
                    _ = try await to.send(RedisCommand("CLUSTER", ["SETSLOT", slot, "IMPORTING", .text(source)]))
                    _ = try await from.send(RedisCommand("CLUSTER", ["SETSLOT", slot, "MIGRATING", .text(target)]))
                    try await move("interlock:state:" + keys[0])
                    async let both = store.load(keys)
                    try await eventually { try await errors("TRYAGAIN") > triedAgain }
                    try await move("interlock:state:" + keys[1])
                    let values = try await both.map { $0?.value }
                    #expect(values == keys.map { Array($0.utf8) })
                    // The slot itself is still the first one's: only by asking is the key found.
                    let moved = try await store.load([keys[0]])[0]?.value
                    #expect(moved == Array(keys[0].utf8))
                    let (nowAsked, nowTried) = (try await errors("ASK") - asked, try await errors("TRYAGAIN") - triedAgain)
                    print("a slot on its way: sent on by ASK \(nowAsked) times, tried again \(nowTried) times")
                    #expect(nowAsked >= 2 && nowTried >= 1)
                    _ = try await to.send(RedisCommand("CLUSTER", ["SETSLOT", slot, "NODE", .text(target)]))
                    _ = try await from.send(RedisCommand("CLUSTER", ["SETSLOT", slot, "NODE", .text(target)]))
                }
            }
        }
    }
}
