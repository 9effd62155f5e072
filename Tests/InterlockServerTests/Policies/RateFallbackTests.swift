import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import Synchronization
import Testing

@Suite("What holds of each tool's rate while the store of all is away", .timeLimit(.minutes(5)))
struct RateFallbackTests {
    /// A store that is away as long as a test says so.
    private final class Store: RateLimitStore {
        let isAway = Atomic(true)
        private let base = InMemoryRateLimitStore(clock: ManualClock())

        func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
            if isAway.load(ordering: .relaxed) { throw StoreError(.unavailable, "no answer") }
            return try await base.take(cost, from: key, limits: limits)
        }
    }

    private static let names = ["deny", "allow", "half", "quarter", "told", "usual"]

    private func client(_ rates: any RateLimitStore) throws -> WireClient {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = ManualClock()
        configuration.rateLimitStore = rates
        let rule = #"{"told":{"rate":{"count":4,"period":"1h","per":"everyone","fallback":"local:0.75"}}}"#
        configuration.toolPolicies = try ToolPolicySettings.tools(RawJSON(parsing: rule), at: "tools")
        let fallbacks: [String: ResilientRateLimitStore.WhenDegraded] = ["deny": .deny, "allow": .allow, "half": .local(fraction: 0.5), "quarter": .local(fraction: 0.25)]
        return try WireClient(try Server(configuration: configuration) {
            for name in Self.names {
                Tool(name) { (_: HandlerContext) in "done" }.rate(RateLimit(4, per: .seconds(3_600)), per: .everyone, fallback: fallbacks[name])
            }
        })
    }

    /// How many of six calls each tool serves.
    private func served(_ client: WireClient) async throws -> [String: Int] {
        var served: [String: Int] = [:]
        for name in Self.names {
            for id in 1...6 {
                let answer = try await client.request(Messages.call(name, id: "\(id)", modern: true))
                served[name, default: 0] += answer.text == "done" ? 1 : 0
            }
        }
        return served
    }

    @Test("tools of one server follow rules of their own, in code and in a configuration; one without follows the store's", arguments: [false, true])
    func rules(isResilient: Bool) async throws {
        let store = Store()
        let client = try client(isResilient ? ResilientRateLimitStore(store, whenDegraded: .allow, clock: ManualClock()) : store)
        // A store without a rule throws, and the call is not served.
        #expect(try await served(client) == ["deny": 0, "allow": 6, "half": 2, "quarter": 1, "told": 3, "usual": isResilient ? 6 : 0])
    }

    @Test("none of the rules counts while the store answers")
    func answering() async throws {
        let store = Store()
        store.isAway.store(false, ordering: .relaxed)
        let served = try await served(try client(store))
        #expect(served.values.allSatisfy { $0 == 4 })
    }
}
