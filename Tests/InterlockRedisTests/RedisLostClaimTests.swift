import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockRedis
import InterlockServer
import InterlockStorage
import InterlockTesting
import Synchronization
import Testing

extension AgainstRedis {
    /// A Redis that stands still takes what was sent to it when it goes on, long after those who asked have been refused.
    @Suite("What Redis does without its caller hearing of it", .timeLimit(.minutes(1)))
    struct RedisLostClaimTests {
        private func configuration(_ server: RedisServerProcess) -> RedisConfiguration {
            var configuration = server.configuration(poolSize: 1)
            configuration.budget = .milliseconds(500)
            configuration.breaker = nil
            configuration.pingInterval = .seconds(600)
            return configuration
        }

        @Test("a call that was refused leaves its key free; control: a claim that nobody gives back keeps it", arguments: [true, false])
        func claims(isCall: Bool) async throws {
            let redis = try RedisServerProcess()
            try await withClient(configuration(redis)) { client in
                try await client.start()
                let store = RedisIdempotencyStore(client)
                let runs = Atomic(0)
                #expect(try await store.claim("warm", token: 1, fingerprint: "f", holdingFor: .seconds(9), keepingFor: .seconds(9)) == .claimed)
                var configuration = ServerConfiguration(name: "s", version: "1")
                configuration.idempotencyStore = store
                let server = try Server(configuration: configuration) {
                    Tool("pay", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (_: RawJSON, _) in "payment \(runs.add(1, ordering: .relaxed).newValue)" }
                        .idempotent { $0["key"]?.string }
                }
                let caller = try WireClient(server)
                @Sendable func pay(_ id: Int) async throws -> String? {
                    let call = #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"pay","arguments":{"key":"a"},"_meta":{"#
                        + #""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"#
                        + #""io.modelcontextprotocol/clientCapabilities":{}}}}"#
                    return try await caller.request(call)["result"]?["content"]?[0]?["text"]?.string
                }
                redis.pause()
                if isCall {
                    #expect(try await pay(1)?.hasPrefix("Nothing was done") == true)
                    redis.resume()
                    let id = Atomic(1)
                    try await eventually { try await pay(id.add(1, ordering: .relaxed).newValue) == "payment 1" }
                    #expect(runs.load(ordering: .relaxed) == 1)
                } else {
                    await #expect(throws: StoreError.self) {
                        try await store.claim("k", token: 2, fingerprint: "f", holdingFor: .seconds(100), keepingFor: .seconds(100))
                    }
                    redis.resume()
                    try await eventually {
                        try await store.claim("k", token: 3, fingerprint: "f", holdingFor: .seconds(100), keepingFor: .seconds(100)) == .running
                    }
                    #expect(try await store.claim("k", token: 2, fingerprint: "f", holdingFor: .seconds(100), keepingFor: .seconds(100)) == .claimed)
                }
            }
        }

        @Test("a tenant's place that was taken without its taker hearing of it is believed for half a minute, not for as long as a session")
        func places() async throws {
            let redis = try RedisServerProcess()
            try await withClient(configuration(redis)) { client in
                try await client.start()
                let (store, one) = (RedisSessionStore(client), SessionQuota(maximum: 1))
                let key = "interlock:places={acme}"
                func record(_ id: String) -> SessionRecord {
                    SessionRecord(
                        id: id, revision: "2025-11-25", principal: nil, tenant: "acme", clientInfo: nil, clientCapabilities: .emptyObject, createdAt: 1, lastUsedAt: 1)
                }
                func due(_ id: String) async throws -> Int64? {
                    let score = try await client.send(RedisCommand("ZSCORE", [.text(key), .text(id)], key: key))
                    if case .double(let time) = score { return Int64(time) }
                    return score.string.flatMap(Double.init).map { Int64($0) }
                }
                #expect(try await store.create(record("warm"), within: one))
                try await store.remove("warm")
                redis.pause()
                await #expect(throws: StoreError.self) { try await store.create(record("lost"), within: one) }
                redis.resume()
                try await eventually { try await due("lost") != nil }
                let left = try #require(try await due("lost")) - SystemClock.shared.wallTime
                #expect(left <= 31_000, "as long as making a session may take, not the day that one may go unused")
                #expect(try await !store.create(record("next"), within: one))
                // Half a minute later.
                _ = try await client.send(RedisCommand("ZADD", [.text(key), "1", "lost"], key: key))
                #expect(try await store.create(record("next"), within: one))
                #expect(try await !store.create(record("third"), within: one))
            }
        }
    }
}
