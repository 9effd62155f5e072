import Foundation
import InterlockConcurrency
import InterlockJSON
@testable import InterlockRedis
import InterlockSimulation
import InterlockStorage
import Testing

/// Six processes as one cluster, three masters and their replicas, whose slots move while they are used.
struct MovingCluster {
    let servers: [RedisServerProcess]

    init() async throws {
        // None is taken for failed, however long it gets no processor.
        servers = try (0..<6).map { _ in try RedisServerProcess(["--cluster-enabled", "yes", "--cluster-node-timeout", "30000"]) }
        let create = Process()
        create.executableURL = URL(fileURLWithPath: "/usr/bin/redis-cli")
        create.arguments = ["--cluster", "create"] + servers.map { "127.0.0.1:\($0.port)" } + ["--cluster-replicas", "1", "--cluster-yes"]
        create.standardOutput = FileHandle.nullDevice
        let ended = Waiter<Int32>()
        create.terminationHandler = { ended.resolve($0.terminationStatus) }
        try create.run()
        let status = await ended.suspend()
        try #require(status == 0)
        // Each of them finds out for itself that all slots are served.
        for server in servers {
            try await withClient(server.configuration()) { node in
                try await eventually { try await node.send(RedisCommand("CLUSTER", ["INFO"])).string?.contains("cluster_state:ok") == true }
            }
        }
    }

    /// A client of the whole cluster that was told of one node.
    func configuration() -> RedisConfiguration {
        var configuration = servers[0].configuration(poolSize: 1)
        configuration.topology = .cluster([servers[0].address])
        return configuration
    }

    /// What came of counting while slots moved.
    struct Counted {
        /// Increments that were acknowledged.
        var acknowledged = 0
        /// What the counters stood at in the end, together.
        var found = 0
        /// How many of the counters a client could read that knows one node and follows nobody: the control.
        var readWithoutFollowing = 0
        /// Times a node sent a question on to another.
        var redirections = 0
    }

    /// Counts by compare-and-set, with so many counters at once, while these slots of the first master move to the second: half of the counters are in them.
    func count(_ counters: Int, moving slots: Range<Int64>, with client: RedisClient) async throws -> Counted {
        let (store, moved) = (RedisStateStore(client), Gate())
        var names = (0..<(counters / 2)).map { "{t\($0)}:n" }
        var number = 0
        while names.count < counters {
            let name = "{m\(number)}:n"
            if slots.contains(Int64(HashSlot.of(name))) { names.append(name) }
            number += 1
        }
        let acknowledged = try await withThrowingTaskGroup(of: Int.self) { group in
            for name in names {
                group.addTask {
                    var count = 0
                    while count < 10 || !moved.isOpen {
                        try await increment(name, in: store)
                        count += 1
                    }
                    return count
                }
            }
            group.addTask {
                defer { moved.open() }
                try await move(slots)
                return 0
            }
            return try await group.reduce(0, +)
        }
        var counted = Counted(acknowledged: acknowledged)
        for name in names { counted.found += try await value(of: name, in: store) }
        for server in servers {
            try await withClient(server.configuration()) { node in
                counted.redirections += try await errors("MOVED", at: node) + errors("ASK", at: node)
            }
        }
        var bound = servers[0].configuration(poolSize: 1)
        bound.breaker = nil
        try await withClient(bound) { node in
            for name in names {
                do throws(StoreError) {
                    _ = try await RedisStateStore(node).load([name])
                    counted.readWithoutFollowing += 1
                } catch {
                    guard error.message.contains("MOVED") else { throw error }
                }
            }
        }
        return counted
    }

    /// Moves slots of the first master to the second one by one, as a resharding does.
    private func move(_ slots: Range<Int64>) async throws {
        try await withClient(servers[0].configuration()) { from in
            try await withClient(servers[1].configuration()) { to in
                for slot in slots {
                    let number = RedisArgument.integer(slot)
                    let target = try await open(number, from, to)
                    let keys = try await from.send(RedisCommand("CLUSTER", ["GETKEYSINSLOT", number, 100])).elements?.compactMap(\.string) ?? []
                    for key in keys { try await migrate(key, from) }
                    try await close(number, for: target, from, to)
                }
            }
        }
    }

    private func increment(_ name: String, in store: RedisStateStore) async throws {
        while true {
            let old = try await store.load([name])[0]
            let number = Int(String(decoding: old?.value ?? [48], as: UTF8.self))! + 1
            if try await store.commit([StateChange(name, expecting: old.map { .version($0.version) } ?? .absent, value: Array("\(number)".utf8))]) { return }
        }
    }

    private func value(of name: String, in store: RedisStateStore) async throws -> Int {
        try await store.load([name])[0].flatMap { Int(String(decoding: $0.value, as: UTF8.self)) } ?? 0
    }

    // MARK: A slot on its way

    /// Reads two keys at once while one of them has moved and the other has not, and then a key that has moved ahead of its slot.
    ///
    /// - Returns: how often the client was sent on by `ASK`, and told to try again.
    func splitASlot(with client: RedisClient) async throws -> (asked: Int, triedAgain: Int) {
        let store = RedisStateStore(client)
        // Of a slot that is the first master's and is not moved by others.
        let tag = (0...).lazy.map { "m\($0)" }.first { (1_000..<5_000).contains(HashSlot.of("{\($0)}")) }!
        let (slot, keys) = (RedisArgument.integer(Int64(HashSlot.of("{\(tag)}"))), ["{\(tag)}:a", "{\(tag)}:b"])
        let made = try await store.commit(keys.map { StateChange($0, expecting: .absent, value: Array($0.utf8)) })
        #expect(made)
        var seen = (asked: 0, triedAgain: 0)
        try await withClient(servers[0].configuration()) { from in
            try await withClient(servers[1].configuration()) { to in
                let before = (asked: try await errors("ASK", at: from), triedAgain: try await errors("TRYAGAIN", at: from))
                let target = try await open(slot, from, to)
                try await migrate("interlock:state:" + keys[0], from)
                async let both = store.load(keys)
                try await eventually { try await errors("TRYAGAIN", at: from) > before.triedAgain }
                try await migrate("interlock:state:" + keys[1], from)
                let values = try await both.map { $0?.value }
                #expect(values == keys.map { Array($0.utf8) })
                // The slot itself is still the first one's: only by asking is the key found.
                let moved = try await store.load([keys[0]])[0]?.value
                #expect(moved == Array(keys[0].utf8))
                seen = (try await errors("ASK", at: from) - before.asked, try await errors("TRYAGAIN", at: from) - before.triedAgain)
                try await close(slot, for: target, from, to)
            }
        }
        return seen
    }

    /// Begins to move a slot; the id of who will have it.
    private func open(_ slot: RedisArgument, _ from: RedisClient, _ to: RedisClient) async throws -> String {
        let source = try await from.send(RedisCommand("CLUSTER", ["MYID"])).string!
        let target = try await to.send(RedisCommand("CLUSTER", ["MYID"])).string!
        _ = try await to.send(RedisCommand("CLUSTER", ["SETSLOT", slot, "IMPORTING", .text(source)]))
        _ = try await from.send(RedisCommand("CLUSTER", ["SETSLOT", slot, "MIGRATING", .text(target)]))
        return target
    }

    private func migrate(_ key: String, _ from: RedisClient) async throws {
        _ = try await from.send(RedisCommand("MIGRATE", ["127.0.0.1", .integer(Int64(servers[1].port)), .text(key), 0, 5_000]))
    }

    private func close(_ slot: RedisArgument, for target: String, _ from: RedisClient, _ to: RedisClient) async throws {
        _ = try await to.send(RedisCommand("CLUSTER", ["SETSLOT", slot, "NODE", .text(target)]))
        _ = try await from.send(RedisCommand("CLUSTER", ["SETSLOT", slot, "NODE", .text(target)]))
    }

    /// How often a node has answered so.
    private func errors(_ code: String, at node: RedisClient) async throws -> Int {
        let lines = try await node.send(RedisCommand("INFO", ["errorstats"])).string?.split(whereSeparator: \.isNewline) ?? []
        return lines.first { $0.hasPrefix("errorstat_\(code):count=") }.flatMap { Int($0.split(separator: "=")[1]) } ?? 0
    }

    // MARK: Other stores

    /// Sessions over all nodes, a question that would need two of them, and a lease.
    func serveOtherStores(with client: RedisClient) async throws {
        let sessions = RedisSessionStore(client)
        for number in 0..<200 {
            try await sessions.save(SessionRecord(
                id: "s\(number)", revision: "r", principal: nil, clientInfo: nil, clientCapabilities: .emptyObject, createdAt: 1, lastUsedAt: 1))
        }
        let count = try await sessions.count()
        #expect(count == 200)
        let error = await #expect(throws: StoreError.self) { try await RedisStateStore(client).load(["a", "b"]) }
        #expect(error?.code == .refused)
        let lease = try await RedisLeaseStore(client).acquire("anything", limit: 1, duration: .seconds(10))
        #expect(lease != nil)
    }
}
