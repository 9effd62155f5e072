/// What every `SharedEventStore` owes to those who share it, as checks.
///
/// ```swift
/// @Test("conforms", arguments: SharedEventStoreConformance.checks)
/// func conforms(check: SharedEventStoreConformance.Check) async throws {
///     let store = SharedEventStoreUnderTest(name: "mine") { capacity in
///         let clock = ManualClock()
///         let store = MySharedEventStore(capacity: capacity, clock: clock)
///         return StoreInstances(store, secondInstance: { store }, advance: { clock.advance(by: $0) })
///     }
///     if case .skipped(let reason) = try await check.run(on: store) { print(check, reason) }
/// }
/// ```
public enum SharedEventStoreConformance {
    /// One rule of the contract.
    public typealias Check = ConformanceCheck<SharedEventStoreUnderTest>

    /// Every check, from one stream to those who follow it, and to whom it belongs.
    public static let checks: [Check] = fetching + following + ownership
}
