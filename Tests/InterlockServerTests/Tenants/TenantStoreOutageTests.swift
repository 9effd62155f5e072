import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Logging
import Testing

@Suite("Tenants while the store of their limits is away", .timeLimit(.minutes(5)))
struct TenantStoreOutageTests {
    private let clock = ManualClock()

    /// A store that answers for one that is away, as tools have it.
    private struct AlwaysAllowing: RateLimitStore {
        func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
            RateDecision(isAllowed: true, remaining: 0, limit: 1)
        }
    }

    private func server(tenantStore: (any RateLimitStore)?) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.logger.logLevel = .critical
        configuration.rateLimitStore = AlwaysAllowing()
        configuration.tenantRateLimitStore = tenantStore
        configuration.tenants = TenantDirectory(try TenantConfiguration(json: Array(#"""
            {"tenants":{"strict":{"whenStoreFails":"deny"},"open":{"whenStoreFails":"allow","rateLimits":[{"count":1,"period":"1m","burst":1}]},
                        "local":{"whenStoreFails":"local","rateLimits":[{"count":2,"period":"1m","burst":2}]}}}
            """#.utf8)))
        return try Server(configuration: configuration) {
            Tool("rated") { (_: HandlerContext) in "done" }.rate(RateLimit(100, per: .seconds(60)))
        }
    }

    private func statuses(_ gate: TenantGate, _ tenant: String) async -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<3 { statuses.append(await gate.decide(TenantRequests.post(tenant)).status) }
        return statuses
    }

    @Test("each tenant is served by its own rule, whatever the tools' store answers; given that store alone, no rule would hold", arguments: [true, false])
    func rules(bare: Bool) async throws {
        let store = ScriptedRateStore(clock: clock)
        let server = try server(tenantStore: bare ? store : nil)
        let states = try #require(server.tenants)
        let gate = TenantGate(after: TenantByHeader(), states: states)
        store.setDown(true)
        #expect(await statuses(gate, "strict") == (bare ? [503, 503, 503] : [200, 200, 200]))
        #expect(await statuses(gate, "open") == [200, 200, 200])
        #expect(await statuses(gate, "local") == (bare ? [200, 200, 429] : [200, 200, 200]))
        #expect(states.snapshot.isStoreDegraded == bare && states.snapshot.storeFailures == (bare ? 9 : 0))
        #expect(states.snapshot.refusals[.storeUnavailable] == (bare ? 3 : 0) && states.snapshot.refusals[.overTenantLimit] == (bare ? 1 : 0))
        let client = try WireClient(server, principal: Principal(subject: "s", tenant: "strict"))
        #expect(try await client.request(Messages.call("rated", modern: true)).isToolError == bare)
        store.setDown(false)
        #expect(await statuses(gate, "strict") == [200, 200, 200])
        #expect(!states.snapshot.isStoreDegraded)
    }
}
