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
    @Suite("What Redis does without its caller hearing of it", .timeLimit(.minutes(5)))
    struct RedisLostClaimTests {
        private func configuration(_ server: RedisServerProcess) -> RedisConfiguration {
            var configuration = server.configuration(poolSize: 1)
            configuration.budget = .milliseconds(500)
            configuration.breaker = nil
            configuration.pingInterval = .seconds(600)
            return configuration
        }

        /// What Redis answers while it runs, asked again when this machine has used up the budget, which matters only where Redis stands still.
        private func answer<Answer>(_ ask: () async throws -> Answer) async throws -> Answer {
            var answer: Answer?
            try await eventually {
                answer = try? await ask()
                return answer != nil
            }
            return try #require(answer)
        }

        @Test("a call that was refused leaves its key free; control: a claim that nobody gives back keeps it", arguments: [true, false])
        func claims(isCall: Bool) async throws {
            let redis = try RedisServerProcess()
            try await withClient(configuration(redis)) { client in
                try await client.start()
                let store = RedisIdempotencyStore(client)
                let runs = Atomic(0)
                @Sendable func claim(_ key: String, token: UInt64) async throws -> IdempotencyClaim {
                    try await store.claim(key, token: token, fingerprint: "f", holdingFor: .seconds(100), keepingFor: .seconds(100))
                }
                let warm = try await answer { try await claim("warm", token: 1) }
                #expect(warm == .claimed)
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
                    await #expect(throws: StoreError.self) { try await claim("k", token: 2) }
                    redis.resume()
                    try await eventually { (try? await claim("k", token: 3)) == .running }
                    let again = try await answer { try await claim("k", token: 2) }
                    #expect(again == .claimed)
                }
            }
        }

        @Test("a tenant's place that was taken without its taker hearing of it is believed for half a minute, not for as long as a session")
        func places() async throws {
            let redis = try RedisServerProcess()
            // Nothing but the creation that Redis stands still for is in a hurry.
            try await withClient(redis.configuration()) { client in
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
                try await withClient(configuration(redis)) { hasty in
                    try await hasty.start()
                    redis.pause()
                    await #expect(throws: StoreError.self) { try await RedisSessionStore(hasty).create(record("lost"), within: one) }
                    redis.resume()
                    // Its connection is what brings the question, so it stands until then.
                    try await eventually { try await due("lost") != nil }
                }
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
