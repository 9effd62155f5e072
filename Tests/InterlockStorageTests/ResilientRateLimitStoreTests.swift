import InterlockConcurrency
import InterlockSimulation
import InterlockStorage
import Testing

@Suite("The rule for a rate limit store that cannot work", .timeLimit(.minutes(5)))
struct ResilientRateLimitStoreTests {
    private struct FailingStore: RateLimitStore {
        let error: StoreError

        func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision { throw error }
    }

    private let limits = [RateLimit(2, per: .seconds(1_000))]

    private func store(_ error: StoreError) -> ResilientRateLimitStore {
        ResilientRateLimitStore(FailingStore(error: error), whenDegraded: .local(fraction: 1), clock: ManualClock())
    }

    @Test("answers while the store as a whole does not work: silent, full, read only, without the right, damaged", arguments: [
        (.unavailable, nil), (.full, nil), (.refused, .readOnly), (.refused, .auth), (.corrupt, .other),
    ] as [(StoreError.Code, StoreOutage.Reason?)])
    func outage(code: StoreError.Code, reason: StoreOutage.Reason?) async throws {
        let store = store(StoreError(code, "the test's", outage: reason))
        var answers: [Bool] = []
        for _ in 0..<3 { answers.append(try await store.take(1, from: "k", limits: limits).isAllowed) }
        #expect(answers == [true, true, false])
        #expect(store.snapshot.isDegraded && store.snapshot.degraded == 3)
    }

    @Test("a question's own rule goes before the store's, and shares of one limit that differ are counted apart")
    func ownRule() async throws {
        let store = store(StoreError(.unavailable, "the test's"))
        func allowed(_ rule: ResilientRateLimitStore.WhenDegraded?) async throws -> Int {
            var sum = 0
            for _ in 0..<5 {
                let decision = if let rule { try await store.take(1, from: "k", limits: limits, whenDegraded: rule) } else { try await store.take(1, from: "k", limits: limits) }
                if decision.isAllowed { sum += 1 }
            }
            return sum
        }
        #expect(try await allowed(.deny) == 0)
        #expect(try await allowed(.allow) == 5)
        #expect(try await allowed(.local(fraction: 0.5)) == 1)
        #expect(try await allowed(nil) == 2)
        #expect(store.snapshot.degraded == 20 && store.snapshot.deniedWhileDegraded == 12)
    }

    @Test("a rule as text is one of three, with a share that is one", arguments: [
        ("deny", .deny), ("allow", .allow), ("local:0.25", .local(fraction: 0.25)), ("local:1", .local(fraction: 1)), ("local:0", nil), ("local:1.5", nil), ("local", nil),
        ("local:nan", nil), ("Deny", nil), ("", nil),
    ] as [(String, ResilientRateLimitStore.WhenDegraded?)])
    func text(text: String, rule: ResilientRateLimitStore.WhenDegraded?) {
        #expect(ResilientRateLimitStore.WhenDegraded(text) == rule)
    }

    @Test("throws on what is wrong with one call or one key", arguments: [StoreError.Code.refused, .corrupt])
    func misuse(code: StoreError.Code) async {
        let store = store(StoreError(code, "the test's"))
        let error = await #expect(throws: StoreError.self) { try await store.take(1, from: "k", limits: limits) }
        #expect(error?.code == code)
        #expect(!store.snapshot.isDegraded && store.snapshot.degraded == 0)
    }

    @Test("throws on that the caller was cancelled, and counts nothing")
    func cancellation() async {
        let store = store(StoreError(.unavailable, "the caller was cancelled", cause: CancellationError()))
        let error = await #expect(throws: StoreError.self) { try await store.take(1, from: "k", limits: limits) }
        #expect(error?.cause is CancellationError)
        #expect(!store.snapshot.isDegraded && store.snapshot.degraded == 0)
    }
}
