/// What every `StateStore` owes to those who share it, as checks.
///
/// ```swift
/// @Test("conforms", arguments: StateStoreConformance.checks)
/// func conforms(check: StateStoreConformance.Check) async throws {
///     let store = StateStoreUnderTest(name: "mine") { capacity in
///         let clock = ManualClock()
///         let store = MyStateStore(capacity: capacity, clock: clock)
///         return StoreInstances(store, secondInstance: { store }, advance: { clock.advance(by: $0) })
///     }
///     if case .skipped(let reason) = try await check.run(on: store) { print(check, reason) }
/// }
/// ```
public enum StateStoreConformance {
    /// One rule of the contract.
    public typealias Check = ConformanceCheck<StateStoreUnderTest>

    /// Every check, from one value to many who change it at once.
    public static let checks: [Check] = values + versions + commits + time + bounds + sharing
}
