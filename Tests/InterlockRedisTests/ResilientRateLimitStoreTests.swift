import InterlockConcurrency
import InterlockRedis
import InterlockSimulation
import InterlockStorage
import Testing

@Suite("The rule for a rate limit store that cannot work", .timeLimit(.minutes(1)))
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
