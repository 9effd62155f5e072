import InterlockStorage
import InterlockTesting
import Testing

@Suite("Negative controls: the kits find every deliberate defect of a store that instances share", .timeLimit(.minutes(5)))
struct BrokenSharedStoreTests {
    @Test("a broken state store is found", arguments: BrokenStateStore.all)
    func state(broken: Broken<any StateStore>) async throws { try await broken.isFound(by: StateStoreConformance.checks) }

    @Test("a broken idempotency store is found", arguments: BrokenIdempotencyStore.all)
    func idempotency(broken: Broken<any IdempotencyStore>) async throws { try await broken.isFound(by: IdempotencyStoreConformance.checks) }

    @Test("a broken lease store is found", arguments: BrokenLeaseStore.all)
    func leases(broken: Broken<any LeaseStore>) async throws { try await broken.isFound(by: LeaseStoreConformance.checks) }

    @Test("a broken rate limit store is found", arguments: BrokenRateLimitStore.all)
    func rates(broken: Broken<any RateLimitStore>) async throws { try await broken.isFound(by: RateLimitStoreConformance.checks) }

    @Test("a broken message bus is found", arguments: BrokenMessageBus.all)
    func buses(broken: Broken<any MessageBus>) async throws { try await broken.isFound(by: MessageBusConformance.checks) }

    @Test("a broken shared event store is found", arguments: ModelEventStore.broken)
    func events(broken: Broken<any SharedEventStore>) async throws { try await broken.isFound(by: SharedEventStoreConformance.checks) }

    @Test("the model that is broken on purpose is sound without its defect", arguments: SharedEventStoreConformance.checks)
    func soundEvents(check: SharedEventStoreConformance.Check) async throws {
        let sound = Broken<any SharedEventStore>("sound") { capacity, _ in ModelEventStore(capacity: capacity) }
        try await report(check, "sound", check.run(on: sound.underTest))
    }

    @Test("every check of the kits is proved by a defect that it finds")
    func coverage() {
        #expect(unproved(StateStoreConformance.checks, by: BrokenStateStore.all) == [])
        #expect(unproved(IdempotencyStoreConformance.checks, by: BrokenIdempotencyStore.all) == [])
        #expect(unproved(LeaseStoreConformance.checks, by: BrokenLeaseStore.all) == [])
        #expect(unproved(RateLimitStoreConformance.checks, by: BrokenRateLimitStore.all) == [])
        #expect(unproved(MessageBusConformance.checks, by: BrokenMessageBus.all) == [])
        #expect(unproved(SharedEventStoreConformance.checks, by: ModelEventStore.broken) == [])
    }

    private func unproved<Store>(_ kit: [ConformanceCheck<StoreUnderTest<Store>>], by broken: [Broken<Store>]) -> [String] {
        kit.map(\.name).filter { name in !broken.contains { $0.checks.contains { name.hasPrefix($0) } } }
    }
}
