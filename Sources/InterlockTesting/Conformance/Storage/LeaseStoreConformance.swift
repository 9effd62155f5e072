/// What every `LeaseStore` owes to those who share it, as checks.
///
/// ```swift
/// @Test("conforms", arguments: LeaseStoreConformance.checks)
/// func conforms(check: LeaseStoreConformance.Check) async throws {
///     let store = LeaseStoreUnderTest(name: "mine") { capacity in
///         let clock = ManualClock()
///         let store = MyLeaseStore(capacity: capacity, clock: clock)
///         return StoreInstances(store, secondInstance: { store }, advance: { clock.advance(by: $0) })
///     }
///     if case .skipped(let reason) = try await check.run(on: store) { print(check, reason) }
/// }
/// ```
public enum LeaseStoreConformance {
    /// One rule of the contract.
    public typealias Check = ConformanceCheck<LeaseStoreUnderTest>

    /// Every check, from one permit to many who want it at once.
    public static let checks: [Check] = permits + lapses + holders
}
