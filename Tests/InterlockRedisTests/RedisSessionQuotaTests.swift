import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockRedis
import InterlockServer
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

extension AgainstRedis {
    @Suite("Sessions of a tenant, and its configuration, in Redis", .timeLimit(.minutes(5)))
    struct RedisSessionQuotaTests {
        private static func record(_ id: String, tenant: String = "acme") -> SessionRecord {
            SessionRecord(
                id: id, revision: "2025-11-25", principal: nil, tenant: tenant, clientInfo: nil, clientCapabilities: .emptyObject, createdAt: 1, lastUsedAt: 1)
        }

        private static let places = "interlock:places={acme}"

        /// Counts, then makes: what the store would do without its script.
        private struct TwoSteps {
            let store: RedisSessionStore

            func create(_ record: SessionRecord, maximum: Int) async throws -> Bool {
                guard try await store.count() < maximum else { return false }
                try await store.save(record)
                return true
            }
        }

        @Test(
            "of 80 begun at once by two instances exactly as many are made as the tenant may have; control: counting first and making then lets in more",
            arguments: [true, false])
        func atomic(isAtomic: Bool) async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { first in
                try await withClient(server.configuration()) { second in
                    let stores = [RedisSessionStore(first), RedisSessionStore(second)]
                    let made = try await withThrowingTaskGroup { group in
                        for number in 0..<80 {
                            group.addTask {
                                let (store, record) = (stores[number % 2], Self.record("s\(number)"))
                                if isAtomic { return try await store.create(record, within: SessionQuota(maximum: 7)) }
                                return try await TwoSteps(store: store).create(record, maximum: 7)
                            }
                        }
                        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                    }
                    let count = try await stores[0].count()
                    #expect(isAtomic ? made == 7 && count == 7 : made > 7)
                }
            }
        }

        @Test("a place whose time has come is given away when its session is gone, and never while it lives")
        func lapsed() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let (store, two) = (RedisSessionStore(client), SessionQuota(maximum: 2))
                for id in ["a", "b"] { #expect(try await store.create(Self.record(id), within: two)) }
                #expect(try await !store.create(Self.record("c"), within: two))
                // As after the idle time, in which both were used: the places' times have come, the records live.
                for id in ["a", "b"] { _ = try await client.send(RedisCommand("ZADD", [.text(Self.places), "1", .text(id)])) }
                #expect(try await !store.create(Self.record("c"), within: two))
                let score = try await client.send(RedisCommand("ZSCORE", [.text(Self.places), "a"]))
                #expect(score != .integer(1) && score != .double(1) && score != .text("1") && score != .bytes(Array("1".utf8)))
                // As when one has lapsed, which no instance was told of.
                let key = try await client.send(RedisCommand("KEYS", ["interlock:session:*:a"])).elements?.first?.string ?? ""
                _ = try await client.send(RedisCommand("DEL", [.text(key)]))
                #expect(try await !store.create(Self.record("c"), within: two), "its time has not come again")
                _ = try await client.send(RedisCommand("ZADD", [.text(Self.places), "1", "a"]))
                #expect(try await store.create(Self.record("c"), within: two))
                #expect(try await !store.create(Self.record("d"), within: two))
            }
        }

        @Test("an instance that dies takes no place with it: what it began lapses; and the index of a tenant that comes and goes does not grow")
        func crashed() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                let (short, one) = (RedisSessionStore(client, idleTimeout: .milliseconds(1)), SessionQuota(maximum: 1))
                // A place without a record: the instance died between the two.
                let places = SessionPlaces(client, idleTimeout: .milliseconds(1), lifetime: .seconds(60))
                #expect(try await places.take("lost", of: "acme", maximum: 1, recordKey: { $0 }) != nil)
                try await eventually { try await short.create(Self.record("next"), within: one) }
                for number in 0..<300 { _ = try await short.create(Self.record("s\(number)"), within: SessionQuota(maximum: nil)) }
                try await eventually {
                    _ = try await short.create(Self.record("last"), within: SessionQuota(maximum: nil))
                    return try await client.send(RedisCommand("ZCARD", [.text(Self.places)])).int ?? .max < 10
                }
                let left = try await client.send(RedisCommand("PTTL", [.text(Self.places)])).int ?? -1
                #expect(left > 0, "the index goes when nobody uses it")
            }
        }

        @Test("a record that something else has overwritten counts as absent, and disturbs no other session")
        func corrupt() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { client in
                var configuration = ServerConfiguration(name: "s", version: "1")
                configuration.sessionStore = RedisSessionStore(client)
                let (first, second) = (try Server(configuration: configuration) {}, try Server(configuration: configuration) {})
                var ids: [String] = []
                for _ in 0..<4 { ids.append(try #require(await Self.open(first))) }
                let damages: [RedisCommand] = try await [
                    RedisCommand("SET", [.text(Self.key(of: ids[0], client)), "nonsense"]),
                    RedisCommand("SETRANGE", [.text(Self.key(of: ids[1], client)), 64, "x{]"]),
                    RedisCommand("HSET", [.text(Self.key(of: ids[2], client)), "a", "b"]),
                ]
                _ = try await client.send(RedisCommand("DEL", damages[2].arguments.prefix(1).map { $0 }))
                for damage in damages { _ = try await client.send(damage) }
                for id in ids[..<3] { #expect(try await Self.ping(second, id) == 404) }
                #expect(try await Self.ping(second, ids[3]) == 200)
                #expect(try await configuration.sessionStore?.count() == 4)
                #expect(await Self.open(second) != nil)
            }
        }

        private static func key(of id: String, _ client: RedisClient) async throws -> String {
            try await client.send(RedisCommand("KEYS", [.text("interlock:session:*:\(id)")])).elements?.first?.string ?? ""
        }

        private static func open(_ server: Server) async -> String? {
            let initialize = #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
            return await (try? ExchangeProbe.post(initialize, to: server))?.response.headers.first { $0.name == "Mcp-Session-Id" }?.value
        }

        private static func ping(_ server: Server, _ id: String) async throws -> Int {
            await (try ExchangeProbe.post(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, to: server, headers: ["Mcp-Session-Id": id])).response.status
        }

        @Test("two instances take a configuration that is put, refuse a broken one with its reason, and take the next good one")
        func configuration() async throws {
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { first in
                try await withClient(server.configuration()) { second in
                    func json(_ weight: Int) -> [UInt8] { Array(#"{"tenants":{"acme":{"weight":\#(weight)}}}"#.utf8) }
                    let document = TenantDocument(RedisStateStore(first))
                    _ = try await document.put(json(2), replacing: 0)
                    let watches = [first, second].map { TenantWatch(TenantDocument(RedisStateStore($0)), interval: .milliseconds(5)) }
                    for watch in watches { try await watch.start() }
                    let running = Task { await withDiscardingTaskGroup { group in for watch in watches { group.addTask { await watch.run() } } } }
                    func all(_ holds: @escaping @Sendable (TenantDirectory) -> Bool) async throws {
                        try await eventually { watches.allSatisfy { holds($0.directory) } }
                    }
                    try await all { $0.terms(of: "acme")?.policy.weight == 2 }
                    _ = try await document.put(json(3))
                    try await all { $0.terms(of: "acme")?.policy.weight == 3 && $0.lastFailure == nil }
                    _ = try await RedisStateStore(second).commit([StateChange(TenantDocument.defaultKey, expecting: .anything, value: json(0))])
                    try await all { $0.lastFailure?.problems.first?.path == "/tenants/acme/weight" && $0.terms(of: "acme")?.policy.weight == 3 }
                    _ = try await document.put(json(4))
                    try await all { $0.terms(of: "acme")?.policy.weight == 4 && $0.lastFailure == nil }
                    running.cancel()
                    await running.value
                }
            }
        }
    }
}
